// A compact tour of all that Roomkeeper does, for permissions: each step is one order of an
// administrator or one event, and says whether it went well. Thread: the test's.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_PERMISSION_TOUR_H_
#define ROOMKEEPER_TESTS_INTEGRATION_PERMISSION_TOUR_H_

#include <algorithm>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/nats_config.h"
#include "tests/integration/installation.h"
#include "tests/integration/permission_lines.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {

inline constexpr const char* tour_rooms = R"(
reconcile: { interval: 1s }
limits: { exempt_users: [APP/admin], connections_per_user: { max: 2 } }
templates:
  default: { retention: { until: midnight, days: 1, timezone: Asia/Seoul } }
  lobby: { layout: pooled, retention: { until: midnight, days: 1, timezone: Asia/Seoul } }
  brief: { retention: { max_age: 4s } }
rooms:
  - { id: general }
  - { id: other, template: lobby }
)";

/// A smaller account is listed wholly in every pass, without asking for names.
inline constexpr const char* tour_crowd = "  - { range: \"crowd-{1..1008}\" }\n";

class PermissionTour {
 public:
  struct Options {
    std::string version = "2.15";
    std::string server_config{};  ///< empty: example_config()
    bool crowd = false;           ///< with so many rooms that a quiet pass asks for names only
  };
  explicit PermissionTour(Options options)
      : installed_({.version = options.version,
                    .yaml = std::string(tour_rooms) + (options.crowd ? tour_crowd : ""),
                    .server_config = std::move(options.server_config)}),
        crowd_(options.crowd) {}

  void go() {
    walk([] { return false; });
  }
  /// Ends as soon as the server has refused a subject that this line would have allowed.
  void go_until_refused(policies::Direction direction, const std::string& line) {
    walk([&] { return was_refused(direction, line); });
  }
  bool was_refused(policies::Direction direction, const std::string& line) const {
    const auto refused = refused_subjects(server_log());
    return std::any_of(refused.begin(), refused.end(), [&](const RefusedSubject& one) {
      return one.direction == direction && policies::subject_contains(line, one.subject);
    });
  }
  /// The steps that did not go well.
  const std::vector<std::string>& failures() const { return failures_; }
  std::string server_log() const { return read_text_file(installed_.server.log_path().string()); }

 private:
  using Words = std::vector<std::string>;

  static std::vector<Words> steps() {
    return {
        {"status"},
        {"apply"},
        {"send", "general", "one"},
        {"send", "general", "two"},
        {"send", "other", "pooled"},
        {"tail", "general", "--no-follow"},
        {"room", "create", "club", "--title", "x"},
        {"apply"},
        {"send", "club", "a"},
        {"send", "club", "b"},
        {"room", "hold", "club", "--note", "x"},
        {"room", "unhold", "club", "--yes"},
        {"purge", "--room", "general", "--keep", "1", "--yes"},
        {"purge", "--room", "other", "--user", "admin", "--yes"},
        {"room", "move", "club", "--template", "lobby", "--copy", "--grace", "0s", "--yes",
         "--wait-old"},
        {"room", "move", "club", "--template", "default", "--copy", "--grace", "0s", "--yes",
         "--wait-old"},
        {"room", "update", "club", "--title", "y", "--set", "stream.max_messages=60"},
        {"apply", "--allow-lossy", "--yes"},
        {"room", "explain", "club"},
        {"connection", "ls"},
        {"limit", "show"},
        {"ban", "add", "alice", "--for", "1h", "--yes"},
        {"ban", "rm", "alice"},
        {"state", "export", "-"},
        {"retention"},
        {"audit"},
        {"room", "rm", "club", "--yes"},
    };
  }

