#include "metrics/names.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/metrics/filled_metrics.h"

namespace roomkeeper::testing {
namespace {

using metrics::Kind;
using metrics::Merge;

bool is_name(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

TEST(Catalogue, EveryNameIsOursAndThereIsOneOfEach) {
  std::set<std::string_view> names;
  for (const auto& one : metrics::catalogue()) {
    EXPECT_TRUE(one.name.starts_with("roomkeeper_") && is_name(one.name)) << one.name;
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_EQ(one.name.ends_with("_total"), one.kind == Kind::counter) << one.name;
    EXPECT_EQ(one.kind == Kind::histogram, !one.buckets.empty()) << one.name;
    for (const std::string_view label : one.labels) EXPECT_TRUE(is_name(label)) << one.name;
  }
  for (const auto& one : metrics::computed_catalogue()) {
    EXPECT_TRUE(one.name.starts_with("roomkeeper_room_") || one.name.starts_with("process_"))
        << one.name;
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
  }
}

TEST(Catalogue, HelpNeedsNoEscaping) {
  // prometheus-cpp writes HELP as it is; a pipe would break the table in docs/metrics.md.
  std::vector<std::string_view> helps;
  for (const auto& one : metrics::catalogue()) helps.push_back(one.help);
  for (const auto& one : metrics::computed_catalogue()) helps.push_back(one.help);
  for (const std::string_view help : helps) {
    EXPECT_EQ(help.find_first_of("\\\n\r|"), std::string_view::npos) << help;
    EXPECT_TRUE(help.ends_with(".")) << help;
  }
}

TEST(Catalogue, InfoFindsEachById) {
  for (const auto& one : metrics::catalogue()) EXPECT_EQ(&metrics::info(one.id), &one);
  EXPECT_EQ(metrics::info(metrics::MetricId::series_rejected_total).name,
            "roomkeeper_series_rejected_total");
  EXPECT_EQ(metrics::info(metrics::ComputedId::room_info).name, "roomkeeper_room_info");
  EXPECT_EQ(metrics::info(metrics::ComputedId::process_open_fds).name, "process_open_fds");
}

TEST(Catalogue, CapsLeaveRoomForOther) {
  for (const auto& one : metrics::catalogue()) {
    EXPECT_GE(one.series_max, 1U) << one.name;
    if (one.labels.empty()) {
      EXPECT_EQ(one.series_max, 1U) << one.name;
      continue;
    }
    EXPECT_LT(one.folding.label, one.labels.size()) << one.name;
    EXPECT_GE(one.folding.values_max, 1U) << one.name;
    EXPECT_LT(one.folding.reserve, one.series_max) << one.name;
    EXPECT_EQ(one.folding.reserve == 0, one.merge == Merge::none) << one.name;
  }
}

TEST(Catalogue, RoomsAreALabelOnlyOfTheTopRoomsAndOfTheRoomsPage) {
  for (const auto& one : metrics::catalogue()) {
    for (const std::string_view label : one.labels) {
      EXPECT_TRUE(label != "room" || one.name.starts_with("roomkeeper_room_top_")) << one.name;
      EXPECT_NE(label, "user") << one.name;
    }
  }
}

TEST(Catalogue, TheLargestPossiblePageHasFewerThan1500Series) {
  std::size_t series = 5;  // process_*
  for (const auto& one : metrics::catalogue()) {
    if (one.page != metrics::Page::metrics) continue;
    series += one.series_max * (one.kind == Kind::histogram ? one.buckets.size() + 3 : 1);
  }
  EXPECT_LT(series, 1500U);
}

TEST(Catalogue, TheRealPageStaysBelow1500SeriesWhateverIsWritten) {
  metrics::Metrics metrics;
  fill_beyond_caps(metrics);
  const std::string text = metrics.text();
  EXPECT_LT(sample_lines(text).size(), 1500U);
  EXPECT_GT(sample_lines(text).size(), 1200U) << "the page is not as full as it can be";
  for (const auto& one : metrics::catalogue()) {
    if (one.page != metrics::Page::metrics) continue;
    const std::string name(one.name);
    const std::size_t count =
        count_series(text, one.kind == Kind::histogram ? name + "_count" : name);
    EXPECT_LE(count, one.series_max) << name;
    EXPECT_GE(count, 1U) << name;
  }
}

}  // namespace
}  // namespace roomkeeper::testing
