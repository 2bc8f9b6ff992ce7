#include "sidecar/log.h"

#include <array>
#include <cstdio>
#include <utility>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace roomkeeper::sidecar {
namespace {

using config::LogFormat;
using config::LogLevel;

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "DEBUG";
    case LogLevel::info:
      return "INFO";
    case LogLevel::warn:
      return "WARN";
    case LogLevel::error:
      return "ERROR";
  }
  return "ERROR";
}

std::string json_text(std::string_view value) {
  return nlohmann::json(std::string(value))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == '"' || byte == '=' || byte == '\\' || byte >= 0x7f) return true;
  }
  return false;
}

/// Milliseconds are enough for a person; the day arithmetic is date's.
std::string stamp(policies::WallTime now) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(now);
  const auto day = date::floor<date::days>(milliseconds);
  const date::year_month_day ymd{day};
  const date::hh_mm_ss<std::chrono::milliseconds> time{milliseconds - day};
  std::array<char, 48> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(ymd.year()),
      static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return std::string(text.data(), static_cast<std::size_t>(length));
}

Log::Sink standard_error() {
  // One logger for the process; spdlog's pattern does not escape, so it gets finished lines (`%v`).
  auto logger = std::make_shared<spdlog::logger>("roomkeeper",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return [logger](LogLevel, const std::string& line) {
    logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  };
}

}  // namespace

LogField::LogField(std::string_view field_key, double number) : key(field_key), bare(true) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", number);
  value = text.data();
}

std::string format_line(LogFormat format, policies::WallTime now, LogLevel level,
                        std::string_view event, Log::Fields fields) {
  std::string line;
  if (format == LogFormat::json) {
    line += R"({"time":")" + stamp(now) + R"(","level":")" + std::string(name_of(level)) +
            R"(","event":)" + json_text(event);
    for (const LogField& field : fields) {
      line +=
          ',' + json_text(field.key) + ':' + (field.bare ? field.value : json_text(field.value));
    }
    return line + '}';
  }
  line += stamp(now) + ' ' + std::string(name_of(level)) + ' ' + std::string(event);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += !field.bare && needs_quotes(field.value) ? json_text(field.value) : field.value;
  }
  return line;
}

Log::Log(const Clock& clock, config::LogConfig settings) : Log(clock, settings, standard_error()) {}

Log::Log(const Clock& clock, config::LogConfig settings, Sink sink)
    : clock_(clock), settings_(settings), sink_(std::move(sink)) {}

void Log::debug(std::string_view event, Fields fields) const {
  write(LogLevel::debug, event, fields);
}
void Log::info(std::string_view event, Fields fields) const {
  write(LogLevel::info, event, fields);
}
void Log::warn(std::string_view event, Fields fields) const {
  write(LogLevel::warn, event, fields);
}
void Log::error(std::string_view event, Fields fields) const {
  write(LogLevel::error, event, fields);
}

void Log::apply(config::LogConfig settings) {
  settings_ = settings;
}

void Log::write(LogLevel level, std::string_view event, Fields fields) const {
  if (level < settings_.level) return;
  sink_(level, format_line(settings_.format, clock_.wall(), level, event, fields));
}

}  // namespace roomkeeper::sidecar
