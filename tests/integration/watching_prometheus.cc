#include "tests/integration/watching_prometheus.h"

#include <cctype>
#include <chrono>
#include <cstdio>
#include <regex>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/metrics/http_connection.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;

constexpr char program[] = ROOMKEEPER_TOOLS_DIR "/prometheus";
const std::string rules = ROOMKEEPER_SOURCE_DIR "/helm/roomkeeper/rules/";

std::string percent_encoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      encoded += c;
      continue;
    }
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", byte);
    encoded += code;
  }
  return encoded;
}

/// `for: 5m` and `for: 1h` as seconds, divided.
std::string hurried(const std::string& text) {
  static const std::regex wait(R"re(( for: )([0-9]+)([mh])\b)re");
  std::string made;
  auto rest = text.cbegin();
  for (std::sregex_iterator at(text.begin(), text.end(), wait), end; at != end; ++at) {
    made.append(rest, (*at)[0].first);
    const int seconds = std::stoi(at->str(2)) * (at->str(3) == "h" ? 3600 : 60);
    made += at->str(1) + std::to_string(seconds / WatchingPrometheus::hurry) + "s";
    rest = (*at)[0].second;
  }
  made.append(rest, text.cend());
  const std::string bound = "(roomkeeper_retention_overdue_seconds) > ";
  const std::size_t at = made.find(bound + "60\n");
  EXPECT_NE(at, std::string::npos);
  if (at != std::string::npos)
    made.replace(at + bound.size(), 2, std::to_string(60 / WatchingPrometheus::hurry));
  return made;
}

std::string configuration(const std::vector<int>& ports) {
  std::string targets;
  for (const int port : ports)
    targets += (targets.empty() ? "" : ", ") + ("\"127.0.0.1:" + std::to_string(port) + "\"");
  return "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
         "rule_files: [alerts.yaml, recording.yaml]\n"
         "scrape_configs:\n"
         "  - job_name: roomkeeper\n"
         "    static_configs: [{targets: [" +
         targets +
         "]}]\n"
         "  - job_name: roomkeeper-rooms\n"
         "    metrics_path: /metrics/rooms\n"
         "    static_configs: [{targets: [" +
         targets + "]}]\n";
}

}  // namespace

WatchingPrometheus::WatchingPrometheus(const std::vector<int>& http_ports) {
  directory_.write("recording.yaml", read_text_file(rules + "recording.yaml"));
  directory_.write("alerts.yaml", hurried(read_text_file(rules + "alerts.yaml")));
  const auto file = directory_.write("prometheus.yaml", configuration(http_ports));
  process_ = std::make_unique<ChildProcess>(
      ChildOptions{.program = program,
                   .arguments = {"--config.file=" + file.string(),
                                 "--storage.tsdb.path=" + (directory_.path() / "data").string(),
                                 "--web.listen-address=127.0.0.1:0"}});
  const std::string listening = "msg=\"Listening on\" address=127.0.0.1:";
  if (!process_->wait_for_output(listening + "[0-9]+", std::chrono::seconds(30))) {
    ADD_FAILURE() << program << " did not start (`make deps` makes it): " << log();
    return;
  }
  const std::string text = log();
  port_ = std::stoi(text.substr(text.find(listening) + listening.size()));
}

json WatchingPrometheus::query(const std::string& promql) const {
  const HttpResponse reply = http_get(port_, "/api/v1/query?query=" + percent_encoded(promql));
  const json answer = json::parse(reply.body, nullptr, false);
  if (!answer.is_object() || answer.value("status", "") != "success") return json::array();
  return answer["data"]["result"];
}

bool WatchingPrometheus::has_result(const std::string& promql) const {
  return !query(promql).empty();
}

bool WatchingPrometheus::fires(const std::string& alert) const {
  return has_result("ALERTS{alertname=\"" + alert + "\", alertstate=\"firing\"}");
}

std::vector<std::string> WatchingPrometheus::firing() const {
  std::vector<std::string> names;
  for (const json& series : query("count by (alertname) (ALERTS{alertstate=\"firing\"})"))
    names.push_back(series["metric"].value("alertname", ""));
  return names;
}

}  // namespace roomkeeper::testing
