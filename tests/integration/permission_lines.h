// Single lines of nats-server's permissions: taken out of a configuration, and found refused in its
// log. Thread: any.
#ifndef ROOMKEEPER_TESTS_INTEGRATION_PERMISSION_LINES_H_
#define ROOMKEEPER_TESTS_INTEGRATION_PERMISSION_LINES_H_

#include <ostream>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/permissions.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {

inline std::string example_accounts() {
  return read_text_file(ROOMKEEPER_SOURCE_DIR "/examples/nats-server.conf");
}

/// The configuration without one line of this user's; fails the test when it has none.
inline std::string without_line(std::string config, const std::string& user,
                                policies::Direction direction, const std::string& subject) {
  const std::size_t begin = config.find("user: \"" + user + "\"");
  const std::size_t list =
      begin == config.npos ? begin : config.find(std::string(to_string(direction)) + ": [", begin);
  const std::size_t line = list == config.npos ? list : config.find("\"" + subject + "\"", list);
  const std::size_t end = list == config.npos ? list : config.find(']', list);
  EXPECT_TRUE(line != config.npos && line < end) << user << " has no " << subject;
  if (line == config.npos) return config;
  // Not an empty list, which would allow everything.
  return config.replace(line, config.find('\n', line) - line, "\"nobody.asks.this\"");
}

struct RefusedSubject {
  policies::Direction direction{};
  std::string subject;
  bool operator==(const RefusedSubject&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const RefusedSubject& refused) {
  return out << to_string(refused.direction) << " " << refused.subject;
}

/// What the server refused, by its log.
inline std::vector<RefusedSubject> refused_subjects(const std::string& log) {
  static const std::regex line(R"re((Publish|Subscription) Violation - .*?Subject "([^"]*)")re");
  std::vector<RefusedSubject> refused;
  for (std::sregex_iterator at(log.begin(), log.end(), line), end; at != end; ++at) {
    refused.push_back(
        {at->str(1) == "Publish" ? policies::Direction::publish : policies::Direction::subscribe,
         at->str(2)});
  }
  return refused;
}

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_INTEGRATION_PERMISSION_LINES_H_
