// What `roomctl audit` shows of an entry, and which.
#include <clocale>
#include <cstdlib>
#include <ctime>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/actor.h"
#include "cli/audit_filter.h"
#include "cli/display_width.h"
#include "cli/render_audit.h"

namespace roomkeeper::cli {
namespace {

using api::AuditKind;
using api::AuditRecord;
using policies::Reason;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

const policies::WallTime noon{1'795'348'800s};  // 2026-11-22T12:00:00Z

class AuditText : public ::testing::Test {
 protected:
  AuditText() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

AuditRecord purge_of_three() {
  AuditRecord record;
  record.at = noon;
  record.kind = AuditKind::purge;
  record.reason = Reason::midnight;
  record.messages = 6;
  record.rooms = {{.room = "a", .messages = 1, .before = 1, .up_to = 2},
                  {.room = "b", .messages = 2, .before = 9, .up_to = 3},
                  {.room = "c", .messages = 3, .before = 3, .up_to = 4}};
  return record;
}

AuditFilter filter_of(const std::vector<std::string>& words) {
  std::vector<std::string> line{"audit"};
  line.insert(line.end(), words.begin(), words.end());
  const auto arguments = parse_arguments(line);
  EXPECT_TRUE(arguments);
  const auto filter = audit_filter(*arguments);
  EXPECT_TRUE(filter) << filter.error().message;
  return *filter;
}

TEST_F(AuditText, OneEntryIsOneLineWhereNothingLimitsIt) {
  AuditRecord record;
  record.at = noon;
  record.kind = AuditKind::stream_updated;
  record.reason = Reason::settings_changed;
  record.room = "general";
  record.stream = "ROOM_general";
  record.changes = {{.field = "max_bytes", .from = "64MiB", .to = "32MiB"},
                    {.field = "title", .from = "", .to = "Hall"}};
  EXPECT_EQ(render_audit(record, 0),
            "2026-11-22 12:00:00  stream_updated   room general; max_bytes 64MiB -> 32MiB, title = "
            "Hall; settings_changed, by Roomkeeper\n");
  record.ok = false;
  record.actor = {.origin = api::Origin::admin_api, .claimed = "kim@desk"};
  record.times = 12;
  record.first = noon - 30s;
  EXPECT_THAT(render_audit(record, 0),
              AllOf(HasSubstr("FAILED; room general"), HasSubstr("12 times since 11:59:30"),
                    HasSubstr("by kim@desk\n")));
  EXPECT_THAT(render_audit(purge_of_three(), 0),
              HasSubstr("3 rooms: a 1, b 2, c 3; 6 messages deleted; midnight"));
}

TEST_F(AuditText, NoLineIsWiderThanTheTerminal) {
  AuditRecord record = purge_of_three();
  record.text = "자유 대화방 의 메시지 " + std::string(200, 'w') + " 끝";
  for (const int width : {80, 63, 120}) {
    const std::string text = render_audit(record, width);
    std::size_t begin = 0;
    std::string joined;
    while (begin < text.size()) {
      const std::size_t end = text.find('\n', begin);
      const std::string line = text.substr(begin, end - begin);
      EXPECT_LE(display_width(line), width) << line;
      joined += line.substr(line.find_first_not_of(' '));
      begin = end + 1;
    }
    EXPECT_THAT(joined, HasSubstr("끝")) << "nothing is left out";
  }
}

TEST_F(AuditText, NothingOfAStrangerReachesTheTerminal) {
  AuditRecord record = purge_of_three();
  record.actor = {.origin = api::Origin::admin_api, .claimed = "\x1b[31mkim\n\xff\u202e"};
  record.room = "\r\x07";
  const std::string text = render_audit(record, 80);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\r")), Not(HasSubstr("\x07")),
                          Not(HasSubstr("\u202e")), Not(HasSubstr("\xff"))));
  const StreamMessage message{.seq = 41,
                              .time = noon,
                              .subject = "roomkeeper.audit.\x1b",
                              .data = "{\"stream\":\"ROOM_\x1b\"" + std::string(5000, 'x'),
                              .id = {}};
  const std::string shown = render_unreadable(message, "no entry", 0);
  EXPECT_THAT(shown, AllOf(HasSubstr("unreadable"), HasSubstr("message 41"), HasSubstr("no entry"),
                           Not(HasSubstr("\x1b"))));
  EXPECT_LT(shown.size(), 500U);
}

TEST(AuditFilters, ByRoomAlsoInsideOfAGroup) {
  const AuditFilter filter = filter_of({"--room", "b"});
  AuditRecord record = purge_of_three();
  ASSERT_TRUE(filter.matches(record));
  filter.reduce(record);
  ASSERT_EQ(record.rooms.size(), 1U);
  EXPECT_EQ(record.rooms[0].room, "b");
  EXPECT_EQ(record.messages, 2U);
  EXPECT_FALSE(filter_of({"--room", "d"}).matches(record));
  record = {};
  record.room = "b";
  record.messages = 9;
  ASSERT_TRUE(filter.matches(record));
  filter.reduce(record);
  EXPECT_EQ(record.messages, 9U);
}

TEST(AuditFilters, ByUserKindAndReason) {
  AuditRecord record;
  record.kind = AuditKind::kick;
  record.reason = Reason::evict_oldest;
  record.user = "APP/bob";
  EXPECT_TRUE(filter_of({"--user", "bob"}).matches(record));
  EXPECT_TRUE(filter_of({"--user", "APP/bob"}).matches(record));
  EXPECT_FALSE(filter_of({"--user", "ob"}).matches(record));
  EXPECT_FALSE(filter_of({"--user", "SYS/bob"}).matches(record));
  EXPECT_TRUE(filter_of({"--reason", "evict_oldest", "--kind", "kick"}).matches(record));
  EXPECT_FALSE(filter_of({"--reason", "reject_new"}).matches(record));
  EXPECT_FALSE(filter_of({"--kind", "purge"}).matches(record));
  EXPECT_EQ(filter_of({"--kind", "purge"}).subject(), "roomkeeper.audit.purge");
  EXPECT_EQ(filter_of({}).subject(), "roomkeeper.audit.>");
  EXPECT_FALSE(filter_of({"--kind", "purge"}).by_content());
  EXPECT_FALSE(filter_of({}).any());
}

TEST(AuditFilters, UnknownNamesAreSaidWithWhatIsMeant) {
  const auto kind = audit_filter(*parse_arguments({"audit", "--kind", "kik"}));
  ASSERT_FALSE(kind);
  EXPECT_THAT(kind.error().message, AllOf(HasSubstr("kick"), HasSubstr("daemon_started")));
  const auto reason = audit_filter(*parse_arguments({"audit", "--reason", "midnigt"}));
  ASSERT_FALSE(reason);
  EXPECT_THAT(reason.error().message, HasSubstr("did you mean \"midnight\""));
}

TEST(AuditFilters, AnEntryUnderAnotherKindsSubjectIsNone) {
  const std::string entry = api::encode_audit(purge_of_three());
  EXPECT_TRUE(read_audit("roomkeeper.audit.purge", entry));
  EXPECT_FALSE(read_audit("roomkeeper.audit.kick", entry));
  EXPECT_FALSE(read_audit("roomkeeper.audit.purge.more", entry));
  EXPECT_FALSE(read_audit("roomkeeper.audit.purge", R"({"stream":"ROOM_general","seq":6})"));
}

TEST(Actor, IsPrintableAndBounded) {
  EXPECT_EQ(actor_text("kim", "desk", "admin"), "kim@desk nats:admin");
  EXPECT_EQ(actor_text("kim", "", ""), "kim");
  EXPECT_EQ(actor_text("", "", "admin"), "nats:admin");
  EXPECT_EQ(actor_text("a b\n", "d\x1b", "\xec\x9e\x90"), "a?b?@d? nats:???");
  EXPECT_LE(actor_text(std::string(500, 'k'), std::string(500, 'd'), std::string(500, 'u')).size(),
            128U);
}

}  // namespace
}  // namespace roomkeeper::cli
