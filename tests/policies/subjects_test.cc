#include "policies/subjects.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace roomkeeper::policies {
namespace {

RoomId room(std::string_view text) {
  return RoomId::parse(text).value();
}

TEST(Names, AreThoseOfTheWire) {
  const Names names;
  EXPECT_EQ(names.stream_of(room("general")), "ROOM_general");
  EXPECT_EQ(names.stream_subject(room("general")), "chat.general.*");
  EXPECT_EQ(names.publish_subject(room("general"), "bob"), "chat.general.bob");
  EXPECT_EQ(names.publish_pattern(room("general")), "chat.general.{user}");
  EXPECT_EQ(names.subscribe_subject(room("general")), "chat.general.*");
  EXPECT_EQ(names.notice_subject(UserId::parse("bob").value()), "rooms.bob.notice");
  EXPECT_EQ(names.state_stream(), "KV_roomkeeper");
}

TEST(Names, RoomOfStream) {
  const Names names;
  EXPECT_EQ(names.room_of_stream("ROOM_general"), room("general"));
  EXPECT_EQ(names.room_of_stream("ROOM_"), std::nullopt);
  EXPECT_EQ(names.room_of_stream("ROOM_a b"), std::nullopt);
  EXPECT_EQ(names.room_of_stream("KV_roomkeeper"), std::nullopt);
}

TEST(Names, ARoomOfAPoolHasItsOwnSubjects) {
  const Names names;
  EXPECT_EQ(names.pool_stream("lobby"), "POOL_lobby");
  EXPECT_EQ(names.pool_subject("lobby"), "chat.lobby.*.*");
  EXPECT_EQ(names.publish_pattern(room("general"), "lobby"), "chat.lobby.general.{user}");
  EXPECT_EQ(names.subscribe_subject(room("general"), "lobby"), "chat.lobby.general.*");
  EXPECT_EQ(names.subscribe_subject(room("general"), ""), "chat.general.*");
  EXPECT_EQ(names.pool_of_stream("POOL_lobby"), "lobby");
  EXPECT_EQ(names.pool_of_stream("ROOM_lobby"), std::nullopt);
  EXPECT_EQ(names.pool_of_stream("POOL_a.b"), std::nullopt);
  EXPECT_EQ(names.room_in_pool("chat.lobby.general.bob", "lobby"), "general");
  EXPECT_EQ(names.room_in_pool("chat.lobbyist.general.bob", "lobby"), "");
  EXPECT_EQ(names.room_in_pool("chat.lobby.general", "lobby"), "");
}

TEST(Names, PrefixesMayHaveSeveralTokens) {
  Names names;
  names.chat_prefix = "app.chat";
  EXPECT_EQ(names.stream_subject(room("general")), "app.chat.general.*");
}

TEST(TrustedReply, LiesUnderAnInboxPrefix) {
  const Names names;
  for (const char* reply : {"_INBOX.abc", "_INBOX.abc.1", "_INBOX_bob.x", "_R_.abc.def"}) {
    EXPECT_TRUE(names.is_trusted_reply(reply)) << reply;
  }
}

TEST(TrustedReply, EverythingElseIsNot) {
  const Names names;
  for (const char* reply :
       {"", "_INBOX", "_INBOX.", "_INBOX_", "_R_.", "$JS.API.STREAM.PURGE.ROOM_general",
        "$KV.roomkeeper_lease.leader", "roomkeeper.admin.purge", "_INBOX.*", "_INBOX.>",
        "_INBOX.a.*", "_INBOX.a..b", "_INBOX.a.", "_INBOX.a b", "_INBOX.a\r\nPUB x 0", "x_INBOX.a",
        "_inbox.a"}) {
    EXPECT_FALSE(names.is_trusted_reply(reply)) << reply;
  }
  EXPECT_FALSE(names.is_trusted_reply("_INBOX." + std::string(4096, 'a')));
}

TEST(TrustedReply, AnEmptyPrefixTrustsNobody) {
  Names names;
  names.inbox_prefixes = {""};
  EXPECT_FALSE(names.is_trusted_reply("anything"));
}

TEST(Subjects, Validity) {
  for (const char* subject : {"a", "a.b.c", "$SRV.PING", "chat.자유.bob"}) {
    EXPECT_TRUE(is_valid_subject(subject, false)) << subject;
  }
  for (const char* subject : {"*", ">", "a.*", "a.>", "*.*.>"}) {
    EXPECT_TRUE(is_valid_subject(subject, true)) << subject;
    EXPECT_FALSE(is_valid_subject(subject, false)) << subject;
  }
  for (const char* subject : {"", ".", "a.", ".a", "a..b", "a b", "a\tb", ">.a", "a*", "a.b>"}) {
    EXPECT_FALSE(is_valid_subject(subject, true)) << subject;
  }
}

struct Pair {
  const char* a;
  const char* b;
  bool overlap;
  bool contains;  ///< a contains b
};

TEST(Subjects, OverlapAndContainment) {
  const std::vector<Pair> pairs = {{"chat.a.*", "chat.a.*", true, true},
                                   {"chat.a.*", "chat.b.*", false, false},
                                   {"chat.*.bob", "chat.a.*", true, false},
                                   {"chat.>", "chat.a.*", true, true},
                                   {">", "chat.a.*", true, true},
                                   {"chat.a.*", "chat.a", false, false},
                                   {"chat.a.>", "chat.a", false, false},
                                   {"chat.a.*", "chat.a.b.c", false, false},
                                   {"chat.a.>", "chat.a.b.c", true, true},
                                   {"*.*.*", "chat.a.>", true, false},
                                   {"*.*.*", "chat.a.bob", true, true},
                                   {"chat.*", "chat.>", true, false},
                                   {"chat.>", "chat.*", true, true},
                                   {"chat.a", "chat.ab", false, false},
                                   {"*", "chat", true, true},
                                   {"chat.*.x", "chat.*.y", false, false}};
  for (const Pair& pair : pairs) {
    EXPECT_EQ(subjects_overlap(pair.a, pair.b), pair.overlap) << pair.a << " " << pair.b;
    EXPECT_EQ(subjects_overlap(pair.b, pair.a), pair.overlap) << pair.b << " " << pair.a;
    EXPECT_EQ(subject_contains(pair.a, pair.b), pair.contains) << pair.a << " " << pair.b;
  }
}

// With `rooms.admin.<verb>` for the admin API a user called `purge` would have reached it.
TEST(Subjects, NoSubjectOfRoomkeeperIsGrantedToAUser) {
  const Names names;
  const std::vector<std::string> ours = {names.admin_prefix + ".>",
                                         "$SRV.>",
                                         "$KV." + names.state_bucket + ".>",
                                         "$KV." + names.state_bucket + "_lease.>",
                                         "$KV." + names.state_bucket + "_read.>",
                                         "roomkeeper.audit.>",
                                         "$JS.>",
                                         "$SYS.>",
                                         "_INBOX.>"};
  for (const char* user : {"admin", "purge", "roomkeeper", "audit", "PING", "INFO", "notice",
                           "chat", "rooms", "API", "KV_roomkeeper", "=HU", "_INBOX", "bob"}) {
    ASSERT_TRUE(UserId::parse(user));
    const std::vector<std::string> granted = {names.chat_prefix + ".*." + user,
                                              names.chat_prefix + ".*.*." + user,
                                              names.user_prefix + "." + user + ".>"};
    for (const std::string& pattern : granted) {
      for (const std::string& subject : ours) {
        EXPECT_FALSE(subjects_overlap(pattern, subject)) << pattern << " reaches " << subject;
      }
    }
  }
}

TEST(Subjects, AUsersNoticesReachNobodyElse) {
  const Names names;
  const std::string notice = names.notice_subject(UserId::parse("bob").value());
  EXPECT_TRUE(subject_contains("rooms.bob.>", notice));
  EXPECT_FALSE(subjects_overlap("rooms.notice.>", notice));
  EXPECT_FALSE(subjects_overlap("chat.*.notice", notice));
}

TEST(Glob, Matches) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*", "general"));
  EXPECT_TRUE(glob_matches("game-*", "game-12"));
  EXPECT_TRUE(glob_matches("game-?", "game-1"));
  EXPECT_TRUE(glob_matches("*-*-x", "a-b-c-x"));
  EXPECT_TRUE(glob_matches("**a**", "bab"));
  EXPECT_TRUE(glob_matches("", ""));
}

