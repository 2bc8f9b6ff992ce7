#include "policies/ids.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace roomkeeper::policies {
namespace {

std::string user_of(std::string_view nats_name) {
  const auto user = UserId::from_nats_name(nats_name);
  return user ? user->text() : "error: " + user.error().text;
}

TEST(RoomId, IsOneTokenOfUpTo64) {
  for (const char* good : {"general", "A-z_09", "-", "game-20"}) {
    const auto id = RoomId::parse(good);
    ASSERT_TRUE(id) << good;
    EXPECT_EQ(id->text(), good);
  }
  EXPECT_TRUE(RoomId::parse(std::string(64, 'x')));
}

TEST(RoomId, EverythingElseIsRefused) {
  for (const char* bad : {"", "a.b", "a b", "*", ">", "a=b", "자유", "a\n", "a\x7f"}) {
    const auto id = RoomId::parse(bad);
    ASSERT_FALSE(id) << bad;
    EXPECT_EQ(id.error().code, ErrorCode::invalid);
  }
  EXPECT_FALSE(RoomId::parse(std::string(65, 'x')));
  EXPECT_FALSE(RoomId::parse(std::string_view("a\0b", 3)));
}

TEST(RoomId, ErrorNamesTheOffendingByte) {
  EXPECT_NE(RoomId::parse("ab.c").error().text.find("byte 3 is '.'"), std::string::npos);
  EXPECT_NE(RoomId::parse("\x1b[2J").error().text.find("byte 1 is 0x1b"), std::string::npos);
  EXPECT_NE(RoomId::parse(std::string(65, 'x')).error().text.find("65 bytes"), std::string::npos);
}

TEST(UserId, AllowsAnEqualsSign) {
  EXPECT_TRUE(UserId::parse("=MFRGG"));
  EXPECT_TRUE(UserId::parse("bob"));
  EXPECT_FALSE(UserId::parse("bob smith"));
  EXPECT_FALSE(UserId::parse(""));
}

TEST(UserId, AValidNatsNameStandsForItself) {
  EXPECT_EQ(user_of("bob"), "bob");
  EXPECT_EQ(user_of("a=b"), "a=b");
  EXPECT_EQ(user_of(std::string(64, 'u')), std::string(64, 'u'));
}

// The vectors of RFC 4648, section 10, without their padding; the name is made invalid by nothing
// but its '='.
TEST(UserId, OtherNamesBecomeUnpaddedBase32) {
  EXPECT_EQ(user_of("="), "=HU");
  EXPECT_EQ(user_of("a b"), "=MEQGE");
  EXPECT_EQ(user_of("foo.b"), "=MZXW6LTC");
  EXPECT_EQ(user_of("foo.ba"), "=MZXW6LTCME");
  EXPECT_EQ(user_of("김"), "=5K4YA");
  EXPECT_EQ(user_of(std::string_view("\0", 1)), "=AA");
  EXPECT_EQ(user_of("\xff\xff"), "=777Q");
}

TEST(UserId, TwoNamesAreNeverOneUser) {
  std::set<std::string> users;
  const std::set<std::string> names = {"a",   "=a",    "=ME",  "=",   "==", "a.b", "a b",
                                       "a\n", "\n",    "A",    "*",   ">",  "김",  "김.",
                                       "=HU", "=HUHQ", "a\tb", "a,b", "ME", "-",   "=AA"};
  for (const std::string& name : names) {
    const auto user = UserId::from_nats_name(name);
    ASSERT_TRUE(user) << name;
    EXPECT_TRUE(UserId::parse(user->text())) << user->text();
    users.insert(user->text());
  }
  EXPECT_EQ(users.size(), names.size());
}

TEST(UserId, ANameTooLongToBeEncodedIsRefused) {
  EXPECT_EQ(user_of(std::string(39, '.')).size(), 64U);
  const auto refused = UserId::from_nats_name(std::string(40, '.'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::limit);
  EXPECT_EQ(UserId::from_nats_name(std::string(65, 'u')).error().code, ErrorCode::limit);
  EXPECT_EQ(UserId::from_nats_name("").error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace roomkeeper::policies
