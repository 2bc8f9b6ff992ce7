#include "metrics/metrics.h"

#include <cmath>
#include <limits>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/build_info.h"
#include "tests/metrics/filled_metrics.h"

namespace roomkeeper::testing {
namespace {

using metrics::LabelValues;
using metrics::MetricId;
using metrics::Metrics;
using ::testing::HasSubstr;
using ::testing::Not;

double rejected(const Metrics& metrics, MetricId id) {
  return metrics.value(MetricId::series_rejected_total, {std::string(metrics::info(id).name)});
}

TEST(Metrics, CountersWithoutLabelsAreThereFromTheStart) {
  const Metrics metrics;
  const std::string text = metrics.text();
  for (const auto& one : metrics::catalogue()) {
    if (one.kind != metrics::Kind::counter || !one.labels.empty()) continue;
    EXPECT_TRUE(has_line(text, std::string(one.name) + " 0")) << one.name;
  }
  EXPECT_TRUE(has_line(text, "roomkeeper_purge_duration_seconds_count 0"));
  EXPECT_TRUE(has_line(text, "roomkeeper_up 0"));
  EXPECT_TRUE(has_line(text, "roomkeeper_leader 0"));
}

TEST(Metrics, AGaugeIsAbsentUntilItsValueIsKnown) {
  // A timestamp of 0 would read as "54 years ago" in an alert.
  Metrics metrics;
  EXPECT_THAT(metrics.text(), Not(HasSubstr("purge_last_success")));
  metrics.set(MetricId::purge_last_success_timestamp_seconds, 1'700'000'000.25);
  EXPECT_TRUE(
      has_line(metrics.text(), "roomkeeper_purge_last_success_timestamp_seconds 1700000000.25"));
}

TEST(Metrics, SaysWhatRuns) {
  const Metrics metrics;
  const auto& build = metrics::build_info();
  EXPECT_FALSE(build.version.empty());
  EXPECT_FALSE(build.revision.empty());
  EXPECT_EQ(
      metrics.value(MetricId::build_info, {std::string(build.version), std::string(build.revision),
                                           std::string(build.compiler)}),
      1);
}

TEST(Metrics, AddsAndSets) {
  Metrics metrics;
  metrics.add(MetricId::purges_total, {"midnight"});
  metrics.add(MetricId::purges_total, {"midnight"}, 2);
  metrics.add(MetricId::purges_total, {"manual"}, 0);
  metrics.set(MetricId::limit_used, {"connections_per_user"}, 7);
  metrics.set(MetricId::limit_used, {"connections_per_user"}, 3);
  EXPECT_EQ(metrics.value(MetricId::purges_total, {"midnight"}), 3);
  EXPECT_EQ(metrics.value(MetricId::limit_used, {"connections_per_user"}), 3);
  EXPECT_TRUE(has_line(metrics.text(), "roomkeeper_purges_total{reason=\"manual\"} 0"));
}

TEST(Metrics, WhatCannotBeRightIsDroppedAndCounted) {
  Metrics metrics;
  metrics.add(MetricId::purges_total, {"midnight"}, -1);
  metrics.add(MetricId::purges_total, {"midnight"}, std::numeric_limits<double>::quiet_NaN());
  metrics.add(MetricId::purges_total, {"midnight"}, std::numeric_limits<double>::infinity());
  metrics.add(MetricId::purges_total, {"midnight", "too many"});
  metrics.add(MetricId::purges_total);
  metrics.set(MetricId::purges_total, {"midnight"}, 1);
  metrics.observe(MetricId::purges_total, {"midnight"}, 1);
  metrics.replace(MetricId::purges_total, {{{"midnight"}, 1}});
  EXPECT_EQ(metrics.value(MetricId::purges_total, {"midnight"}), 0);
  EXPECT_EQ(rejected(metrics, MetricId::purges_total), 8);
}

TEST(Metrics, AServersCounterGrowsByWhatTheServerCountedAndSurvivesItsRestart) {
  Metrics metrics;
  const LabelValues server{"n1"};
  metrics.advance_to(MetricId::server_slow_consumers_total, server, 5);
  metrics.advance_to(MetricId::server_slow_consumers_total, server, 9);
  metrics.advance_to(MetricId::server_slow_consumers_total, server, 9);
  EXPECT_EQ(metrics.value(MetricId::server_slow_consumers_total, server), 9);
  metrics.advance_to(MetricId::server_slow_consumers_total, server, 2);
  EXPECT_EQ(metrics.value(MetricId::server_slow_consumers_total, server), 11);
  metrics.advance_to(MetricId::server_slow_consumers_total, server, 3);
  EXPECT_EQ(metrics.value(MetricId::server_slow_consumers_total, server), 12);
}

TEST(Metrics, ServersThatAreGoneMakeRoomWhenToldSo) {
  Metrics metrics;
  const std::size_t most = metrics::info(MetricId::server_slow_consumers_total).folding.values_max;
  for (std::size_t i = 0; i < most + 3; ++i) {
    metrics.advance_to(MetricId::server_slow_consumers_total, {"old-" + std::to_string(i)}, 1);
  }
  EXPECT_EQ(rejected(metrics, MetricId::server_slow_consumers_total), 3);
  metrics.retain(MetricId::server_slow_consumers_total, {{"old-1"}});
  metrics.advance_to(MetricId::server_slow_consumers_total, {"new"}, 4);
  EXPECT_EQ(metrics.value(MetricId::server_slow_consumers_total, {"old-1"}), 1);
  EXPECT_EQ(metrics.value(MetricId::server_slow_consumers_total, {"old-2"}), 0);
  EXPECT_EQ(metrics.value(MetricId::server_slow_consumers_total, {"new"}), 4);
}

TEST(Metrics, AHistogramCountsInItsBuckets) {
  Metrics metrics;
  for (const double seconds : {0.001, 0.0011, 0.2, 99.0}) {
    metrics.observe(MetricId::jetstream_api_request_duration_seconds, {"purge"}, seconds);
  }
  const std::string text = metrics.text();
  const std::string name = "roomkeeper_jetstream_api_request_duration_seconds";
  EXPECT_TRUE(has_line(text, name + "_bucket{operation=\"purge\",le=\"0.001\"} 1"));
  EXPECT_TRUE(has_line(text, name + "_bucket{operation=\"purge\",le=\"0.5\"} 3"));
  EXPECT_TRUE(has_line(text, name + "_bucket{operation=\"purge\",le=\"10\"} 3"));
  EXPECT_TRUE(has_line(text, name + "_bucket{operation=\"purge\",le=\"+Inf\"} 4"));
  EXPECT_TRUE(has_line(text, name + "_count{operation=\"purge\"} 4"));
  EXPECT_EQ(metrics.value(MetricId::jetstream_api_request_duration_seconds, {"purge"}), 4);
}

TEST(Metrics, ReplaceForgetsWhatIsNoLongerThere) {
  Metrics metrics;
  metrics.replace(MetricId::rooms, {{{"default", "ready"}, 5}, {{"default", "failed"}, 1}});
  metrics.replace(MetricId::rooms, {{{"default", "ready"}, 6}});
  EXPECT_EQ(count_series(metrics.text(), "roomkeeper_rooms"), 1U);
  EXPECT_TRUE(has_line(metrics.text(), "roomkeeper_rooms{template=\"default\",state=\"ready\"} 6"));
}

std::vector<std::pair<LabelValues, double>> templates(std::size_t first, std::size_t count,
                                                      double value) {
  std::vector<std::pair<LabelValues, double>> series;
  for (std::size_t i = first; i < first + count; ++i)
    series.push_back({{"t" + std::to_string(100 + i)}, value});
  return series;
}

TEST(Metrics, TemplatesAboveTheCapBecomeOtherAndSumsStayRight) {
  Metrics metrics;
  metrics.replace(MetricId::messages, templates(0, 50, 10));
  EXPECT_EQ(count_series(metrics.text(), "roomkeeper_messages"), 33U);
  EXPECT_EQ(metrics.value(MetricId::messages, {"t100"}), 10);
  EXPECT_EQ(metrics.value(MetricId::messages, {"other"}), 180);
  EXPECT_EQ(rejected(metrics, MetricId::messages), 0);
}

TEST(Metrics, EachStateOfATemplateAboveTheCapHasItsOther) {
  Metrics metrics;
  std::vector<std::pair<LabelValues, double>> series;
  for (const auto& [labels, value] : templates(0, 40, 1)) {
    series.push_back({{labels[0], "ready"}, value});
    series.push_back({{labels[0], "failed"}, value * 2});
  }
  metrics.replace(MetricId::rooms, series);
  EXPECT_EQ(metrics.value(MetricId::rooms, {"other", "ready"}), 8);
  EXPECT_EQ(metrics.value(MetricId::rooms, {"other", "failed"}), 16);
  EXPECT_EQ(count_series(metrics.text(), "roomkeeper_rooms"), 66U);
}

TEST(Metrics, OtherTakesTheWorstWhereASumWouldMeanNothing) {
  Metrics metrics;
  auto late = templates(0, 33, 5);
  late.push_back({{"t999"}, 70});
  metrics.replace(MetricId::retention_overdue_seconds, late);
  EXPECT_EQ(metrics.value(MetricId::retention_overdue_seconds, {"other"}), 70);
  auto next = templates(0, 33, 500);
  next.push_back({{"t999"}, 70});
  metrics.replace(MetricId::next_purge_timestamp_seconds, next);
  EXPECT_EQ(metrics.value(MetricId::next_purge_timestamp_seconds, {"other"}), 70);
}

TEST(Metrics, TemplatesThatHadTheirOwnSeriesKeepIt) {
  Metrics metrics;
  metrics.replace(MetricId::messages, templates(10, 32, 1));
  metrics.replace(MetricId::messages, templates(0, 42, 1));  // ten that sort before them
  EXPECT_EQ(metrics.value(MetricId::messages, {"t141"}), 1);
  EXPECT_EQ(metrics.value(MetricId::messages, {"t100"}), 0);
  EXPECT_EQ(metrics.value(MetricId::messages, {"other"}), 10);
}

TEST(Metrics, CountersAboveTheCapCountAsOther) {
  Metrics metrics;
  double sum = 0;
  for (int i = 0; i < 100; ++i)
    metrics.add(MetricId::jetstream_api_errors_total, {"purge", std::to_string(i)});
  for (int i = 0; i < 100; ++i)
    sum += metrics.value(MetricId::jetstream_api_errors_total, {"purge", std::to_string(i)});
  const double other = metrics.value(MetricId::jetstream_api_errors_total, {"purge", "other"});
  EXPECT_EQ(sum + other, 100);
  EXPECT_EQ(sum, 40);
  EXPECT_EQ(rejected(metrics, MetricId::jetstream_api_errors_total), 0);
}

TEST(Metrics, SetAboveTheCapIsDroppedAndCounted) {
  Metrics metrics;
  for (int i = 0; i < 40; ++i) metrics.set(MetricId::messages, {"t" + std::to_string(i)}, 1);
  EXPECT_EQ(count_series(metrics.text(), "roomkeeper_messages"), 32U);
  EXPECT_EQ(rejected(metrics, MetricId::messages), 8);
}

TEST(Metrics, StrangersValuesBreakNoLine) {
  Metrics metrics;
  for (const std::string& value : hostile_values())
    metrics.add(MetricId::admin_request_errors_total, {"status", value});
  const std::string text = metrics.text();
  EXPECT_TRUE(has_line(text, "roomkeeper_up 0"));
  EXPECT_FALSE(has_line(text, "roomkeeper_up 7"));
  EXPECT_EQ(text.find('\0'), std::string::npos);
  for (const std::string& line : sample_lines(text)) EXPECT_LT(line.size(), 700U);
  EXPECT_THAT(text, HasSubstr("code=\"자유 대화방\""));
}

TEST(Metrics, AValueIsFoundAgainByTheBytesItWasWrittenWith) {
  Metrics metrics;
  const std::string hostile = "\xFF" + std::string(500, 'a');
  metrics.add(MetricId::purges_total, {hostile});
  metrics.add(MetricId::purges_total, {hostile});
  EXPECT_EQ(metrics.value(MetricId::purges_total, {hostile}), 2);
}

TEST(Metrics, ShowsTheProcess) {
  const Metrics metrics;
  const std::string text = metrics.text();
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_open_fds", "process_max_fds", "process_start_time_seconds"}) {
    EXPECT_EQ(count_series(text, name), 1U) << name;
  }
  const auto value = [&text](const std::string& name) {
    const std::size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
  };
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value("process_start_time_seconds"), 1.6e9);
  EXPECT_GE(value("process_open_fds"), 3);
  EXPECT_GE(value("process_max_fds"), value("process_open_fds"));
}

TEST(Metrics, TopRoomsAreOnTheFirstPageAndNoOtherRoom) {
  Metrics metrics;
  metrics.publish_rooms(make_rooms(1000), policies::WallTime{std::chrono::seconds(100)});
  const std::string text = metrics.text();
  EXPECT_EQ(count_series(text, "roomkeeper_room_top_messages"), 20U);
  EXPECT_EQ(metrics.value(MetricId::room_top_messages, {"room-00999"}), 999);
  EXPECT_EQ(metrics.value(MetricId::room_top_stored_bytes, {"room-00001"}), 99'900);
  EXPECT_THAT(text, Not(HasSubstr("room-00500")));
}

TEST(Metrics, IsWrittenAndReadByManyThreads) {
  Metrics metrics;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&metrics, writer] {
      for (int i = 0; i < 500; ++i) {
        metrics.add(MetricId::purges_total, {"midnight"});
        metrics.observe(MetricId::purge_duration_seconds, {}, 0.1);
        metrics.replace(MetricId::messages, templates(static_cast<std::size_t>(writer), 40, i));
        if (i % 50 == 0)
          metrics.publish_rooms(make_rooms(50), policies::WallTime{std::chrono::seconds(i)});
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    EXPECT_LT(sample_lines(metrics.text()).size(), 1500U);
    EXPECT_LE(count_series(metrics.rooms_text("", "", 10), "roomkeeper_room_messages"), 10U);
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(metrics.value(MetricId::purges_total, {"midnight"}), 2000);
  EXPECT_EQ(metrics.value(MetricId::purge_duration_seconds), 2000);
}

}  // namespace
}  // namespace roomkeeper::testing
