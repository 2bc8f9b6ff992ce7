// The settings of names on the wire, and which files hold rooms.
#include "config/room_files.h"
#include "config/row_makers.h"
#include "policies/ids.h"
#include "policies/subjects.h"

namespace roomkeeper::config {
namespace {

using policies::ErrorCode;
using policies::fail;
using policies::Result;

constexpr std::size_t longest_prefix = 128;
constexpr std::size_t most_files = 1000;

Result<void> check_subject(std::string_view text) {
  const bool good = text.size() <= longest_prefix && !text.starts_with('$') &&
                    !text.starts_with('_') && check_text(text).has_value() &&
                    policies::is_valid_subject(text, false);
  if (good) return {};
  return fail(ErrorCode::invalid,
              "expected a subject of up to 128 bytes without wildcards that does not begin with $ "
              "or _, not " +
                  quote(text));
}

Result<void> check_token(std::string_view text) {
  if (policies::is_name_token(text)) return {};
  return fail(ErrorCode::invalid, "expected 1 to 64 letters, digits, _ and -, not " + quote(text));
}

Result<void> check_inbox_prefix(std::string_view text) {
  const bool partial = text.ends_with('.');
  const std::string_view subject = partial ? text.substr(0, text.size() - 1) : text;
  const bool good = text.size() <= longest_prefix && !text.starts_with('$') &&
                    check_text(text).has_value() && policies::is_valid_subject(subject, false);
  if (good) return {};
  return fail(ErrorCode::invalid,
              "expected the beginning of reply subjects, such as _INBOX., not " + quote(text));
}

SettingRow room_files_row() {
  SettingRow row = list_row(
      "room_files",
      "files with rooms, as paths or patterns with * ? [ ]; from the file that names them", 0,
      most_files,
      [](Config& config, const SettingInput& input) {
        config.globs.clear();
        for (const std::string& item : input.items)
          config.globs.push_back(absolute_path(item, escape_glob(input.base)));
      },
      check_text);
  row.show = [](const Config& config) { return joined(config.globs); };
  return row;
}

}  // namespace

std::vector<SettingRow> names_rows() {
  std::vector<SettingRow> rows;
  rows.push_back(text_row(
      "names.chat_prefix",
      "subjects of messages: PREFIX.<room>.<user>, in a pool PREFIX.<template>.<room>.<user>",
      [](auto& config) -> auto& { return config.names.chat_prefix; }, check_subject));
  rows.push_back(text_row(
      "names.stream_prefix", "names of streams: PREFIX<room>",
      [](auto& config) -> auto& { return config.names.stream_prefix; }, check_token));
  rows.push_back(text_row(
      "names.pool_prefix", "names of the streams of pools: PREFIX<template>",
      [](auto& config) -> auto& { return config.names.pool_prefix; }, check_token));
  rows.push_back(text_row(
      "names.admin_prefix", "subjects of the admin API: PREFIX.<verb>",
      [](auto& config) -> auto& { return config.names.admin_prefix; }, check_subject));
  rows.push_back(text_row(
      "names.user_prefix", "subjects of notices and the user API: PREFIX.<user>.<verb>",
      [](auto& config) -> auto& { return config.names.user_prefix; }, check_subject));
  rows.push_back(text_row(
      "names.state_bucket", "key-value bucket of Roomkeeper's own state",
      [](auto& config) -> auto& { return config.names.state_bucket; }, check_token));
  rows.push_back(list_row(
      "names.inbox_prefixes",
      "a request is answered only when its reply subject begins with one of these", 1, 64,
      [](Config& config, const SettingInput& input) { config.names.inbox_prefixes = input.items; },
      check_inbox_prefix));
  rows.back().show = [](const Config& config) { return joined(config.names.inbox_prefixes); };
  rows.push_back(room_files_row());
  return rows;
}

}  // namespace roomkeeper::config
