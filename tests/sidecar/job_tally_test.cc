// How far a purge job is, which rooms it means, and how fast it may be.
#include "sidecar/job_tally.h"

#include <gtest/gtest.h>

#include "sidecar/job_rooms.h"
#include "sidecar/pace.h"

namespace roomkeeper::sidecar {
namespace {

using namespace std::chrono_literals;

api::JobRecord fresh() {
  api::JobRecord record;
  record.job.id = "x";
  return record;
}

api::JobView counts(const JobTally& tally, bool up_to_cursor) {
  api::JobView view;
  tally.write_counts(view, up_to_cursor);
  return view;
}

TEST(JobTally, TheCursorStandsBehindWhatIsNotDone) {
  JobTally tally(fresh());
  tally.begin({"a", "b", "c", "d"});
  EXPECT_EQ(tally.cursor(), "");
  tally.finish(1, RoomOutcome::done, 5, 10);
  tally.finish(2, RoomOutcome::skipped, 0, 0);
  EXPECT_EQ(tally.cursor(), "") << "a is not done";
  EXPECT_EQ(counts(tally, true).rooms_done, 0U);
  EXPECT_EQ(counts(tally, false).rooms_done, 1U);
  tally.fail(0, "server_refused", "no");
  EXPECT_EQ(tally.cursor(), "c");
  const api::JobView behind = counts(tally, true);
  EXPECT_EQ(behind.rooms, 4U);
  EXPECT_EQ(behind.rooms_done, 1U);
  EXPECT_EQ(behind.rooms_skipped, 1U);
  EXPECT_EQ(behind.rooms_failed, 1U);
  EXPECT_EQ(behind.messages, 5U);
  EXPECT_EQ(behind.stored, 10U);
}

TEST(JobTally, ARestartGoesOnBehindTheCursorAndCountsNoRoomTwice) {
  JobTally first(fresh());
  first.begin({"a", "b", "c", "d"});
  first.finish(0, RoomOutcome::done, 1, 1);
  first.fail(1, "server_refused", "no");
  first.fail(3, "server_timeout", "beyond the cursor");
  api::JobRecord record = fresh();
  first.write_counts(record.job, true);
  record.cursor = first.cursor();
  record.failures = first.failures();
  ASSERT_EQ(record.cursor, "b");

  JobTally second(record);
  EXPECT_EQ(second.failures().size(), 1U) << "d is tried again";
  second.begin({"c", "d"});
  second.finish(0, RoomOutcome::done, 2, 2);
  second.finish(1, RoomOutcome::done, 3, 3);
  const api::JobView all = counts(second, false);
  EXPECT_EQ(all.rooms, 4U);
  EXPECT_EQ(all.rooms_done, 3U);
  EXPECT_EQ(all.rooms_failed, 1U);
  EXPECT_EQ(all.messages, 6U);
}

TEST(JobTally, ANewLookKeepsWhatWasFinished) {
  JobTally tally(fresh());
  tally.begin({"a", "b", "c"});
  tally.finish(2, RoomOutcome::done, 7, 7);
  tally.begin({"a", "b", "c"});
  EXPECT_TRUE(tally.is_open(0));
  EXPECT_FALSE(tally.is_open(2)) << "it is not done a second time";
  tally.finish(0, RoomOutcome::done, 1, 1);
  tally.finish(1, RoomOutcome::done, 1, 1);
  EXPECT_EQ(tally.cursor(), "c");
  EXPECT_EQ(counts(tally, false).rooms_done, 3U);
  EXPECT_EQ(counts(tally, true).rooms_done, 3U);
  EXPECT_EQ(counts(tally, false).messages, 9U);
}

TEST(JobTally, TheLargestComeFirstInPages) {
  JobTally tally(fresh());
  std::vector<std::string> rooms;
  for (int i = 100; i < 400; ++i) rooms.push_back(std::to_string(i));
  tally.begin(rooms);
  for (std::size_t i = 0; i < rooms.size(); ++i) tally.finish(i, RoomOutcome::done, i, 1000);
  EXPECT_EQ(tally.counted(), 299U) << "the one without messages is not among them";
  const auto page = tally.largest(2, 0);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].room, "399");
  EXPECT_EQ(page[0].messages, 299U);
  EXPECT_EQ(tally.largest(10, 298).size(), 1U);
  EXPECT_TRUE(tally.largest(10, 5000).empty());
}

TEST(JobTally, FailuresAreBoundedAndCountedAll) {
  JobTally tally(fresh());
  std::vector<std::string> rooms;
  for (int i = 1000; i < 1500; ++i) rooms.push_back(std::to_string(i));
  tally.begin(rooms);
  for (std::size_t i = 0; i < rooms.size(); ++i) tally.fail(i, "server_refused", "no");
  EXPECT_EQ(tally.failures().size(), api::job_failures_max);
  EXPECT_EQ(counts(tally, false).rooms_failed, 500U);
}

policies::ObservedStream room_stream(const std::string& name, const std::string& room,
                                     const std::string& template_name,
                                     const std::string& instance = "seoul") {
  policies::ObservedStream stream;
  stream.name = name;
  stream.config.mark = policies::Mark{.instance = instance,
                                      .room = room,
                                      .owner = "file",
                                      .template_name = template_name,
                                      .retention = {}};
  return stream;
}

