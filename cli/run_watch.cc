#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/connections.h"
#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/render_connections.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto interval = std::chrono::milliseconds(500);
constexpr std::uint64_t events_page_size = 500;
/// A reply with so many is a part of a storm: the next one is asked for at once.
constexpr std::size_t many = 100;

/// What may be over in a moment: Roomkeeper or nats-server is being restarted.
bool may_pass(api::ApiCode code) {
  return code == api::ApiCode::not_connected || code == api::ApiCode::timeout ||
         code == api::ApiCode::not_ready || code == api::ApiCode::busy;
}

class Watch {
 public:
  Watch(const Invocation& invocation, std::optional<policies::Nanoseconds> time)
      : backend_(invocation.backend),
        output_(invocation.output),
        json_(invocation.arguments.has("json")) {
    request_.user = invocation.arguments.value("user");
    request_.limit = events_page_size;
    if (time) ends_ = backend_.clock().mono() + *time;
  }

  Outcome run() {
    const auto first = ask();
    if (!first) return tl::unexpected<api::ApiError>(first.error());
    begin(*first);
    while (pause()) {
      const auto reply = ask();
      if (!reply && !may_pass(reply.error().code)) {
        // Ctrl-C ends a request as well.
        if (!backend_.pause(std::chrono::milliseconds(1))) return exit_ok;
        return tl::unexpected<api::ApiError>(reply.error());
      }
      if (reply ? !take(*reply) : !trouble(reply.error())) return exit_ok;
    }
    return exit_ok;
  }

 private:
  api::ApiResult<api::ConnectionEventsReply> ask() {
    return call<api::ConnectionEventsReply>(backend_, api::Verb::connection_events, request_);
  }

  /// False when the time is over, or the user pressed Ctrl-C.
  bool pause() {
    policies::Nanoseconds wait = at_once_ ? policies::Nanoseconds(1) : interval;
    at_once_ = false;
    if (ends_) {
      const policies::Nanoseconds left = *ends_ - backend_.clock().mono();
      if (left <= policies::Nanoseconds(0)) return false;
      wait = std::min(wait, left);
    }
    return backend_.pause(wait);
  }

  void begin(const api::ConnectionEventsReply& first) {
    daemon_ = first.daemon;
    request_.after = first.next;
    output_.note(counted(first.connections, "connection") +
                 " now; what comes is shown until Ctrl-C\n");
    if (!json_) output_.print(events_head());
  }

  /// False: nobody reads it any more.
  bool take(const api::ConnectionEventsReply& reply) {
    const bool interrupted = std::exchange(quiet_, false);
    if (reply.daemon != daemon_) {
      daemon_ = reply.daemon;
      // Its numbers begin anew: all that it knows is new.
      request_.after = 0;
      at_once_ = true;
      return remark("restarted", "Roomkeeper was restarted; what happened meanwhile is not known",
                    0);
    }
    if (interrupted &&
        !remark("interrupted", "there was no answer for a while; events may be missing", 0)) {
      return false;
    }
    if (reply.missed > 0 &&
        !remark("missed", counted(reply.missed, "event") + " came too fast and are not shown",
                reply.missed)) {
      return false;
    }
    for (const api::ConnectionEvent& event : reply.events) {
      if (!output_.print(json_ ? api::encode(event) + "\n"
                               : render_event(event, output_.width()))) {
        return false;
      }
    }
    request_.after = reply.next;
    at_once_ = reply.events.size() >= many;
    return true;
  }

  bool remark(const std::string& what, const std::string& text, std::uint64_t missed) {
    if (!json_) return output_.print("-- " + text + " --\n");
    Json line{{"what", what}};
    if (missed > 0) line["missed"] = missed;
    return output_.print(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  }

  /// Told once, until an answer comes again.
  bool trouble(const api::ApiError& error) {
    if (!std::exchange(quiet_, true)) {
      output_.note("no answer: " +
                   safe_text(error.message.empty() ? api::explain(error.code) : error.message) +
                   "; trying on\n");
    }
    return true;
  }

  Backend& backend_;
  Output& output_;
  const bool json_;
  api::ConnectionEventsRequest request_;
  std::optional<policies::MonoTime> ends_;
  std::string daemon_;
  bool at_once_ = false;
  bool quiet_ = false;  ///< that nobody answers was told
};

}  // namespace

Outcome run_connection_watch(const Invocation& invocation) {
  const auto time = invocation.arguments.duration("for");
  if (!time) return tl::unexpected<api::ApiError>(time.error());
  return Watch(invocation, *time).run();
}

}  // namespace roomkeeper::cli
