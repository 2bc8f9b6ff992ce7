#include "metrics/basic_auth.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <crypt.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "metrics/password_file.h"

namespace roomkeeper::testing {
namespace {

using metrics::basic_credentials;
using metrics::BasicAuth;
using metrics::LoginVerdict;
using metrics::parse_password_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// What a browser sends.
constexpr const char* alice_secret = "Basic YWxpY2U6c2VjcmV0";       // alice:secret
constexpr const char* alice_wrong = "Basic YWxpY2U6d3Jvbmc=";        // alice:wrong
constexpr const char* nobody_secret = "Basic bm9ib2R5OnNlY3JldA==";  // nobody:secret

std::string hash(const char* prefix, unsigned long cost, const std::string& password) {
  const std::string salt = "0123456789abcdef0123456789abcdef";
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  if (crypt_gensalt_rn(prefix, cost, salt.data(), 16, setting, sizeof setting) == nullptr)
    return {};
  crypt_data data{};
  return crypt_r(password.c_str(), setting, &data);
}

class BasicAuthTest : public ::testing::Test {
 protected:
  BasicAuthTest()
      : path_(std::filesystem::temp_directory_path() /
              ("roomkeeper-logins-" + std::to_string(::getpid()))) {}
  ~BasicAuthTest() override { std::filesystem::remove(path_); }

  /// In one step, as an editor or Kubernetes does.
  void write(const std::string& text) {
    const std::string fresh = path_.string() + ".new";
    std::ofstream(fresh) << text;
    std::filesystem::rename(fresh, path_);
  }
  std::shared_ptr<BasicAuth> open() {
    auto opened = BasicAuth::open(
        path_.string(), [this] { return now_; },
        [this](const std::string& error) { changes_.push_back(error); });
    EXPECT_TRUE(opened.has_value()) << opened.error().text;
    return opened ? *opened : nullptr;
  }

