// The log: event name + fields, as text or JSON lines on standard error.
//
// Event names are fixed ("room.updated"); no prose with numbers in it, never secrets or message
// bodies; each Error is logged once, where it is handled. Values may be bytes of strangers: they
// are escaped. Thread: any.
#ifndef ROOMKEEPER_SIDECAR_LOG_H_
#define ROOMKEEPER_SIDECAR_LOG_H_

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "config/config.h"
#include "policies/reason.h"
#include "policies/result.h"
#include "sidecar/clock.h"

namespace roomkeeper::sidecar {

struct LogField {
  LogField(std::string_view field_key, std::string_view text) : key(field_key), value(text) {}
  LogField(std::string_view field_key, const char* text) : key(field_key), value(text) {}
  LogField(std::string_view field_key, const std::string& text) : key(field_key), value(text) {}
  LogField(std::string_view field_key, policies::Reason reason)
      : key(field_key), value(policies::to_string(reason)) {}
  LogField(std::string_view field_key, const policies::Error& error)
      : key(field_key), value(error.text) {}
  LogField(std::string_view field_key, bool flag)
      : key(field_key), value(flag ? "true" : "false"), bare(true) {}
  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  LogField(std::string_view field_key, Number number)
      : key(field_key), value(std::to_string(number)), bare(true) {}
  LogField(std::string_view field_key, double number);

  std::string_view key;
  std::string value;
  bool bare = false;  ///< a number or a bool: not quoted in JSON
};

class Log {
 public:
  /// A finished line, without the newline.
  using Sink = std::function<void(config::LogLevel, const std::string&)>;

  /// Writes to standard error through spdlog.
  Log(const Clock& clock, config::LogConfig settings);
  /// Writes to `sink`; for tests.
  Log(const Clock& clock, config::LogConfig settings, Sink sink);

  using Fields = std::initializer_list<LogField>;
  void debug(std::string_view event, Fields fields = {}) const;
  void info(std::string_view event, Fields fields = {}) const;
  void warn(std::string_view event, Fields fields = {}) const;
  void error(std::string_view event, Fields fields = {}) const;

  /// On reload. REQUIRES: the loop's thread.
  void apply(config::LogConfig settings);

 private:
  void write(config::LogLevel level, std::string_view event, Fields fields) const;

  const Clock& clock_;
  config::LogConfig settings_;
  Sink sink_;
};

/// One line. Text: `2026-11-22T00:00:00.000Z INFO room.updated room=general`; a value with spaces,
/// quotes or control characters is quoted and escaped. JSON: one object; invalid UTF-8 is replaced.
std::string format_line(config::LogFormat format, policies::WallTime now, config::LogLevel level,
                        std::string_view event, Log::Fields fields);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_LOG_H_
