// What goes wrong at the fake: set by a test, asked once for each message that a client sends.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_FAULTS_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_FAULTS_H_

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "tests/support/fake_api_error.h"

namespace roomkeeper::testing {

struct FakeVerdict {
  bool ignore = false;           ///< as if it never came
  bool lose_reply = false;       ///< done, but nobody hears of it
  std::optional<ApiError> fail;  ///< not done, answered with this
};

class FakeFaults {
 public:
  /// Counts the message and says what happens to it.
  FakeVerdict judge(std::string_view subject);
  std::uint64_t count(std::string_view pattern) const;
  void forget_counts() { counts_.clear(); }

  void silence(const std::string& pattern) { silent_.insert(pattern); }
  void speak() { silent_.clear(); }
  void ignore_next(std::uint64_t n, const std::string& pattern) {
    once_.push_back({pattern, n, Kind::ignore, {}});
  }
  void lose_replies(std::uint64_t n, const std::string& pattern) {
    once_.push_back({pattern, n, Kind::lose, {}});
  }
  void fail_next(std::uint64_t n, const std::string& pattern, ApiError error) {
    once_.push_back({pattern, n, Kind::fail, std::move(error)});
  }
  /// Until stop_failing().
  void fail_always(const std::string& pattern, ApiError error) {
    failing_.insert_or_assign(pattern, std::move(error));
  }
  void stop_failing() { failing_.clear(); }
  void clear() {
    silent_.clear();
    failing_.clear();
    once_.clear();
  }

 private:
  enum class Kind : std::uint8_t { ignore, lose, fail };
  struct Once {
    std::string pattern;
    std::uint64_t left = 0;
    Kind kind = Kind::ignore;
    ApiError error;
  };

  std::set<std::string> silent_;
  std::map<std::string, ApiError> failing_;
  std::list<Once> once_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_FAULTS_H_
