// The settings of the daemon itself: its name, HTTP, log, and how it reconciles.
#include <chrono>

#include "config/row_makers.h"
#include "config/url.h"
#include "policies/ids.h"

namespace roomkeeper::config {
namespace {

using policies::Adopt;
using policies::ErrorCode;
using policies::fail;
using policies::OnRemoval;
using policies::Result;

Result<void> check_instance(std::string_view text) {
  if (policies::is_name_token(text)) return {};
  return fail(ErrorCode::invalid, "expected 1 to 64 letters, digits, _ and -, not " + quote(text));
}

Result<void> check_replica(std::string_view text) {
  if (text.empty() || policies::is_name_token(text)) return {};
  return fail(ErrorCode::invalid,
              "expected 1 to 64 letters, digits, _ and -, or nothing for the host's name, not " +
                  quote(text));
}

SettingRow listen_row() {
  SettingRow row =
      make_row("http.listen", "text",
               "numeric address and port of metrics and health; port 0: any free one; empty: off");
  row.apply = [](Config& config, const SettingInput& input) -> Applied {
    auto address = parse_listen(input.items.front());
    if (!address) return refuse(0, std::move(address.error().text));
    config.http.host = std::move(address->host);
    config.http.port = address->port;
    return {};
  };
  row.show = [](const Config& config) { return format_listen(config.http.host, config.http.port); };
  return row;
}

void add_reconcile_rows(std::vector<SettingRow>& rows) {
  rows.push_back(duration_row("reconcile.interval",
                              "a pass is made this often even if nothing happens",
                              std::chrono::seconds(1), std::chrono::hours(24),
                              [](auto& config) -> auto& { return config.reconcile.interval; }));
  rows.push_back(integer_row("reconcile.in_flight", "requests under way at the same time", 1, 256,
                             [](auto& config) -> auto& { return config.reconcile.in_flight; }));
  rows.push_back(choice_row(
      "reconcile.on_removal", "what becomes of the stream of a room that no file names any more",
      std::array{OnRemoval::orphan, OnRemoval::remove, OnRemoval::remove_if_empty},
      [](auto& config) -> auto& { return config.reconcile.on_removal; }));
  rows.push_back(integer_row("reconcile.max_removals", "streams removed in an hour at most", 0,
                             1'000'000,
                             [](auto& config) -> auto& { return config.reconcile.max_removals; }));
  rows.push_back(choice_row("reconcile.adopt",
                            "whether an unmarked stream of a room's name is taken over",
                            std::array{Adopt::never, Adopt::if_compatible, Adopt::always},
                            [](auto& config) -> auto& { return config.reconcile.adopt; }));
  rows.push_back(bool_row("reconcile.allow_lossy",
                          "standing consent to changes that bring the end of messages forward",
                          [](auto& config) -> auto& { return config.reconcile.allow_lossy; }));
}

void add_http_rows(std::vector<SettingRow>& rows) {
  rows.push_back(listen_row());
  rows.push_back(path_row("http.basic_auth_file",
                          "file of lines `user:password` or `user:hash`; empty: no login",
                          [](auto& config) -> auto& { return config.http.basic_auth_file; }));
  rows.push_back(bool_row("http.basic_auth_all", "ask for the login on metrics and health too",
                          [](auto& config) -> auto& { return config.http.basic_auth_all; }));
  rows.push_back(bool_row("http.page",
                          "the status page on /; off the loopback interface only with a login",
                          [](auto& config) -> auto& { return config.http.page; }));
}

void add_replica_rows(std::vector<SettingRow>& rows) {
  rows.push_back(text_row(
      "replica.name", "which of the replicas this is, one name each; empty: the host's name",
      [](auto& config) -> auto& { return config.replica.name; }, check_replica));
  rows.push_back(duration_row("replica.lease",
                              "a leader that is not heard of for so long is replaced",
                              std::chrono::seconds(1), std::chrono::minutes(1),
                              [](auto& config) -> auto& { return config.replica.lease; }));
  rows.push_back(integer_row("replica.configuration_revision",
                             "a number that grows: who has a lower one waits before it leads "
                             "after a higher one",
                             0, 2'000'000'000, [](auto& config) -> auto& {
                               return config.replica.configuration_revision;
                             }));
  rows.push_back(integer_row("state.replicas",
                             "copies of Roomkeeper's own streams; 0: the cluster's size, at most 3",
                             0, 5, [](auto& config) -> auto& { return config.state.replicas; }));
}

}  // namespace

std::string_view to_string(LogLevel value) {
  switch (value) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "info";
}

std::string_view to_string(LogFormat value) {
  return value == LogFormat::text ? "text" : "json";
}

std::vector<SettingRow> daemon_rows() {
  std::vector<SettingRow> rows;
  rows.push_back(text_row(
      "instance", "name of this Roomkeeper, written into everything it owns",
      [](auto& config) -> auto& { return config.instance; }, check_instance));
  add_http_rows(rows);
  rows.push_back(
      choice_row("log.level", "least important line that is logged",
                 std::array{LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error},
                 [](auto& config) -> auto& { return config.log.level; }));
  rows.push_back(choice_row("log.format", "text for people or a JSON object a line",
                            std::array{LogFormat::text, LogFormat::json},
                            [](auto& config) -> auto& { return config.log.format; }));
  add_reconcile_rows(rows);
  add_replica_rows(rows);
  return rows;
}

}  // namespace roomkeeper::config