TEST(Glob, AQuestionMarkIsOneCharacter) {
  EXPECT_TRUE(glob_matches("자?", "자유"));
  EXPECT_TRUE(glob_matches("??", "자유"));
  EXPECT_TRUE(glob_matches("*?b", "a한b"));
  EXPECT_TRUE(glob_matches("?", "\xF0\x9F\x8E\x89"));
  EXPECT_FALSE(glob_matches("?", "자유"));
  EXPECT_FALSE(glob_matches("???", "자"));
  EXPECT_FALSE(glob_matches("a*??b", "a한b"));
  EXPECT_TRUE(glob_matches("??", "\xFF\xFF")) << "bytes of no character count one by one";
}

TEST(Glob, DoesNotMatch) {
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_FALSE(glob_matches("game-?", "game-12"));
  EXPECT_FALSE(glob_matches("game-?", "game-"));
  EXPECT_FALSE(glob_matches("Game*", "game-1"));
  EXPECT_FALSE(glob_matches("*x", "xy"));
  EXPECT_FALSE(glob_matches("[ab]", "a"));
}

// A recursive matcher would not come back from this one.
TEST(Glob, HostilePatternEnds) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  EXPECT_FALSE(glob_matches(pattern + "b", std::string(2000, 'a')));
}

}  // namespace
}  // namespace roomkeeper::policies
