// What commands see in tests: an Output that records, and a Backend that answers from a list.
#ifndef ROOMKEEPER_TESTS_CLI_FAKES_H_
#define ROOMKEEPER_TESTS_CLI_FAKES_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/backend.h"
#include "cli/output.h"
#include "cli/run.h"
#include "tests/support/manual_clock.h"

namespace roomkeeper::cli {

class RecordedOutput final : public Output {
 public:
  bool print(std::string_view text) override {
    out += text;
    return true;
  }
  void note(std::string_view text) override { err += text; }
  bool prints_to_terminal() const override { return terminal; }
  bool notes_to_terminal() const override { return terminal; }
  bool can_ask() const override { return terminal; }
  int width() const override { return columns; }
  std::optional<std::string> read_line() override { return input; }
  api::ApiResult<std::string> read_all(std::size_t most) override {
    if (input.size() > most) return usage_error("too long");
    return input;
  }

  std::string out;
  std::string err;
  std::string input;
  bool terminal = false;
  int columns = 0;
};

struct Asked {
  api::Verb verb{};
  std::string request;
};

/// The world behind the program: replies in the order of asking, each verb for itself; the last one
/// stays.
struct World {
  std::map<api::Verb, std::deque<std::string>> replies;
  std::vector<Asked> asked;
  testing::ManualClock clock;
  int pauses_left = 1000;  ///< then the user presses Ctrl-C

  template <class Reply>
  void answer(api::Verb verb, const Reply& reply) {
    using api::encode;
    replies[verb].push_back(encode(reply));
  }
  /// Requests of a verb, as they were sent.
  std::vector<std::string> requests(api::Verb verb) const {
    std::vector<std::string> found;
    for (const Asked& one : asked) {
      if (one.verb == verb) found.push_back(one.request);
    }
    return found;
  }
};

class FakeBackend final : public Backend {
 public:
  explicit FakeBackend(World& world) : world_(world) {}
  const sidecar::Clock& clock() const override { return world_.clock; }
  api::ApiResult<std::string> ask(api::Verb verb, const std::string& request) override {
    world_.asked.push_back({verb, request});
    auto& replies = world_.replies[verb];
    if (replies.empty()) {
      return tl::unexpected<api::ApiError>(
          api::ApiError{api::ApiCode::not_connected, "nobody answers", {"a hint"}});
    }
    std::string reply = replies.front();
    if (replies.size() > 1) replies.pop_front();
    return reply;
  }
  bool pause(policies::Nanoseconds duration) override {
    world_.clock.advance(duration);
    return --world_.pauses_left > 0;
  }
  api::ApiResult<Session*> session() override {
    return tl::unexpected<api::ApiError>(
        api::ApiError{api::ApiCode::not_connected, "no connection here", {}});
  }

 private:
  World& world_;
};

/// Runs a command line in a world; the exit code.
inline int run_in(World& world, RecordedOutput& output, const std::vector<std::string>& words,
                  const Environment& environment = {}) {
  return run(words, environment, output, [&world](const Arguments&, const Environment&) {
    return std::make_unique<FakeBackend>(world);
  });
}

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_TESTS_CLI_FAKES_H_
