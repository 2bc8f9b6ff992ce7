// HTTP Basic authentication against a password file that may change while it is used.
//
// A hash is meant to be slow to check, and every page refresh brings one: who logged in well is
// known again by a keyed digest of what was sent, kept in memory until the file changes. Failed
// logins are bounded for all together: a burst, then one a second; who is known is not held up by
// them. Thread: any.
#ifndef ROOMKEEPER_METRICS_BASIC_AUTH_H_
#define ROOMKEEPER_METRICS_BASIC_AUTH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "policies/result.h"
#include "policies/time.h"

namespace roomkeeper::metrics {

enum class LoginVerdict : std::uint8_t {
  good,
  bad,   ///< none was given, or a wrong one
  busy,  ///< not checked: too many failed lately, or others are being checked
};

class BasicAuth {
 public:
  using Now = std::function<policies::MonoTime()>;
  /// The file changed and is bad (`error`: why; the old one stays in force), or is good again
  /// (`error` empty).
  using OnChange = std::function<void(const std::string& error)>;

  static constexpr int failures_max = 10;  ///< in a burst; one more each second

  /// Reads the file. Errors: unavailable, invalid.
  static policies::Result<std::shared_ptr<BasicAuth>> open(const std::string& path, Now now,
                                                           OnChange on_change);
  ~BasicAuth();
  BasicAuth(const BasicAuth&) = delete;
  BasicAuth& operator=(const BasicAuth&) = delete;

  /// `authorization`: the header's value; empty: there was none.
  LoginVerdict check(std::string_view authorization);
  bool world_readable() const;

 private:
  BasicAuth();
  struct State;
  std::unique_ptr<State> state_;
};

/// "Basic dXNlcjpwYXNz" -> "user:pass"; empty when it is not that.
std::string basic_credentials(std::string_view authorization);

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_BASIC_AUTH_H_
