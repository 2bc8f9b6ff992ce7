// Entries of the audit on the wire: what is written is read, whatever strangers put in its place is
// not.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/audit.h"

namespace roomkeeper::api {
namespace {

using nlohmann::json;
using policies::Reason;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

const policies::WallTime noon{1'795'348'800s};  // 2026-11-22T12:00:00Z

AuditRecord whole() {
  AuditRecord record;
  record.at = noon;
  record.kind = AuditKind::purge;
  record.reason = Reason::midnight;
  record.actor = {.origin = Origin::admin_api, .claimed = "kim@desk nats:admin"};
  record.room = "general";
  record.stream = "ROOM_general";
  record.user = "bob";
  record.job = "j1";
  record.text = "자정";
  record.changes = {{.field = "max_age", .from = "1d", .to = "2d"}};
  record.rooms = {{.room = "a", .messages = 3, .before = 9, .up_to = 12}};
  record.messages = 3;
  record.connections = 0;
  record.ok = false;
  record.times = 7;
  record.first = noon - 1min;
  return record;
}

TEST(AuditCodec, WhatIsWrittenIsRead) {
  const auto read = decode_audit(encode_audit(whole()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode_audit(*read), encode_audit(whole()));
  EXPECT_EQ(read->at, noon);
  EXPECT_EQ(read->kind, AuditKind::purge);
  EXPECT_EQ(read->reason, Reason::midnight);
  EXPECT_EQ(read->actor.origin, Origin::admin_api);
  EXPECT_EQ(read->rooms.at(0).up_to, 12U);
  EXPECT_EQ(read->first, noon - 1min);
  EXPECT_EQ(read->connections, 0U);
  EXPECT_FALSE(read->ok);
}

TEST(AuditCodec, TheShortestEntryIsShort) {
  AuditRecord record;
  record.at = noon;
  record.kind = AuditKind::daemon_started;
  EXPECT_EQ(encode_audit(record),
            R"({"at":"2026-11-22T12:00:00Z","kind":"daemon_started","reason":"ok",)"
            R"("origin":"schedule","ok":true})");
  const auto read = decode_audit(encode_audit(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->times, 1U);
  EXPECT_FALSE(read->messages.has_value());
}

TEST(AuditCodec, EveryNameIsReadBackAndStandsInASubject) {
  for (std::size_t i = 0; i < audit_kind_count; ++i) {
    const auto kind = static_cast<AuditKind>(i);
    EXPECT_EQ(parse_audit_kind(to_string(kind)), kind);
    EXPECT_EQ(audit_subject(kind), "roomkeeper.audit." + std::string(to_string(kind)));
  }
  for (const Origin origin : {Origin::schedule, Origin::file, Origin::admin_api, Origin::limit})
    EXPECT_EQ(parse_origin(to_string(origin)), origin);
  EXPECT_FALSE(parse_audit_kind("purge "));
  EXPECT_FALSE(parse_origin(""));
}

TEST(AuditCodec, FieldsOfANewerOneAreIgnoredAndItsNamesAreSaid) {
  json entry = json::parse(encode_audit(whole()));
  entry["colour"] = "red";
  entry["rooms"][0]["bytes"] = 5;
  entry["user"] = nullptr;
  EXPECT_TRUE(decode_audit(entry.dump()));
  entry["kind"] = "teleport";
  EXPECT_THAT(decode_audit(entry.dump()).error().message, HasSubstr("unknown kind \"teleport\""));
  entry["kind"] = "purge";
  entry["reason"] = "mood";
  EXPECT_THAT(decode_audit(entry.dump()).error().message, HasSubstr("unknown reason \"mood\""));
  entry["reason"] = "midnight";
  entry["origin"] = "moon";
  EXPECT_THAT(decode_audit(entry.dump()).error().message, HasSubstr("unknown origin \"moon\""));
}

TEST(AuditCodec, WhatIsNoEntryIsRefusedWithAReason) {
  for (const char* text :
       {"", "null", "[]", "{}", "hello", R"({"stream":"ROOM_general","seq":6})",
        R"({"at":"yesterday","kind":"purge","reason":"midnight","origin":"schedule"})",
        R"({"at":"2026-11-22T12:00:00Z","kind":3,"reason":"midnight","origin":"schedule"})",
        R"({"at":"2026-11-22T12:00:00Z","kind":"purge","reason":"midnight","origin":"schedule",)"
        R"("messages":-1})",
        R"({"at":"2026-11-22T12:00:00Z","kind":"purge","reason":"midnight","origin":"schedule",)"
        R"("times":0})",
        R"({"at":"2026-11-22T12:00:00Z","kind":"purge","reason":"midnight","origin":"schedule",)"
        R"("rooms":[7]})",
        R"({"kind":"purge","kind":"job"})"}) {
    const auto read = decode_audit(text);
    ASSERT_FALSE(read) << text;
    EXPECT_FALSE(read.error().message.empty()) << text;
  }
  EXPECT_FALSE(decode_audit(std::string(100'000, '[')));
  EXPECT_FALSE(decode_audit("\"" + std::string(2U << 20U, 'x') + "\""));
}

TEST(AuditCodec, WhateverIsCutOffOrChangedIsReadOrRefused) {
  const std::string good = encode_audit(whole());
  for (std::size_t i = 0; i < good.size(); ++i) {
    decode_audit(good.substr(0, i));
    std::string changed = good;
    for (const char byte : {'\0', '"', '9', '{', '\xff'}) {
      changed[i] = byte;
      const auto read = decode_audit(changed);
      EXPECT_TRUE(!read || !encode_audit(*read).empty());
    }
  }
}

TEST(AuditCodec, NoEntryIsLargerThanItMayBe) {
  AuditRecord record = whole();
  const std::string long_text(100'000, 'x');
  record.text = record.room = record.stream = record.user = record.job = long_text;
  record.actor.claimed = long_text;
  record.changes.assign(1000, {.field = long_text, .from = long_text, .to = long_text});
  record.rooms.assign(5000, {.room = "r", .messages = 1, .before = 1, .up_to = 1});
  const std::string text = encode_audit(record);
  EXPECT_LE(text.size(), 200'000U);
  const auto read = decode_audit(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->text.size(), audit_text_max);
  EXPECT_EQ(read->actor.claimed.size(), actor_max);
  ASSERT_EQ(read->changes.size(), audit_changes_max);
  EXPECT_EQ(read->changes.back().to, "and 937 more");
  ASSERT_EQ(read->rooms.size(), audit_rooms_max);
  EXPECT_EQ(read->rooms.back().room, "... and 4801 more");
}

TEST(AuditCodec, BytesOfStrangersBecomeText) {
  AuditRecord record = whole();
  record.actor.claimed = "\xff\x1b[31m\n";
  record.text = std::string(1021, 'a') + "자";  // a cut in the middle of a character
  const std::string text = encode_audit(record);
  EXPECT_FALSE(json::parse(text, nullptr, false).is_discarded());
  EXPECT_EQ(text.find('\n'), std::string::npos);
  record.text = std::string(1020, 'a') + "자자";
  EXPECT_EQ(decode_audit(encode_audit(record))->text, std::string(1020, 'a') + "...");
}

}  // namespace
}  // namespace roomkeeper::api
