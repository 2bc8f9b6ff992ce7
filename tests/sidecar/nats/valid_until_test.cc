#include "sidecar/nats/valid_until.h"

#include <chrono>

#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/nkey_keys.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::WallTime;
using sidecar::nats::certificate_valid_until;
using sidecar::nats::creds_valid_until;

TEST(ValidUntil, IsReadFromTheJwtOfCreds) {
  const JwtOperator jwt;
  EXPECT_EQ(creds_valid_until(jwt.creds(1'800'000'000)), WallTime(1'800'000'000s));
  EXPECT_EQ(creds_valid_until(jwt.creds()), std::nullopt) << "without an end";
}

TEST(ValidUntil, IsAbsentWhereTextIsNoCreds) {
  for (const char* text :
       {"", "garbage", "eyJ", "eyJhbGciOiJ4In0.", "eyJ.!!!.x", "eyJ.e30.x", "eyJ.eyJleHAiOiJ4In0.x",
        "eyJ.eyJleHAiOi0xfQ.x", "eyJ.eyJleHAiOjkyMjMzNzIwMzY4NTQ3NzU4MDd9.x"}) {
    EXPECT_EQ(creds_valid_until(text), std::nullopt) << text;
  }
}

TEST(ValidUntil, IsReadFromTheFirstCertificate) {
  const Authority authority;
  const auto before =
      std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string expired = authority.issue({.until = -1h}).certificate;
  const auto until = certificate_valid_until(expired + authority.issue().certificate);
  ASSERT_TRUE(until);
  EXPECT_GE(*until, before - 1h);
  EXPECT_LT(*until, before + 1h) << "not the second one's";
}

TEST(ValidUntil, IsAbsentWhereTextIsNoCertificate) {
  const Authority authority;
  std::string cut = authority.certificate();
  cut.resize(cut.size() / 2);
  for (const std::string& text :
       {std::string(), std::string("garbage"), cut, authority.issue().key}) {
    EXPECT_EQ(certificate_valid_until(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace roomkeeper::testing
