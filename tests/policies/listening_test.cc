#include "policies/listening.h"

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace roomkeeper::policies {
namespace {

using Hears = Listening::Hears;

/// "nothing", "several", or the room.
std::string text_of(const Listening::Heard& heard) {
  if (heard.hears == Hears::nothing) return heard.room ? "nothing, and a room" : "nothing";
  if (heard.hears == Hears::several_rooms) return heard.room ? "several, and a room" : "several";
  return heard.room ? heard.room->text() : "one room without a name";
}

struct Heard {
  std::string subject;
  std::string rooms;
};

class Subscription : public ::testing::TestWithParam<Heard> {};

// Rooms general and hall are there, and a room that is called as the pool lobby is.
TEST_P(Subscription, HearsWhatItNames) {
  const Listening listening(Names{}, {"lobby", "halls"}, [](const RoomId& room) {
    return room.text() == "general" || room.text() == "hall" || room.text() == "lobby";
  });
  EXPECT_EQ(text_of(listening.of(GetParam().subject)), GetParam().rooms) << GetParam().subject;
}

INSTANTIATE_TEST_SUITE_P(
    Literal, Subscription,
    ::testing::Values(Heard{"chat.general.*", "general"}, Heard{"chat.general.bob", "general"},
                      Heard{"chat.general.>", "general"}, Heard{"chat.lobby.hall.*", "hall"},
                      Heard{"chat.lobby.hall.bob", "hall"}, Heard{"chat.lobby.hall.>", "hall"},
                      Heard{"chat.*.hall.*", "hall"}, Heard{"chat.lobby.*", "lobby"},
                      Heard{"chat.lobby.bob", "lobby"}));
INSTANTIATE_TEST_SUITE_P(
    Wildcards, Subscription,
    ::testing::Values(Heard{">", "several"}, Heard{"*.>", "several"}, Heard{"chat.>", "several"},
                      Heard{"chat.*.*", "several"}, Heard{"chat.*.>", "several"},
                      Heard{"chat.*.bob", "several"}, Heard{"*.general.*", "several"},
                      Heard{"*.*.*", "several"}, Heard{"*.*.*.*", "several"},
                      Heard{"chat.lobby.>", "several"}, Heard{"chat.lobby.*.*", "several"},
                      Heard{"chat.lobby.*.bob", "several"}, Heard{"chat.*.*.bob", "several"}));
INSTANTIATE_TEST_SUITE_P(
    Others, Subscription,
    ::testing::Values(Heard{"", "nothing"}, Heard{"chat", "nothing"}, Heard{"chat.", "nothing"},
                      Heard{"chat.general", "nothing"}, Heard{"chat.nobodys.*", "nothing"},
                      Heard{"chat.lobby.nobodys.*", "nothing"},
                      Heard{"chat.general.bob.more", "nothing"},
                      Heard{"chat.lobby.hall.bob.more", "nothing"}, Heard{"chat.*", "nothing"},
                      Heard{"*", "nothing"}, Heard{"*.*", "nothing"}, Heard{"*.*.*.*.*", "nothing"},
                      Heard{"chats.general.*", "nothing"}, Heard{"chat-general.*", "nothing"},
                      Heard{"_INBOX.abc.*", "nothing"}, Heard{"news.general.*", "nothing"},
                      Heard{"$JS.API.>", "nothing"}, Heard{"chat.gen eral.*", "nothing"},
                      Heard{"chat..bob", "nothing"}, Heard{"chat.g*.bob", "nothing"}));

TEST(Listening, WithoutPoolsNobodyHearsFourTokens) {
  const Listening listening(Names{}, {}, [](const RoomId&) { return true; });
  EXPECT_EQ(text_of(listening.of("chat.*.*.*")), "nothing");
  EXPECT_EQ(text_of(listening.of("chat.lobby.hall.*")), "nothing");
  EXPECT_EQ(text_of(listening.of("chat.lobby.>")), "lobby");
  EXPECT_EQ(text_of(listening.of("*.*.*.*")), "nothing");
}

TEST(Listening, ThePrefixMayHaveSeveralTokens) {
  Names names;
  names.chat_prefix = "a.b";
  const Listening listening(names, {"lobby"}, [](const RoomId&) { return true; });
  EXPECT_EQ(text_of(listening.of("a.b.general.*")), "general");
  EXPECT_EQ(text_of(listening.of("a.b.lobby.hall.>")), "hall");
  EXPECT_EQ(text_of(listening.of("a.*.general.*")), "several");
  EXPECT_EQ(text_of(listening.of("a.>")), "several");
  EXPECT_EQ(text_of(listening.of("a.c.general.*")), "nothing");
  EXPECT_EQ(text_of(listening.of("a.b")), "nothing");
  EXPECT_EQ(text_of(listening.of("chat.general.*")), "nothing");
}

TEST(Listening, LongAndStrangeSubjectsHearNothing) {
  const Listening listening(Names{}, {"lobby"}, [](const RoomId&) { return true; });
  EXPECT_EQ(text_of(listening.of("chat." + std::string(1'000'000, 'x') + ".*")), "nothing");
  std::string many = "chat";
  for (int i = 0; i < 100'000; ++i) many += ".*";
  EXPECT_EQ(text_of(listening.of(many)), "nothing");
  EXPECT_EQ(text_of(listening.of(std::string("chat.\0.*", 8))), "nothing");
  EXPECT_EQ(text_of(listening.of("chat.\xff\xfe.*")), "nothing");
}

/// Where messages of rooms are published: subject and room.
using Published = std::vector<std::pair<std::string, std::string>>;

/// Every room, as a dedicated one and in every pool, by a few users. A room may be in one place
/// only, but which is not said by a subscription.
Published published(const std::string& prefix, const std::set<std::string, std::less<>>& pools,
                    const std::vector<std::string>& rooms) {
  Published all;
  for (const std::string& room : rooms) {
    for (const char* user : {"bob", "a", "b", "ab", "chat", "none"}) {
      all.emplace_back(prefix + "." + room + "." + user, room);
      for (const std::string& pool : pools)
        all.emplace_back(prefix + "." + pool + "." + room + "." + user, room);
    }
  }
  return all;
}

class RandomSubscriptions : public ::testing::TestWithParam<std::string> {};

// Against what it says literally: which of all subjects on which rooms' messages can be are matched
// by the subscription.
TEST_P(RandomSubscriptions, HearTheRoomsWhoseMessagesTheyMatch) {
  Names names;
  names.chat_prefix = GetParam();
  std::mt19937 random(7);
  const auto pick = [&random](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  const std::vector<std::string> words{"chat", "a", "b", "ab", "bob", "*", "*", ">", "none"};
  const std::vector<std::string> candidates{"a", "b", "ab", "bob", "chat", "none", "x", "y"};
  std::map<std::string, int> outcomes;
  for (int round = 0; round < 20'000; ++round) {
    std::set<std::string, std::less<>> pools;
    for (std::size_t i = 0, count = pick(3); i < count; ++i)
      pools.insert(candidates[pick(candidates.size())]);
    std::vector<std::string> rooms;
    for (const std::string& room : candidates) {
      // A room that is called as a pool makes `chat.<pool>.>` two things; the table has that one.
      if (pick(2) == 0 && !pools.contains(room)) rooms.push_back(room);
    }
    std::string subject = pick(4) == 0 ? "" : names.chat_prefix;
    for (std::size_t i = 0, count = 1 + pick(4); i < count; ++i) {
      if (!subject.empty()) subject += '.';
      subject += words[pick(words.size())];
    }
    if (!is_valid_subject(subject, true)) continue;
    const std::set<std::string> known(rooms.begin(), rooms.end());
    const Listening listening(names, pools,
                              [&](const RoomId& room) { return known.contains(room.text()); });
    const std::string said = text_of(listening.of(subject));

    std::set<std::string> heard;
    for (const auto& [message, room] : published(names.chat_prefix, pools, rooms)) {
      if (subjects_overlap(subject, message)) heard.insert(room);
    }
    // What it would hear were all rooms there that could be.
    std::set<std::string> possible;
    for (const auto& [message, room] : published(names.chat_prefix, pools, candidates)) {
      if (subjects_overlap(subject, message)) possible.insert(room);
    }
    std::string about = subject + " of rooms";
    for (const std::string& room : rooms) about += " " + room;
    about += ", pools";
    for (const std::string& pool : pools) about += " " + pool;
    if (said == "nothing") {
      EXPECT_TRUE(heard.empty()) << about;
    } else if (said == "several") {
      // With a wildcard in the prefix no room is named, even where one alone can be heard.
      const bool prefixed = subject.starts_with(names.chat_prefix + ".");
      EXPECT_GT(possible.size(), prefixed ? 1U : 0U) << about;
    } else {
      EXPECT_EQ(heard, (std::set<std::string>{said})) << about;
    }
    ++outcomes[said == "nothing" || said == "several" ? said : "room"];
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(outcomes["nothing"], 1'000);
  EXPECT_GT(outcomes["several"], 1'000);
  EXPECT_GT(outcomes["room"], 500);
}

INSTANTIATE_TEST_SUITE_P(Prefixes, RandomSubscriptions, ::testing::Values("chat", "a.b", "a.a.a"));

}  // namespace
}  // namespace roomkeeper::policies
