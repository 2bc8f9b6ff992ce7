// What tests of holds on real servers ask and remember: whatever was said in a room, as the server
// stored it, to be compared with the room's copy.
//
// Thread: the test's.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_HELD_ROOMS_TEST_H_
#define ROOMKEEPER_TESTS_INTEGRATION_HELD_ROOMS_TEST_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"
#include "tests/integration/in_process_daemon.h"
#include "tests/integration/waiting.h"
#include "tests/support/nats_client.h"

namespace roomkeeper::testing {

class HeldRoomsTest : public InProcessDaemonTest {
 protected:
  using json = nlohmann::json;

  json request(const std::string& subject, const json& body) {
    const auto reply = asking->request(subject, body.dump());
    return reply ? json::parse(reply->data) : json{{"error", {{"message", reply.error().text}}}};
  }
  json admin(const std::string& verb, const json& body) {
    return request("roomkeeper.admin." + verb, body);
  }
  json stream(const std::string& name) {
    return request("$JS.API.STREAM.INFO." + name, json::object());
  }
  std::uint64_t messages(const std::string& name) {
    return stream(name).value(json::json_pointer("/state/messages"), std::uint64_t{0});
  }
  /// Sequence, subject, headers, payload and time, as the server tells them.
  json message(const std::string& name, std::uint64_t seq) {
    return request("$JS.API.STREAM.MSG.GET." + name, {{"seq", seq}}).value("message", json());
  }
  /// Somebody says something on `subject`; it is remembered as `name` stored it.
  void tell_in(const std::string& name, const std::string& subject, const std::string& room,
               const std::string& text) {
    const auto seq = asking->store(subject, text, {{"X-Kind", "text"}});
    ASSERT_TRUE(seq) << seq.error().text;
    told_[room][*seq] = message(name, *seq);
  }
  bool becomes_held(const std::string& room) {
    return becomes_true(
        [&] { return admin("room.hold", {{"room", room}}).value("state", "") == "held"; },
        std::chrono::seconds(45));
  }
  std::uint64_t purged(json selection) {
    selection["dry_run"] = false;
    const std::string id = admin("purge", selection).value("id", "");
    json job;
    becomes_true(
        [&] {
          job = admin("job.show", {{"job", id}});
          return job.contains(json::json_pointer("/job/ended"));
        },
        std::chrono::seconds(30));
    EXPECT_EQ(job.value(json::json_pointer("/job/rooms_failed"), 99), 0) << job;
    return job.value(json::json_pointer("/job/messages"), std::uint64_t{0});
  }
  void expect_copied(const std::string& room) {
    EXPECT_EQ(messages("HOLD_" + room), told_[room].size());
    for (const auto& [seq, said] : told_[room]) {
      ASSERT_FALSE(said.is_null());
      EXPECT_EQ(message("HOLD_" + room, seq), said);
    }
  }
  static policies::WallTime time_of(const json& value) {
    return policies::parse_rfc3339(value.get<std::string>()).value();
  }

  std::map<std::string, std::map<std::uint64_t, json>> told_;  ///< by room and sequence
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_HELD_ROOMS_TEST_H_