  template <class Stop>
  void walk(const Stop& stop) {
    const bool ready =
        becomes_true([&] { return stop() || installed_.http("/readyz").status == 200; },
                     std::chrono::seconds(30));
    if (!ready) failures_.emplace_back("it does not get ready");
    if (stop() || !ready) return;
    see_doctor(stop);
    for (const Words& words : steps()) {
      order(words);
      if (stop()) return;
    }
    see_a_reader();
    see_a_chat_user();
    see_discovery();
    if (stop()) return;
    see_a_kick();
    see_a_late_message(stop);
    if (crowd_) see_a_quiet_pass(stop);
    if (stop()) return;
    // What was written is read back.
    installed_.stop_daemon(SIGTERM);
    if (!installed_.start_daemon() ||
        !becomes_true([&] { return stop() || installed_.http("/readyz").status == 200; },
                      std::chrono::seconds(30))) {
      failures_.emplace_back("it does not come back");
    }
  }
  void order(const Words& words) {
    const ChildResult result = installed_.roomctl(words);
    if (result.exit_code != 0) failures_.push_back(words[0] + ": " + result.out + result.err);
  }
  /// Soon: a server that has just made a thousand streams may still answer slowly.
  template <class Stop>
  void see_doctor(const Stop& stop) {
    ChildResult result;
    const auto is_well = [&] {
      result = installed_.roomctl({"doctor"});
      return result.exit_code == 0;
    };
    if (!becomes_true([&] { return stop() || is_well(); }, std::chrono::seconds(20)))
      failures_.push_back("doctor: " + result.out + result.err);
  }
  void see_a_reader() {
    const auto reader = installed_.client("reader");
    if (!reader) return failures_.emplace_back("no reader"), void();
    for (const std::string& verb : cli::reading_verbs()) {
      if (reader->request("roomkeeper.admin." + verb, "{}", std::chrono::seconds(2))) continue;
      failures_.push_back("reader: " + verb);
      break;
    }
    const ChildResult audit = run_program(installed_.bare_roomctl_options(
        {"audit", "--server", installed_.server.url(), "--nats-user", "reader", "--password-file",
         installed_.file("secrets/reader").string()}));
    if (audit.exit_code != 0) failures_.push_back("reader's audit: " + audit.err);
  }
  void see_a_chat_user() {
    const auto alice = installed_.client("alice");
    if (!alice) return failures_.emplace_back("no alice"), void();
    std::vector<std::unique_ptr<NatsClientSubscription>> heard;
    for (const char* subject : {"chat.general.*", "chat.support.*", "rooms.alice.notice"}) {
      auto one = alice->subscribe(subject);
      if (one) heard.push_back(std::move(*one));
    }
    if (!alice->store("chat.general.alice", "x")) failures_.emplace_back("alice to general");
    if (!alice->store("chat.lobby.other.alice", "x")) failures_.emplace_back("alice to other");
  }
  void see_discovery() {
    const auto admin = installed_.client("admin");
    for (const char* subject : {"$SRV.PING", "$SRV.INFO.roomkeeper", "$SRV.STATS.roomkeeper"}) {
      if (!admin->request(subject, "")) failures_.emplace_back(subject);
    }
  }
  /// A pass that nothing made dirty asks for the names alone.
  template <class Stop>
  void see_a_quiet_pass(const Stop& stop) {
    const char* const asked = R"(roomkeeper_jetstream_api_requests_total{operation="names"})";
    if (!becomes_true([&] { return stop() || installed_.metric(asked) > 0; },
                      std::chrono::seconds(30)))
      failures_.emplace_back("no quiet pass");
  }
  /// What still comes to the old subjects of a moved room is copied, and such a copy goes when its
  /// original had to: by itself, among newer messages.
  template <class Stop>
  void see_a_late_message(const Stop& stop) {
    for (const Words& words :
         {Words{"room", "create", "late", "--template", "lobby"}, Words{"apply"},
          Words{"room", "move", "late", "--template", "brief", "--copy", "--grace", "10s",
                "--yes"}}) {
      order(words);
    }
    const auto admin = installed_.client("admin");
    if (!admin || !admin->store("chat.lobby.late.admin", "x"))
      return failures_.emplace_back("nothing comes to the old subjects"), void();
    std::string seen;
    const auto is_gone = [&] {
      const auto moves = admin->request("roomkeeper.admin.room.moves", R"({"room":"late"})");
      const auto reply = nlohmann::json::parse(moves ? moves->data : "", nullptr, false);
      seen = moves ? moves->data : "no answer";
      if (!reply.is_object() || reply["moves"].empty()) return false;
      return reply["moves"][0].value("copied", 0) == 1 && reply["moves"][0].value("ledger", 1) == 0;
    };
    if (!becomes_true([&] { return stop() || is_gone(); }, std::chrono::seconds(20)))
      failures_.push_back("a late message stays: " + seen);
  }
  void see_a_kick() {
    std::vector<std::unique_ptr<NatsClient>> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(installed_.client("bob"));
    const bool kicked = becomes_true(
        [&] {
          return std::any_of(clients.begin(), clients.end(),
                             [](const auto& one) { return one->disconnects() > 0; });
        },
        std::chrono::seconds(30));
    if (!kicked) failures_.emplace_back("nobody is kicked");
  }

  Installation installed_;
  const bool crowd_;
  std::vector<std::string> failures_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_PERMISSION_TOUR_H_
