// What Prometheus itself makes of the pages: promtool's lint, and a real server that scrapes them.
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/http_server.h"
#include "tests/metrics/filled_metrics.h"
#include "tests/metrics/http_connection.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"

namespace roomkeeper::testing {
namespace {

using metrics::HttpServer;
using metrics::LabelValues;
using metrics::MetricId;
using ::testing::HasSubstr;

constexpr char missing_tool[] = " is missing: run `make deps`";
constexpr char promtool[] = ROOMKEEPER_TOOLS_DIR "/promtool";
constexpr char prometheus_server[] = ROOMKEEPER_TOOLS_DIR "/prometheus";

/// promtool's exit code and what it said.
std::pair<int, std::string> run_promtool(const std::vector<std::string>& arguments,
                                         const std::string& input) {
  const TempDirectory directory;
  directory.write("input", input);
  // A page may be larger than what a child is given on its standard input.
  ChildOptions options{.program = "/bin/sh",
                       .arguments = {"-c", R"(exec "$0" "$@" < input)", promtool},
                       .directory = directory.path().string()};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  const ChildResult result = run_program(options);
  return {result.exit_code, result.out + result.err};
}

/// The fenced YAML blocks of docs/metrics.md whose first line is `first_line`.
std::string yaml_block(const std::string& first_line) {
  const std::string document = read_text_file(ROOMKEEPER_SOURCE_DIR "/docs/metrics.md");
  const std::size_t begin = document.find("```yaml\n" + first_line + "\n");
  if (begin == std::string::npos) return {};
  const std::size_t text = begin + 8;
  return document.substr(text, document.find("```", text) - text);
}

class Promtool : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::exists(promtool)) << promtool << missing_tool;
  }
};

void write_hostile_values(metrics::Metrics& metrics) {
  for (const std::string& value : hostile_values()) {
    metrics.add(MetricId::admin_requests_total, {value});
    metrics.replace(MetricId::server_connections, {{LabelValues{value}, 1}});
  }
}

TEST_F(Promtool, FindsNothingOnAFreshPage) {
  const metrics::Metrics metrics;
  const auto [code, output] = run_promtool({"check", "metrics"}, metrics.text());
  EXPECT_EQ(code, 0) << output;
  EXPECT_EQ(output, "");
}

TEST_F(Promtool, FindsNothingOnAFullPage) {
  metrics::Metrics metrics;
  fill_beyond_caps(metrics);
  const auto [code, output] = run_promtool({"check", "metrics"}, metrics.text());
  EXPECT_EQ(code, 0) << output;
  EXPECT_EQ(output, "");
}

TEST_F(Promtool, FindsNothingOnAPageOfHostileValues) {
  metrics::Metrics metrics;
  write_hostile_values(metrics);
  const auto [code, output] = run_promtool({"check", "metrics"}, metrics.text());
  EXPECT_EQ(code, 0) << output;
  EXPECT_EQ(output, "");
}

