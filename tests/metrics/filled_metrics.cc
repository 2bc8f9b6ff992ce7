#include "tests/metrics/filled_metrics.h"

#include <algorithm>
#include <sstream>

namespace roomkeeper::testing {
namespace {

using metrics::Kind;
using metrics::LabelValues;
using metrics::MetricInfo;
using policies::WallTime;

/// A value of more than 128 bytes, with what has to be escaped, different for each number.
std::string long_value(std::size_t number) {
  return std::to_string(number) + " \"quoted\" \\ \n \xFF " + std::string(200, 'x');
}

std::vector<LabelValues> label_sets(const MetricInfo& one) {
  constexpr std::size_t each = 60;
  std::vector<LabelValues> sets;
  if (one.labels.empty()) return {{}};
  if (one.labels.size() == 1) {
    for (std::size_t i = 0; i < each; ++i) sets.push_back({long_value(i)});
  } else {
    for (std::size_t i = 0; i < each; ++i) {
      for (std::size_t j = 0; j < each; ++j) {
        LabelValues values{long_value(i), long_value(j)};
        values.resize(one.labels.size(), long_value(j));
        sets.push_back(std::move(values));
      }
    }
  }
  return sets;
}

}  // namespace

std::vector<std::string> hostile_values() {
  using namespace std::string_literals;
  return {"",
          "\"",
          "\\",
          "\\\"",
          "a\nb",
          "a\r\nb",
          "} 1\nroomkeeper_up 7\n",
          "\xFF\xFE",
          "\xC0\x80",
          "\xED\xA0\x80",
          "\xF4\x90\x80\x80",
          "cut \xEC\x9E",
          "nul\0nul"s,
          "자유 대화방",
          "# HELP x",
          std::string(10'240, 'A'),
          std::string(10'240, '\xEC'),
          std::string(127, 'a') + "자"};
}

std::shared_ptr<const metrics::RoomsSnapshot> make_rooms(std::size_t count) {
  auto snapshot = std::make_shared<metrics::RoomsSnapshot>();
  const auto home_of = [](const char* name) {
    return std::make_shared<const metrics::RoomHome>(
        metrics::RoomHome{.template_name = name,
                          .stream = "ROOM_",
                          .max_age_ns = 3'600'000'000'000,
                          .connections_limit = 100});
  };
  const auto usual = home_of("default");
  const auto archive = home_of("archive");
  const WallTime start{std::chrono::seconds(1'700'000'000)};
  for (std::size_t i = 0; i < count; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 5 - std::min<std::size_t>(5, number.size()), '0');
    metrics::RoomRow row;
    row.room = "room-" + number;
    row.home = i % 2 == 1 ? archive : usual;
    row.consumers = 2;
    if (i % 10 != 0) {
      row.connections = static_cast<std::int32_t>(i % 100);
      row.messages = i;
      row.bytes = (count - i) * 100;
      row.first_ts = start;
      row.last_ts = start + std::chrono::milliseconds(2500);
    }
    snapshot->rooms.push_back(std::move(row));
  }
  snapshot->taken = start;
  return snapshot;
}

void fill_beyond_caps(metrics::Metrics& metrics) {
  for (const MetricInfo& one : metrics::catalogue()) {
    const std::vector<LabelValues> sets = label_sets(one);
    if (one.kind == Kind::gauge) {
      std::vector<std::pair<LabelValues, double>> series;
      for (const LabelValues& labels : sets) series.emplace_back(labels, 1.5);
      metrics.replace(one.id, series);
      continue;
    }
    for (const LabelValues& labels : sets) {
      if (one.kind == Kind::counter) {
        metrics.add(one.id, labels, 2);
        metrics.advance_to(one.id, labels, 1);
      } else {
        metrics.observe(one.id, labels, 0.3);
      }
    }
  }
  metrics.publish_rooms(make_rooms(10'000), WallTime{std::chrono::seconds(1'700'000'000)});
}

std::vector<std::string> sample_lines(const std::string& text) {
  std::vector<std::string> samples;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.front() != '#') samples.push_back(line);
  }
  return samples;
}

std::size_t count_series(const std::string& text, std::string_view name) {
  const auto samples = sample_lines(text);
  return static_cast<std::size_t>(std::count_if(
      samples.begin(), samples.end(),
      [&](const std::string& line) { return line.substr(0, line.find_first_of("{ ")) == name; }));
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace roomkeeper::testing
