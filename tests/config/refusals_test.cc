// Everything that is refused, with its exact place, key and text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "tests/config/config_folder.h"

namespace roomkeeper::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Refusal {
  const char* name;
  const char* text;
  const char* problem;
};

std::string name_of(const ::testing::TestParamInfo<Refusal>& test) {
  return test.param.name;
}

class Refusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refusals, SayWhereAndWhatWasExpected) {
  EXPECT_THAT(problems_of(GetParam().text), ElementsAre(GetParam().problem));
}

constexpr const char* no_shape =
    "rk.yaml:1:35: templates.default.retention: expected exactly one of {until: midnight, days: 0, "
    "timezone: Asia/Seoul}, {max_age: 30d} or {forever: true}";

INSTANTIATE_TEST_SUITE_P(
    Syntax, Refusals,
    ::testing::Values(
        Refusal{"not_yaml", "a: [1\n", "rk.yaml:2:1: not YAML: end of sequence flow not found"},
        Refusal{"empty", "# nothing\n",
                "rk.yaml:1:1: expected a mapping of settings, not an empty file"},
        Refusal{"list", "- a\n", "rk.yaml:1:1: expected a mapping, not a list"},
        Refusal{"second_document", "instance: a\n---\ninstance: b\n",
                "rk.yaml:2:1: expected one document; a second one begins here"},
        Refusal{"utf8", "instance: a\n# \xEC\x9E\x90\xFF\n",
                "rk.yaml:2:4: expected UTF-8; this byte does not belong to it"},
        Refusal{"control", "instance: \x01\n",
                "rk.yaml:1:11: expected text without control characters"},
        Refusal{"escape", "instance: \"a\\e\"\n",
                "rk.yaml:1:11: expected one line of text without control characters"},
        Refusal{"anchor", "instance: &a b\n",
                "rk.yaml:1:11: anchors and aliases are not supported; share settings by a template "
                "and `extends`"},
        Refusal{"tag", "instance: !!binary aGk=\n",
                "rk.yaml:1:11: expected no tag, not \"tag:yaml.org,2002:binary\""},
        Refusal{"directive", "%YAML 1.2\n---\na: b\n", "rk.yaml:1:1: expected no YAML directive"},
        Refusal{"complex_key", "? [a]\n: b\n", "rk.yaml:1:3: expected plain text as a key"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Settings, Refusals,
    ::testing::Values(
        Refusal{"unknown_key", "recondile: {}\n",
                "rk.yaml:1:1: recondile: unknown key (did you mean \"reconcile\"?)"},
        Refusal{"unknown_inner_key", "reconcile:\n  intervall: 5s\n",
                "rk.yaml:2:3: reconcile.intervall: unknown key (did you mean \"interval\"?)"},
        Refusal{"unknown_far_key", "log: {zzzzzzz: 1}\n",
                "rk.yaml:1:7: log.zzzzzzz: unknown key; expected level or format"},
        Refusal{
            "duplicate_key", "instance: a\nlog: {}\ninstance: b\n",
            "rk.yaml:3:1: instance: expected each key once; it stands at line 1, column 1 already"},
        Refusal{"wrong_kind", "reconcile: 5\n",
                "rk.yaml:1:12: reconcile: expected a mapping with interval, in_flight, on_removal, "
                "max_removals, adopt or allow_lossy, not text"},
        Refusal{"null_scalar", "instance:\n", "rk.yaml:2:1: instance: expected text, not nothing"},
        Refusal{"list_for_scalar", "instance: [a]\n",
                "rk.yaml:1:11: instance: expected text, not a list"},
        Refusal{"bad_instance", "instance: a.b\n",
                "rk.yaml:1:11: instance: expected 1 to 64 letters, digits, _ and -, not \"a.b\""},
        Refusal{"no_unit", "reconcile: {interval: 60}\n",
                "rk.yaml:1:23: reconcile.interval: expected a unit after the number in \"60\": one "
                "of w, d, h, m, s, "
                "ms, us, ns"},
        Refusal{"out_of_range", "reconcile: {interval: 25h}\n",
                "rk.yaml:1:23: reconcile.interval: expected a duration from 1s to 1d, not \"25h\""},
        Refusal{"integer_range", "reconcile: {in_flight: 257}\n",
                "rk.yaml:1:24: reconcile.in_flight: expected a whole number from 1 to 256, not "
                "\"257\""},
        Refusal{"audit_too_small", "audit: {max_bytes: 1000}\n",
                "rk.yaml:1:20: audit.max_bytes: expected a size from 1MiB to 1TiB, not \"1000\""},
        Refusal{"audit_unlimited", "audit: {max_bytes: unlimited}\n",
                "rk.yaml:1:20: audit.max_bytes: expected a size from 1MiB to 1TiB, not "
                "\"unlimited\""},
        Refusal{"audit_too_short", "audit: {max_age: 5m}\n",
                "rk.yaml:1:18: audit.max_age: expected a duration from 1h to 3650d, not \"5m\""},
        Refusal{"bad_bool", "reconcile: {allow_lossy: maybe}\n",
                "rk.yaml:1:26: reconcile.allow_lossy: expected true or false, not \"maybe\""},
        Refusal{"bad_choice", "reconcile: {on_removal: delet}\n",
                "rk.yaml:1:25: reconcile.on_removal: expected orphan, delete or delete_if_empty, "
                "not \"delet\" (did "
                "you mean \"delete\"?)"},
        Refusal{"column_in_characters", "http: {listen: '', 가나: 1}\n",
                "rk.yaml:1:20: http.가나: unknown key; expected listen, "
                "basic_auth_file, basic_auth_all or page"},
        Refusal{"bad_url", "nats: {url: [nats://a:1, http://b:2]}\n",
                "rk.yaml:1:26: nats.url: expected nats:// or tls://, not \"http\""},
        Refusal{"password_in_url", "nats: {url: 'nats://me:hunter2@a:1'}\n",
                "rk.yaml:1:13: nats.url: expected no credentials in a URL; use nats.user, "
                "nats.creds or the like"},
        Refusal{"no_url", "nats: {url: []}\n",
                "rk.yaml:1:13: nats.url: expected 1 to 64 entries, not 0"},
        Refusal{"twice_in_list", "nats: {url: [a, a]}\n",
                "rk.yaml:1:17: nats.url: expected each entry once, not \"a\" again"},
        Refusal{"two_credentials", "nats: {user: a, creds: b}\n",
                "rk.yaml:1:24: nats.creds: expected one kind of credentials; nats.user is set too"},
        Refusal{
            "password_alone", "nats: {system: {password_file: b}}\n",
            "rk.yaml:1:32: nats.system.password_file: expected nats.system.user beside a password"},
        Refusal{"certificate_alone", "nats: {tls: {cert: b}}\n",
                "rk.yaml:1:20: nats.tls.cert: expected nats.tls.key beside the certificate"},
        Refusal{"bad_identity", "limits: {exempt_users: [APP/a, b]}\n",
                "rk.yaml:1:32: limits.exempt_users: expected ACCOUNT/user, not \"b\""},
        Refusal{"missing_file", "room_files: [gone.yaml]\n",
                "rk.yaml:1:13: room_files: there is no file \"gone.yaml\""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Names, Refusals,
    ::testing::Values(Refusal{"wildcard", "names: {chat_prefix: 'a.*'}\n",
                              "rk.yaml:1:22: names.chat_prefix: expected a subject of up to 128 "
                              "bytes without wildcards that does "
                              "not begin with $ or _, not \"a.*\""},
                      Refusal{"admin_under_user", "names: {admin_prefix: rooms.admin}\n",
                              "rk.yaml:1:23: names.admin_prefix: expected subjects apart from "
                              "those of names.user_prefix (rooms.>), "
                              "not \"rooms.admin\""},
                      Refusal{"chat_over_admin", "names: {chat_prefix: roomkeeper.admin}\n",
                              "rk.yaml:1:22: names.chat_prefix: expected subjects apart from those "
                              "of names.admin_prefix "
                              "(roomkeeper.admin.>), not \"roomkeeper.admin\""},
                      Refusal{"chat_over_audit", "names: {chat_prefix: roomkeeper.audit.x}\n",
                              "rk.yaml:1:22: names.chat_prefix: expected subjects apart from those "
                              "of the audit (roomkeeper.audit.>), "
                              "not \"roomkeeper.audit.x\""},
                      Refusal{"inbox_over_admin", "names: {inbox_prefixes: [_INBOX., chat.]}\n",
                              "rk.yaml:1:25: names.inbox_prefixes: expected the beginning of "
                              "replies only, not \"chat.\", under "
                              "which chat.> has subjects too"},
                      Refusal{"stream_prefix", "names: {stream_prefix: KV_}\n",
                              "rk.yaml:1:24: names.stream_prefix: expected names apart from those "
                              "of other streams (KV_), not "
                              "\"KV_\""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Templates, Refusals,
    ::testing::Values(
        Refusal{"missing_parent", "templates: {a: {extends: archve}, archive: {}}\n",
                "rk.yaml:1:26: templates.a.extends: there is no template \"archve\" (did you mean "
                "\"archive\"?)"},
        Refusal{"cycle", "templates: {a: {extends: b}, b: {extends: a}}\n",
                "rk.yaml:1:43: templates.b.extends: expected no circle, but a extends b extends a"},
        Refusal{"own_parent", "templates: {a: {extends: a}}\n",
                "rk.yaml:1:26: templates.a.extends: expected no circle, but a extends a"},
        Refusal{"bad_name", "templates: {a b: {}}\n",
                "rk.yaml:1:13: templates.a b: expected a template's name of 1 to 64 letters, "
                "digits, _ and -, not \"a "
                "b\""},
        Refusal{"twice", "templates: {a: {}, a: {}}\n",
                "rk.yaml:1:20: templates.a: expected each key once; it stands at line 1, column 13 "
                "already"},
        Refusal{"unknown_stream_key", "templates: {a: {stream: {max_message: 1}}}\n",
                "rk.yaml:1:26: templates.a.stream.max_message: unknown key (did you mean "
                "\"max_messages\"?)"},
        Refusal{"zero_bytes", "templates: {a: {stream: {max_bytes: 0}}}\n",
                "rk.yaml:1:37: templates.a.stream.max_bytes: expected unlimited or 1 to "
                "9223372036854775807, not "
                "\"0\""},
        Refusal{"big_message", "templates: {a: {stream: {max_message_size: 2GiB}}}\n",
                "rk.yaml:1:44: templates.a.stream.max_message_size: expected unlimited or 1 to "
                "2147483647, not "
                "\"2GiB\""},
        Refusal{
            "replicas", "templates: {a: {replicas: 6}}\n",
            "rk.yaml:1:27: templates.a.replicas: expected a whole number from 1 to 5, not \"6\""},
        Refusal{"window",
                "templates: {a: {retention: {max_age: 1m}, stream: {duplicate_window: 2m}}}\n",
                "rk.yaml:1:13: templates.a.stream.duplicate_window: expected at most 1m, for which "
                "messages are kept, "
                "not 2m"},
        Refusal{"zone", "templates: {a: {retention: {until: midnight, timezone: Asia/Soul}}}\n",
                "rk.yaml:1:56: templates.a.retention.timezone: expected an IANA time zone such as "
                "Asia/Seoul, not "
                "\"Asia/Soul\" (did you mean \"Asia/Seoul\"?)"},
        Refusal{"zone_by_city", "templates: {a: {retention: {until: midnight, timezone: Seoul}}}\n",
                "rk.yaml:1:56: templates.a.retention.timezone: expected an IANA time zone such as "
                "Asia/Seoul, not "
                "\"Seoul\" (did you mean \"Asia/Seoul\"?)"},
        Refusal{"no_zone", "templates: {a: {retention: {until: midnight}}}\n",
                "rk.yaml:1:28: templates.a.retention.timezone: expected a time zone beside until: "
                "midnight, such as "
                "timezone: Asia/Seoul"},
        Refusal{"days",
                "templates: {a: {retention: {until: midnight, days: 3651, timezone: UTC}}}\n",
                "rk.yaml:1:52: templates.a.retention.days: expected a whole number from 0 to 3650, "
                "not \"3651\""},
        Refusal{"until", "templates: {a: {retention: {until: midnigt, timezone: UTC}}}\n",
                "rk.yaml:1:36: templates.a.retention.until: expected midnight, not \"midnigt\" "
                "(did you mean "
                "\"midnight\"?)"},
        Refusal{"age", "templates: {a: {retention: {max_age: 500ms}}}\n",
                "rk.yaml:1:38: templates.a.retention.max_age: expected a duration from 1s to "
                "36500d, not \"500ms\""},
        Refusal{"forever_false", "templates: {a: {retention: {forever: false}}}\n",
                "rk.yaml:1:38: templates.a.retention.forever: expected true; say until or max_age "
                "instead of forever: "
                "false"},
        Refusal{"two_shapes", "templates: {default: {retention:  {max_age: 1d, forever: true}}}\n",
                no_shape},
        Refusal{"days_alone", "templates: {default: {retention:  {days: 1}}}\n", no_shape}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Rooms, Refusals,
    ::testing::Values(
        Refusal{"not_a_list", "rooms: {id: a}\n",
                "rk.yaml:1:8: rooms: expected a list of rooms, not a mapping"},
        Refusal{"not_a_mapping", "rooms: [general]\n",
                "rk.yaml:1:9: rooms[0]: expected a mapping, not text"},
        Refusal{"no_id", "rooms: [{title: a}]\n",
                "rk.yaml:1:9: rooms[0].id: expected an id such as general"},
        Refusal{"bad_id", "rooms:\n  - id: a\n  - id: a.b\n",
                "rk.yaml:3:9: rooms[1].id: expected an id of 1 to 64 letters, digits, _ and -, not "
                "\"a.b\""},
        Refusal{"duplicate_id", "rooms:\n  - id: a\n  - id: b\n  - id: a\n",
                "rk.yaml:4:9: rooms: room \"a\" is defined at rk.yaml:2:9 already"},
        Refusal{"duplicate_in_range", "rooms: [{id: g-2}, {range: 'g-{1..3}'}]\n",
                "rk.yaml:1:28: rooms: room \"g-2\" is defined at rk.yaml:1:14 already"},
        Refusal{"missing_template",
                "rooms: [{id: a, template: archve}]\ntemplates: {archive: {}}\n",
                "rk.yaml:1:27: rooms[0].template: there is no template \"archve\" (did you mean "
                "\"archive\"?)"},
        Refusal{"both", "rooms: [{id: a, range: 'b{1..2}'}]\n",
                "rk.yaml:1:24: rooms[0].range: expected either id or range, not both"},
        Refusal{"bad_range", "rooms: [{range: 'b{1-2}'}]\n",
                "rk.yaml:1:17: rooms[0].range: expected ids with one range of numbers such as "
                "game-{1..20}, not "
                "\"b{1-2}\""},
        Refusal{"backward_range", "rooms: [{range: 'b{3..2}'}]\n",
                "rk.yaml:1:17: rooms[0].range: expected the smaller number first, not \"b{3..2}\""},
        Refusal{"huge_range", "rooms: [{range: 'b{0..100000}'}]\n",
                "rk.yaml:1:17: rooms[0].range: expected at most 100000 rooms in a range, not "
                "\"b{0..100000}\""},
        Refusal{"range_of_bad_ids", "rooms: [{range: 'b.{1..2}'}]\n",
                "rk.yaml:1:17: rooms[0].range: expected ids of 1 to 64 letters, digits, _ and -, "
                "not \"b.1\""},
        Refusal{"empty_tag", "rooms: [{id: a, tags: [b, '']}]\n",
                "rk.yaml:1:27: rooms[0].tags[1]: expected a tag of 1 to 96 bytes, not \"\""},
        Refusal{"tags_as_text", "rooms: [{id: a, tags: b}]\n",
                "rk.yaml:1:23: rooms[0].tags: expected a list of tags, not text"},
        Refusal{"layout", "rooms: [{id: a, layout: dedicated}]\n",
                "rk.yaml:1:17: rooms[0].layout: unknown key; expected id, range, title, topic, "
                "tags, template, storage, "
                "replicas, retention, stream or room_connections"},
        Refusal{"override", "rooms: [{id: a, stream: {on_full: drop}}]\n",
                "rk.yaml:1:35: rooms[0].stream.on_full: expected drop_old or reject_new, not "
                "\"drop\""}),
    name_of);

TEST(Refusals, AllAtOnceInTheOrderOfTheFile) {
  EXPECT_THAT(problems_of("instanc: a\n"
                          "reconcile: {in_flight: 0}\n"
                          "templates: {a: {extends: nothing}}\n"
                          "rooms: [{id: 'x y'}, {id: b, template: none}]\n"),
              ElementsAre(HasSubstr("rk.yaml:1:1: instanc:"),
                          HasSubstr("rk.yaml:2:24: reconcile.in_flight:"),
                          HasSubstr("rk.yaml:3:26: templates.a.extends:"),
                          HasSubstr("rk.yaml:4:14: rooms[0].id:"),
                          HasSubstr("rk.yaml:4:40: rooms[1].template:")));
}

TEST(Refusals, EveryMentionOfAMissingTemplate) {
  EXPECT_THAT(
      problems_of("rooms: [{id: a, template: x}, {id: b}, {id: c, template: x}]\n"),
      ElementsAre(HasSubstr("1:27: rooms[0].template"), HasSubstr("1:58: rooms[2].template")));
}

TEST(Refusals, AreBoundedAndSayHowManyMore) {
  std::string text = "rooms:\n";
  for (int i = 0; i < 1000; ++i) text += "  - id: a b\n";
  const auto problems = problems_of(text);
  ASSERT_EQ(problems.size(), 201U);
  EXPECT_THAT(problems.front(), HasSubstr("rk.yaml:2:9: rooms[0].id"));
  EXPECT_THAT(problems.back(), HasSubstr("and 800 more problems"));
}

TEST(Refusals, DepthAndSizeAreBounded) {
  EXPECT_THAT(problems_of("instance: " + std::string(40, '[') + std::string(40, ']') + "\n"),
              ElementsAre(HasSubstr("expected at most 32 levels of nesting")));
  EXPECT_THAT(problems_of("instance: " + std::string(70'000, 'x') + "\n"),
              ElementsAre("rk.yaml:1:11: expected at most 64 KiB of text"));
  EXPECT_THAT(problems_of("a: " + std::string(2'000'000, '[')),
              ElementsAre(HasSubstr("rk.yaml:1:")));
}

TEST(Zones, OnlyNamesOfTheDatabase) {
  EXPECT_NE(config::find_zone("Asia/Seoul"), nullptr);
  EXPECT_NE(config::find_zone("UTC"), nullptr);
  for (const char* name :
       {"", "../../etc/passwd", "/etc/passwd", "Asia", "Asia/Seoul/", "./UTC", "localtime",
        "posixrules", "Asia/Seoul\n", "leapseconds", "asia/seoul"}) {
    EXPECT_EQ(config::find_zone(name), nullptr) << name;
  }
  EXPECT_EQ(config::find_zone(std::string(100'000, 'A')), nullptr);
}

}  // namespace
}  // namespace roomkeeper::testing
