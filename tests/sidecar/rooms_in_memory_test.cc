// What the daemon keeps of rooms in memory: the merged wishes, the verdicts, and which of them a
// listing asks for.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sidecar/folded_text.h"
#include "sidecar/room_directory.h"
#include "sidecar/room_search.h"
#include "tests/sidecar/room_ids.h"

namespace roomkeeper::sidecar {
namespace {

using policies::DesiredRooms;
using policies::Reason;
using policies::RoomId;
using policies::RoomOwner;
using policies::RoomSpec;
using policies::RoomState;
using policies::RoomVerdict;

RoomSpec room(const std::string& name, RoomOwner owner,
              const std::string& template_name = "default") {
  auto settings = std::make_shared<policies::RoomSettings>();
  settings->template_name = template_name;
  return {.id = id(name),
          .owner = owner,
          .title = "Title of " + name,
          .topic = {},
          .tags = {"tag-" + name, "공지"},
          .settings = settings,
          .place = {}};
}

DesiredRooms files(const std::vector<std::string>& names) {
  DesiredRooms rooms;
  for (const std::string& name : names) rooms.rooms.push_back(room(name, RoomOwner::file));
  return rooms;
}

std::string names_of(const std::vector<RoomSpec>& rooms) {
  std::string text;
  for (const RoomSpec& one : rooms)
    text += one.id.text() + (one.owner == RoomOwner::api ? "(api) " : " ");
  return text;
}

TEST(MergeRooms, IsSortedAndAFileWins) {
  const DesiredRooms merged =
      merge_rooms(files({"b", "d"}),
                  {room("c", RoomOwner::api), room("b", RoomOwner::api), room("a", RoomOwner::api)},
                  {id("z"), id("x")}, {});
  EXPECT_EQ(names_of(merged.rooms), "a(api) b c(api) d ");
  EXPECT_EQ(merged.conflicts, (std::vector<RoomId>{id("b")}));
  EXPECT_EQ(merged.removed_by_api, (std::vector<RoomId>{id("x"), id("z")}));
  EXPECT_TRUE(merged.complete);
  EXPECT_NE(merged.find(id("c")), nullptr);
}

TEST(MergeRooms, ADoubtOfEitherSideMakesItIncomplete) {
  EXPECT_FALSE(merge_rooms(files({"a"}), {}, {}, {"the bucket is young"}).complete);
  DesiredRooms doubtful = files({"a"});
  doubtful.complete = false;
  doubtful.doubts = {"a file is gone"};
  const DesiredRooms merged = merge_rooms(doubtful, {}, {}, {"the bucket is young"});
  EXPECT_FALSE(merged.complete);
  EXPECT_EQ(merged.doubts, (std::vector<std::string>{"a file is gone", "the bucket is young"}));
  EXPECT_FALSE(merge_rooms(doubtful, {}, {}, {}).complete);
}

RoomVerdict says(const std::string& name, RoomState state, Reason reason) {
  return {.room = id(name), .state = state, .reason = reason};
}

TEST(RoomDirectory, AVerdictIsFoundAndCorrected) {
  RoomDirectory directory;
  directory.set_verdicts({says("a", RoomState::ready, Reason::ok),
                          says("c", RoomState::pending, Reason::room_missing)});
  EXPECT_EQ(directory.verdict(id("b")), nullptr);
  directory.set_verdict(says("c", RoomState::failed, Reason::server_refused));
  directory.set_verdict(says("b", RoomState::ready, Reason::ok));
  ASSERT_EQ(directory.verdicts().size(), 2U) << "a room without a verdict gets none";
  EXPECT_EQ(directory.verdict(id("c"))->state, RoomState::failed);
}

TEST(RoomDirectory, AFailureStaysUntilThePlanNoLongerWantsAnything) {
  RoomDirectory directory;
  directory.set_verdicts({says("a", RoomState::failed, Reason::server_timeout),
                          says("b", RoomState::blocked, Reason::subject_overlap),
                          says("c", RoomState::failed, Reason::server_timeout),
                          says("d", RoomState::ready, Reason::ok)});
  directory.set_verdicts_keeping_failures({says("a", RoomState::pending, Reason::room_missing),
                                           says("b", RoomState::pending, Reason::room_missing),
                                           says("c", RoomState::ready, Reason::ok),
                                           says("d", RoomState::pending, Reason::drift),
                                           says("e", RoomState::pending, Reason::room_missing)});
  EXPECT_EQ(directory.verdict(id("a"))->reason, Reason::server_timeout);
  EXPECT_EQ(directory.verdict(id("b"))->reason, Reason::subject_overlap);
  EXPECT_EQ(directory.verdict(id("c"))->state, RoomState::ready);
  EXPECT_EQ(directory.verdict(id("d"))->reason, Reason::drift);
  EXPECT_EQ(directory.verdict(id("e"))->state, RoomState::pending);
}

class Search : public ::testing::Test {
 protected:
  static bool found(const api::RoomListRequest& wanted, bool orphan = false) {
    RoomSpec general = room("General-1", RoomOwner::file, "archive");
    general.title = "자유 Talk";
    return RoomFilter(wanted).lets(says("General-1", RoomState::ready, Reason::ok),
                                   orphan ? nullptr : &general);
  }
  static api::RoomListRequest by_text(const std::string& text) {
    api::RoomListRequest wanted;
    wanted.match = text;
    return wanted;
  }
};

TEST_F(Search, EmptyFindsAll) {
  EXPECT_TRUE(found({}));
}

TEST_F(Search, ByIdAsGlobOrPartWithoutCase) {
  for (const char* text : {"general-1", "GENERAL*", "*-?", "neral", "General-1"})
    EXPECT_TRUE(found(by_text(text))) << text;
  for (const char* text : {"lobby", "?", "general-2", "g*2"})
    EXPECT_FALSE(found(by_text(text))) << text;
}

TEST_F(Search, ByTitleInAnyScript) {
  EXPECT_TRUE(found(by_text("자유")));
  EXPECT_TRUE(found(by_text("talk")));
  EXPECT_FALSE(found(by_text("자유"), true)) << "an orphaned stream has no title";
  EXPECT_FALSE(found(by_text("공지"))) << "a tag is no title";
}

TEST_F(Search, ByTagTemplateAndStateExactly) {
  api::RoomListRequest wanted;
  wanted.tag = "공지";
  EXPECT_TRUE(found(wanted));
  EXPECT_FALSE(found(wanted, true));
  wanted.tag = "공";
  EXPECT_FALSE(found(wanted));
  wanted = {};
  wanted.template_name = "archive";
  EXPECT_TRUE(found(wanted));
  wanted.template_name = "arch";
  EXPECT_FALSE(found(wanted));
  wanted = {};
  wanted.state = "ready";
  EXPECT_TRUE(found(wanted));
  wanted.state = "failed";
  EXPECT_FALSE(found(wanted));
}

TEST_F(Search, AllThatIsAskedMustHold) {
  api::RoomListRequest wanted = by_text("general*");
  wanted.tag = "nothing";
  EXPECT_FALSE(found(wanted));
}

TEST(Fold, HangulLettersAreOneSyllable) {
  // "각가 나" letter by letter, as macOS writes names of files.
  const std::string letters = "\u1100\u1161\u11a8\u1100\u1161 \u1102\u1161";
  EXPECT_EQ(fold(letters), "각가 나");
  EXPECT_TRUE(FoldedPattern("가 나").is_in(letters));
  EXPECT_TRUE(FoldedPattern("\u1100\u1161 \u1102\u1161").is_in("각가 나"));
  // A lone letter, and letters that join to nothing, stay.
  EXPECT_EQ(fold("\u1100a\u1161\u11a8"), "\u1100a\u1161\u11a8");
  EXPECT_EQ(fold("\u1100\u1161\u11a7"), "가\u11a7");
  EXPECT_EQ(fold("\xE1\x84"), "\xE1\x84");
}

TEST(Fold, ComparesWithoutCase) {
  EXPECT_EQ(compare_folded("AbC", "aBc"), 0);
  EXPECT_LT(compare_folded("ab", "ABC"), 0);
  EXPECT_GT(compare_folded("자", "z"), 0);
  EXPECT_LT(compare_folded("가", "나"), 0);
  EXPECT_TRUE(FoldedPattern("").is_in(""));
  EXPECT_FALSE(FoldedPattern("a").is_in(""));
}

TEST(Fold, TouchesAsciiLettersOnly) {
  EXPECT_EQ(fold("ABCxyz-_09"), "abcxyz-_09");
  EXPECT_EQ(fold("자유ÄÖ"), "자유ÄÖ");
  EXPECT_EQ(fold(std::string("\xff\x80Z", 3)), std::string("\xff\x80z", 3));
}

}  // namespace
}  // namespace roomkeeper::sidecar
