#include "sidecar/nats/nkey.h"

#include <gtest/gtest.h>

namespace roomkeeper::testing {
namespace {

using sidecar::nats::public_key_of_seed;

// The pair of the NATS documentation.
constexpr const char* seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
constexpr const char* key = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";

TEST(Nkey, GivesThePublicKeyOfAUserSeed) {
  EXPECT_EQ(public_key_of_seed(seed), key);
}

TEST(Nkey, RefusesOtherTextWithoutRepeatingIt) {
  std::string damaged = seed;
  damaged[20] = damaged[20] == 'A' ? 'B' : 'A';
  for (const std::string& text :
       {std::string(), std::string("SU"), std::string(key), damaged, std::string(seed) + "A",
        std::string("suacssl3uahudxkfsnvuzrf5uhpmwz6bfdtj7m6usdxiednppqyyycu3vy")}) {
    const auto result = public_key_of_seed(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, policies::ErrorCode::invalid);
    EXPECT_TRUE(text.empty() || result.error().text.find(text) == std::string::npos);
  }
}

}  // namespace
}  // namespace roomkeeper::testing