std::vector<std::string> chosen(const api::PurgeSelection& selection, const std::string& cursor) {
  policies::ObservedStreams listing;
  listing.streams = {
      room_stream("ROOM_a", "a", "default"),          room_stream("ROOM_b", "b", "archive"),
      room_stream("ROOM_c", "c", "archive", "busan"), room_stream("ROOM_d", "a", "archive"),
      room_stream("HOLD_a", "a", "default"),          room_stream("ROOM_Z", "Z", "archive")};
  listing.streams.emplace_back().name = "ROOM_unmarked";
  std::vector<std::string> names;
  for (const JobRoom& room :
       matching_rooms(listing, {}, selection, policies::Names{}, "seoul", cursor))
    names.push_back(room.stream->name);
  return names;
}

std::vector<std::string> texts(const std::vector<JobRoom>& rooms) {
  std::vector<std::string> names;
  for (const JobRoom& room : rooms) names.push_back(room.room);
  return names;
}

policies::PooledRoom pooled(const std::string& room, const std::string& pool) {
  return {.id = *policies::RoomId::parse(room), .pool = std::make_shared<const std::string>(pool)};
}

TEST(JobRooms, OnlyStreamsMarkedAsOursForTheRoomOfTheirName) {
  using Names = std::vector<std::string>;
  api::PurgeSelection all;
  all.match = "*";
  EXPECT_EQ(chosen(all, ""), (Names{"ROOM_Z", "ROOM_a", "ROOM_b"}));
  EXPECT_EQ(chosen(all, "Z"), (Names{"ROOM_a", "ROOM_b"})) << "behind the cursor";
  api::PurgeSelection archive;
  archive.template_name = "archive";
  EXPECT_EQ(chosen(archive, ""), (Names{"ROOM_Z", "ROOM_b"}));
  archive.match = "b*";
  EXPECT_EQ(chosen(archive, ""), (Names{"ROOM_b"}));
  api::PurgeSelection named;
  named.rooms = {"b", "a", "b"};
  EXPECT_EQ(texts(named_rooms(named, "")), (Names{"a", "b"}));
  EXPECT_EQ(texts(named_rooms(named, "a")), (Names{"b"}));
}

TEST(JobRooms, RoomsOfPoolsAreThoseOfTheRoster) {
  using Names = std::vector<std::string>;
  policies::ObservedStreams listing;
  listing.streams = {room_stream("POOL_lobby", "*", "lobby"),
                     room_stream("POOL_other", "*", "other", "busan"),
                     room_stream("ROOM_m", "m", "default"), room_stream("ROOM_z", "z", "default")};
  policies::PoolRoster roster;
  roster.known = true;
  roster.rooms = {pooled("a", "lobby"), pooled("b", "other"), pooled("x", "lobby"),
                  pooled("z", "lobby")};
  const auto chosen_of = [&](const api::PurgeSelection& selection, const std::string& cursor) {
    return matching_rooms(listing, roster, selection, policies::Names{}, "seoul", cursor);
  };
  api::PurgeSelection all;
  all.match = "*";
  const std::vector<JobRoom> rooms = chosen_of(all, "");
  EXPECT_EQ(texts(rooms), (Names{"a", "m", "x", "z"}));
  EXPECT_TRUE(rooms[0].pooled && rooms[2].pooled && !rooms[1].pooled);
  EXPECT_EQ(rooms[0].stream, rooms[2].stream) << "one for all";
  EXPECT_EQ(rooms[3].stream->name, "POOL_lobby") << "the roster knows better than a stream";
  EXPECT_FALSE(rooms[0].counted);
  EXPECT_EQ(texts(chosen_of(all, "m")), (Names{"x", "z"}));
  api::PurgeSelection lobby;
  lobby.template_name = "lobby";
  EXPECT_EQ(texts(chosen_of(lobby, "")), (Names{"a", "x", "z"}));
  lobby.match = "x*";
  EXPECT_EQ(texts(chosen_of(lobby, "")), (Names{"x"}));
}

TEST(JobRooms, APoolIsCountedByRoomAndUser) {
  PoolCount count(policies::Names{}, "lobby", "bob");
  count.add("chat.lobby.a.bob", 3);
  count.add("chat.lobby.a.eve", 4);
  count.add("chat.lobby.b.eve", 5);
  count.add("chat.other.a.bob", 9);
  JobRoom a{.room = "a"};
  count.put(a);
  EXPECT_TRUE(a.counted);
  EXPECT_EQ(a.stored, 7U);
  EXPECT_EQ(a.chosen, 3U);
  JobRoom none{.room = "none"};
  count.put(none);
  EXPECT_TRUE(none.counted);
  EXPECT_EQ(none.stored, 0U);
  PoolCount everybody(policies::Names{}, "lobby", "");
  everybody.add("chat.lobby.b.eve", 5);
  JobRoom b{.room = "b"};
  everybody.put(b);
  EXPECT_EQ(b.chosen, 5U);
}

TEST(Pace, KeepsTheRate) {
  Pace pace(100);
  policies::MonoTime now{1h};
  int taken = 0;
  for (int i = 0; i < 1000; ++i) taken += pace.take(now) ? 1 : 0;
  EXPECT_LE(taken, 10) << "at once at most a tenth of a second's worth";
  const policies::MonoTime end = now + 10s;
  taken = 0;
  while (now < end) {
    if (pace.take(now)) {
      ++taken;
    } else {
      now += pace.wait(now);
    }
  }
  EXPECT_GE(taken, 990);
  EXPECT_LE(taken, 1010);
  Pace none(0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(none.take(now));
}

}  // namespace
}  // namespace roomkeeper::sidecar
