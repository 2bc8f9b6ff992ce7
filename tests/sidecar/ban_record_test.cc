// Bans as the state bucket keeps them: any name comes back, and a stranger's record is none.
#include "sidecar/ban_record.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/rfc3339.h"

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

const policies::WallTime noon = policies::WallTime(1'795'348'800s);

api::BanView ban_of(const std::string& user) {
  return {.user = user,
          .since = noon,
          .until = noon + 1h + 5ns,
          .by = "kim@desk nats:ops",
          .reason = "광고 \"spam\"",
          .kicks = 7};
}

TEST(BanRecord, AnyNameComesBackByteForByte) {
  for (const std::string& user :
       {std::string("bob"), std::string("bob the.builder > *"), std::string("자유"),
        std::string("\xff\xfe\x00z", 4), std::string("\n"), std::string(256, '\xff')}) {
    const api::BanView ban = ban_of(user);
    const auto back = decode_ban(ban_key(user), encode_ban(ban));
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(back->user, user);
    EXPECT_EQ(back->since, ban.since);
    EXPECT_EQ(back->until, ban.until);
    EXPECT_EQ(back->by, ban.by);
    EXPECT_EQ(back->reason, ban.reason);
    EXPECT_EQ(back->kicks, 0U) << "not kept";
  }
}

TEST(BanRecord, AKeyIsOneTokenBehindItsPrefix) {
  EXPECT_EQ(ban_key("foob"), "ban.MZXW6YQ");
  EXPECT_EQ(ban_key(std::string(256, '\xff'))
                .find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ban_prefix.size()),
            std::string::npos);
}

TEST(BanRecord, AStrangersKeyIsNone) {
  const std::string value = encode_ban(ban_of("bob"));
  for (const std::string& key :
       {std::string("ban."), std::string("ban.bob"), std::string("ban.mjxwe"),
        std::string("ban.MJXWE.x"), std::string("ban.MZXW6"), std::string("job.MJXWE"),
        ban_key(std::string(257, 'x')), std::string()}) {
    EXPECT_FALSE(decode_ban(key, value)) << key;
  }
}

/// The record of bob with one key changed; null: without it.
std::string with(const std::string& name, const json& value) {
  json record = json::parse(encode_ban(ban_of("bob")));
  if (value.is_null()) {
    record.erase(name);
  } else {
    record[name] = value;
  }
  return record.dump();
}

TEST(BanRecord, IsReadAsIfAStrangerHadWrittenIt) {
  const std::string key = ban_key("bob");
  ASSERT_TRUE(decode_ban(key, encode_ban(ban_of("bob"))));
  for (const std::string& value : {std::string(),
                                   std::string("null"),
                                   std::string("[]"),
                                   std::string("{}"),
                                   std::string("\xff"),
                                   std::string(5000, '['),
                                   encode_ban(ban_of("bo")),
                                   with("user", nullptr),
                                   with("user", 7),
                                   with("since", nullptr),
                                   with("since", 5),
                                   with("since", "yesterday"),
                                   with("until", "2026-11-22"),
                                   with("until", json::array()),
                                   with("until", "2026-11-22T12:00:00Z"),
                                   with("until", "2037-01-01T00:00:00Z"),
                                   with("since", "1700-01-01T00:00:00Z"),
                                   with("until", "9999-01-01T00:00:00Z"),
                                   with("by", std::string(1000, 'x')),
                                   with("by", nullptr),
                                   with("reason", false),
                                   with("reason", std::string(1000, 'x'))}) {
    EXPECT_FALSE(decode_ban(key, value)) << value.substr(0, 200);
  }
  EXPECT_TRUE(decode_ban(key, with("more", "of a newer version")));
}

}  // namespace
}  // namespace roomkeeper::sidecar