  std::filesystem::path path_;
  policies::MonoTime now_{std::chrono::seconds(1000)};
  std::vector<std::string> changes_;
};

TEST(Credentials, AreReadAsTheyWereSent) {
  EXPECT_EQ(basic_credentials(alice_secret), "alice:secret");
  EXPECT_EQ(basic_credentials("basic   YWxpY2U6c2VjcmV0"), "alice:secret");
  for (const char* other : {"", "Basic", "Basic ", "Bearer YWxpY2U6c2VjcmV0",
                            "Basic YWxpY2U=", "Basic !!!!", "Basic YWxpY2U6AHNlY3JldA=="}) {
    EXPECT_EQ(basic_credentials(other), "") << other;
  }
  EXPECT_EQ(basic_credentials("Basic " + std::string(8000, 'Q')), "");
}

TEST(PasswordFileText, HasLoginsAndRemarks) {
  const auto logins = parse_password_file("# who may look\n\nalice:se:cret\r\nbob:x", "f");
  ASSERT_TRUE(logins.has_value()) << logins.error().text;
  ASSERT_EQ(logins->size(), 2U);
  EXPECT_EQ(logins->front().user, "alice");
  EXPECT_EQ(logins->front().secret, "se:cret");
  EXPECT_FALSE(logins->front().hashed());
}

TEST(PasswordFileText, SaysWhereItIsWrongAndKeepsTheSecret) {
  const auto error = [](const std::string& text) {
    const auto parsed = parse_password_file(text, "logins");
    return parsed ? std::string("accepted") : parsed.error().text;
  };
  EXPECT_THAT(error("# a\nalice\n"), HasSubstr("logins:2: expected user:password"));
  EXPECT_THAT(error(":x\n"), HasSubstr("logins:1: expected a name"));
  EXPECT_THAT(error("alice:\n"), HasSubstr("logins:1: expected a password"));
  EXPECT_THAT(error("a:x\nb:y\na:z\n"), HasSubstr("logins:3: \"a\" stands here twice"));
  EXPECT_THAT(error(std::string(300, 'a') + ":x"), HasSubstr("longer than 256 bytes"));
  EXPECT_THAT(error(""), HasSubstr("expected a line user:password"));
  for (const char* bad : {"$9$hidden$abc", "$2y$10$tooshort", "$", "$apr1$hidden$hidden"}) {
    const std::string text = error("alice:" + std::string(bad));
    EXPECT_THAT(text, HasSubstr("logins:1: the text behind the colon begins with $")) << bad;
    EXPECT_THAT(text, Not(HasSubstr("hidden")));
  }
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "u" + std::to_string(i) + ":x\n";
  EXPECT_THAT(error(many), HasSubstr("logins:1001: more than 1000 names"));
}

TEST_F(BasicAuthTest, KnowsClearPasswordsAndTheHashesOfDebiansTools) {
  for (const std::string& secret :
       {std::string("secret"), hash("$2y$", 4, "secret"), hash("$6$", 1000, "secret"),
        hash("$y$", 1, "secret"), hash("$5$", 1000, "secret"), hash("$1$", 0, "secret")}) {
    ASSERT_NE(secret, "");
    write("alice:" + secret + "\n");
    const auto auth = open();
    ASSERT_NE(auth, nullptr);
    EXPECT_EQ(auth->check(alice_secret), LoginVerdict::good) << secret;
    EXPECT_EQ(auth->check(alice_secret), LoginVerdict::good) << secret << " again";
    EXPECT_EQ(auth->check(alice_wrong), LoginVerdict::bad) << secret;
    EXPECT_EQ(auth->check(nobody_secret), LoginVerdict::bad) << secret;
    EXPECT_EQ(auth->check(""), LoginVerdict::bad) << secret;
  }
}

TEST_F(BasicAuthTest, AHashIsNoPassword) {
  const std::string secret = hash("$1$", 0, "secret");
  write("alice:" + secret + "\n");
  // alice:$1$... sent as the password itself.
  const std::string sent = "alice:" + secret;
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  unsigned bits = 0;
  int count = 0;
  for (const char c : sent) {
    bits = bits << 8U | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) encoded += digits[bits >> (count - 6) & 63U];
  }
  if (count > 0) encoded += digits[bits << (6 - count) & 63U];
  ASSERT_EQ(basic_credentials("Basic " + encoded), sent);
  EXPECT_EQ(open()->check("Basic " + encoded), LoginVerdict::bad);
}

TEST_F(BasicAuthTest, ChangesOfTheFileCountAtOnce) {
  write("alice:secret\n");
  const auto auth = open();
  EXPECT_EQ(auth->check(alice_secret), LoginVerdict::good);
  write("alice:another\n");
  EXPECT_EQ(auth->check(alice_secret), LoginVerdict::bad);
  EXPECT_THAT(changes_, ElementsAre(""));
  write("alice:secret\n");
  EXPECT_EQ(auth->check(alice_secret), LoginVerdict::good);
}

TEST_F(BasicAuthTest, ABadFileLeavesTheOldOneInForceAndSaysSoOnce) {
  write("alice:secret\n");
  const auto auth = open();
  write("no colon\n");
  EXPECT_EQ(auth->check(alice_secret), LoginVerdict::good);
  EXPECT_EQ(auth->check(alice_wrong), LoginVerdict::bad);
  ASSERT_EQ(changes_.size(), 1U);
  EXPECT_THAT(changes_.front(), HasSubstr(":1: expected user:password"));
  std::filesystem::remove(path_);
  EXPECT_EQ(auth->check(alice_secret), LoginVerdict::good);
  ASSERT_EQ(changes_.size(), 2U);
  EXPECT_THAT(changes_.back(), HasSubstr("cannot be read"));
}

TEST_F(BasicAuthTest, FailuresAreBoundedAndDoNotHoldUpWhoIsKnown) {
  write("alice:secret\nbob:x\n");
  const auto auth = open();
  EXPECT_EQ(auth->check(alice_secret), LoginVerdict::good);
  for (int i = 0; i < BasicAuth::failures_max; ++i)
    EXPECT_EQ(auth->check(alice_wrong), LoginVerdict::bad) << i;
  EXPECT_EQ(auth->check(alice_wrong), LoginVerdict::busy);
  EXPECT_EQ(auth->check("Basic Ym9iOng="), LoginVerdict::busy) << "bob is not known yet";
  EXPECT_EQ(auth->check(alice_secret), LoginVerdict::good);
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(auth->check("Basic Ym9iOng="), LoginVerdict::good);
  EXPECT_EQ(auth->check(alice_wrong), LoginVerdict::bad) << "a good login uses up nothing";
  EXPECT_EQ(auth->check(alice_wrong), LoginVerdict::busy);
}

TEST_F(BasicAuthTest, WhoElseMayReadTheFileIsSeen) {
  write("alice:secret\n");
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  EXPECT_TRUE(open()->world_readable());
  ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
  EXPECT_FALSE(open()->world_readable());
}

TEST_F(BasicAuthTest, WhatIsNoFileIsRefused) {
  const auto open_path = [](const std::string& path) {
    const auto opened = BasicAuth::open(path, [] { return policies::MonoTime{}; }, {});
    return opened ? std::string("opened") : opened.error().text;
  };
  EXPECT_THAT(open_path("/nonexistent/logins"), HasSubstr("cannot be read: No such file"));
  EXPECT_THAT(open_path("/tmp"), HasSubstr("is no file"));
  write(std::string(70'000, '#'));
  EXPECT_THAT(open_path(path_.string()), HasSubstr("larger than 65536 bytes"));
}

}  // namespace
}  // namespace roomkeeper::testing