TEST_F(Promtool, FindsNothingOnTheRoomsPage) {
  metrics::Metrics metrics;
  metrics.publish_rooms(make_rooms(10'000), policies::WallTime{});
  const auto [code, output] = run_promtool({"check", "metrics"}, metrics.rooms_text("", "", 5000));
  EXPECT_EQ(code, 0) << output;
  EXPECT_EQ(output, "");
}

TEST_F(Promtool, WouldFindAMistake) {
  // Otherwise the tests above could pass on a promtool that checks nothing.
  EXPECT_NE(run_promtool({"check", "metrics"}, "# HELP a b\n# TYPE a counter\na 1\n").first, 0);
}

TEST_F(Promtool, AcceptsTheScrapeConfigurationOfTheDocument) {
  const std::string configuration = yaml_block("scrape_configs:");
  ASSERT_THAT(configuration, HasSubstr("/metrics/rooms"));
  const TempDirectory directory;
  const auto [code, output] = run_promtool(
      {"check", "config", directory.write("prometheus.yaml", configuration).string()}, "");
  EXPECT_EQ(code, 0) << output;
}

class PrometheusServer : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::exists(prometheus_server)) << prometheus_server << missing_tool;
    auto started = HttpServer::start("127.0.0.1", 0, metrics_, health_);
    ASSERT_TRUE(started.has_value()) << started.error().text;
    endpoint_ = std::move(*started);
  }

  void start_prometheus() {
    const std::string target = "127.0.0.1:" + std::to_string(endpoint_->port());
    const auto configuration =
        directory_.write("prometheus.yaml",
                         "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
                         "scrape_configs:\n"
                         "  - job_name: roomkeeper\n"
                         "    static_configs: [{targets: [\"" +
                             target +
                             "\"]}]\n"
                             "  - job_name: roomkeeper-rooms\n"
                             "    metrics_path: /metrics/rooms\n"
                             "    params: {match: [\"room-0000?\"], limit: [\"5\"]}\n"
                             "    static_configs: [{targets: [\"" +
                             target + "\"]}]\n");
    prometheus_ = std::make_unique<ChildProcess>(
        ChildOptions{.program = prometheus_server,
                     .arguments = {"--config.file=" + configuration.string(),
                                   "--storage.tsdb.path=" + (directory_.path() / "data").string(),
                                   "--web.listen-address=127.0.0.1:0"}});
    const std::string listening = "msg=\"Listening on\" address=127.0.0.1:";
    ASSERT_TRUE(prometheus_->wait_for_output(listening + "[0-9]+", std::chrono::seconds(30)))
        << prometheus_->err();
    const std::string log = prometheus_->err();
    prometheus_port_ = std::stoi(log.substr(log.find(listening) + listening.size()));
  }

  /// Looks again until it is so, at most 30 s and only while Prometheus runs.
  template <class Condition>
  bool becomes_true(Condition condition) {
    for (int look = 0; look < 300; ++look) {
      if (condition()) return true;
      if (prometheus_->wait(std::chrono::milliseconds(100))) return false;
    }
    return false;
  }

  /// The reply of Prometheus' query API, as text.
  std::string query(const std::string& encoded) const {
    return http_get(prometheus_port_, "/api/v1/query?query=" + encoded).body;
  }
  bool query_becomes(const std::string& encoded, const std::string& value) {
    return becomes_true(
        [&] { return query(encoded).find(",\"" + value + "\"]") != std::string::npos; });
  }

  TempDirectory directory_;
  metrics::Metrics metrics_;
  metrics::Health health_;
  std::unique_ptr<HttpServer> endpoint_;
  std::unique_ptr<ChildProcess> prometheus_;
  int prometheus_port_ = 0;
};

TEST_F(PrometheusServer, ScrapesBothPages) {
  metrics_.set(MetricId::up, 1);
  metrics_.replace(MetricId::rooms, {{{"default", "ready"}, 7}, {{"archive", "failed"}, 2}});
  metrics_.publish_rooms(make_rooms(1000), policies::WallTime{});
  write_hostile_values(metrics_);
  ASSERT_NO_FATAL_FAILURE(start_prometheus());

  EXPECT_TRUE(query_becomes("up%7Bjob%3D%22roomkeeper%22%7D", "1"))
      << query("up") << prometheus_->err();
  EXPECT_TRUE(query_becomes("up%7Bjob%3D%22roomkeeper-rooms%22%7D", "1"))
      << query("up") << prometheus_->err();
  EXPECT_TRUE(query_becomes("roomkeeper_up", "1"));
  EXPECT_TRUE(query_becomes("sum(roomkeeper_rooms)", "9")) << query("roomkeeper_rooms");
  EXPECT_TRUE(query_becomes("roomkeeper_rooms%7Bstate%3D%22failed%22%7D", "2"));
  EXPECT_TRUE(query_becomes("count(roomkeeper_room_messages)", "5"))
      << query("roomkeeper_room_messages");
  EXPECT_TRUE(query_becomes("roomkeeper_detail_rooms_suppressed%7Breason%3D%22limit%22%7D", "5"));
  EXPECT_TRUE(query_becomes("count(roomkeeper_room_top_messages)", "20"));
}

TEST_F(PrometheusServer, TakesAPageAsFullAsItCanBe) {
  fill_beyond_caps(metrics_);
  ASSERT_NO_FATAL_FAILURE(start_prometheus());
  EXPECT_TRUE(query_becomes("up%7Bjob%3D%22roomkeeper%22%7D", "1"))
      << query("up") << prometheus_->err();
  const std::string expected = std::to_string(sample_lines(metrics_.text()).size());
  EXPECT_TRUE(query_becomes("scrape_samples_scraped%7Bjob%3D%22roomkeeper%22%7D", expected))
      << query("scrape_samples_scraped") << expected;
}

}  // namespace
}  // namespace roomkeeper::testing
