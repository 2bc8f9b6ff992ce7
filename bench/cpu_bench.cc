// The parts of a pass and of a scrape that cost processor time, each alone, at the sizes of 10,000
// rooms.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "api/audit.h"
#include "metrics/metrics.h"
#include "policies/plan.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/stream_json.h"

namespace roomkeeper::bench {
namespace {

constexpr int rooms = 10'000;
constexpr std::size_t page_streams = 256;
constexpr std::uint64_t messages = 5;

policies::DesiredRooms make_rooms() {
  auto settings = std::make_shared<policies::RoomSettings>();
  settings->retention = policies::UntilMidnight{.days = 0, .zone = date::locate_zone("Asia/Seoul")};
  settings->stream.max_messages = 100'000;
  policies::DesiredRooms desired;
  for (int i = 0; i < rooms; ++i) {
    policies::RoomSpec room{.id = *policies::RoomId::parse("room-" + std::to_string(i)),
                            .title = {},
                            .topic = {},
                            .tags = {},
                            .settings = settings,
                            .place = {}};
    desired.rooms.push_back(std::move(room));
  }
  std::sort(desired.rooms.begin(), desired.rooms.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return desired;
}

policies::ZoneLookup zones() {
  return [](std::string_view name) { return date::locate_zone(std::string(name)); };
}

/// One page of STREAM.LIST, as nats-server 2.15 writes it.
std::string make_page(const policies::DesiredRooms& desired) {
  const policies::Names names;
  std::string page =
      R"({"type":"io.nats.jetstream.api.v1.stream_list_response","total":10000,"offset":0,"limit":256,"streams":[)";
  for (std::size_t i = 0; i < page_streams; ++i) {
    const policies::RoomSpec& room = desired.rooms[i];
    const std::string stream = names.stream_of(room.id);
    page +=
        (i == 0 ? "" : ",") + std::string(R"({"config":)") +
        sidecar::nats::create_body(stream, policies::wanted_stream(room, names, "bench"), 0) +
        R"(,"created":"2026-11-22T09:00:00.123456789Z","state":{"messages":5,"bytes":800,"first_seq":1,)"
        R"("first_ts":"2026-11-22T09:10:00.123456789Z","last_seq":5,)"
        R"("last_ts":"2026-11-22T09:11:00.123456789Z","num_subjects":1,"consumer_count":0},)"
        R"("ts":"2026-11-22T09:12:00.123456789Z"})";
  }
  return page + "]}";
}

policies::ObservedStreams make_observed(const policies::DesiredRooms& desired) {
  const policies::Names names;
  policies::ObservedStreams observed;
  for (const policies::RoomSpec& room : desired.rooms) {
    policies::ObservedStream stream;
    stream.name = names.stream_of(room.id);
    stream.config = policies::wanted_stream(room, names, "bench");
    stream.stored.messages = messages;
    observed.streams.push_back(std::move(stream));
  }
  std::sort(observed.streams.begin(), observed.streams.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  observed.complete = true;
  return observed;
}

/// A listing of 10,000 streams is 40 of these.
void parse_list_page(benchmark::State& state) {
  const std::string page = make_page(make_rooms());
  for (auto _ : state) {
    auto parsed = sidecar::nats::parse_list_page(page);
    if (!parsed || parsed->streams.size() != page_streams) state.SkipWithError("not parsed");
    benchmark::DoNotOptimize(parsed);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(page.size()) * state.iterations());
}
BENCHMARK(parse_list_page)->Unit(benchmark::kMillisecond);

void plan_10000_rooms_nothing_to_do(benchmark::State& state) {
  const policies::DesiredRooms desired = make_rooms();
  const policies::ObservedStreams observed = make_observed(desired);
  policies::PlanLimits limits;
  limits.instance = "bench";
  for (auto _ : state) {
    const policies::Plan plan = policies::plan_rooms(desired, observed, {}, limits, {}, zones());
    if (!plan.empty()) state.SkipWithError("something to do");
  }
}
BENCHMARK(plan_10000_rooms_nothing_to_do)->Unit(benchmark::kMillisecond);

void plan_10000_rooms_to_create(benchmark::State& state) {
  const policies::DesiredRooms desired = make_rooms();
  policies::ObservedStreams observed;
  observed.complete = true;
  policies::PlanLimits limits;
  limits.instance = "bench";
  for (auto _ : state) {
    const policies::Plan plan = policies::plan_rooms(desired, observed, {}, limits, {}, zones());
    if (plan.changes.size() != rooms) state.SkipWithError("not all are created");
  }
}
BENCHMARK(plan_10000_rooms_to_create)->Unit(benchmark::kMillisecond);

std::shared_ptr<const metrics::RoomsSnapshot> make_snapshot() {
  auto snapshot = std::make_shared<metrics::RoomsSnapshot>();
  const auto home = std::make_shared<const metrics::RoomHome>(
      metrics::RoomHome{.template_name = "default", .stream = "ROOM_"});
  for (const policies::RoomSpec& room : make_rooms().rooms) {
    metrics::RoomRow row;
    row.room = room.id.text();
    row.home = home;
    row.messages = messages + std::hash<std::string>{}(row.room) % 1000;
    row.bytes = row.messages * 160;
    snapshot->rooms.push_back(std::move(row));
  }
  return snapshot;
}

void metrics_text_10000_rooms(benchmark::State& state) {
  metrics::Metrics all;
  all.publish_rooms(make_snapshot(), policies::WallTime{} + std::chrono::hours(1));
  for (auto _ : state) benchmark::DoNotOptimize(all.text());
}
BENCHMARK(metrics_text_10000_rooms)->Unit(benchmark::kMillisecond);

/// All that the audit costs a midnight of 2,000 rooms but sending: eleven entries.
void audit_of_a_midnight_of_2000_rooms(benchmark::State& state) {
  constexpr std::size_t purged = 2000;
  for (auto _ : state) {
    std::size_t bytes = 0;
    api::AuditRecord entry;
    entry.kind = api::AuditKind::purge;
    entry.reason = policies::Reason::midnight;
    entry.text = "begins: 2000 rooms";
    bytes += api::encode_audit(entry).size();
    entry.text.clear();
    for (std::size_t room = 0; room < purged; ++room) {
      entry.rooms.push_back(
          {.room = "room-" + std::to_string(room), .messages = 5, .before = 5, .up_to = 6});
      if (entry.rooms.size() < api::audit_rooms_max) continue;
      entry.messages = entry.rooms.size() * 5;
      bytes += api::encode_audit(entry).size();
      entry.rooms.clear();
    }
    benchmark::DoNotOptimize(bytes);
  }
}
BENCHMARK(audit_of_a_midnight_of_2000_rooms)->Unit(benchmark::kMillisecond);

void metrics_publish_10000_rooms(benchmark::State& state) {
  metrics::Metrics all;
  const auto snapshot = make_snapshot();
  policies::WallTime now{};
  for (auto _ : state) all.publish_rooms(snapshot, now += std::chrono::minutes(1));
}
BENCHMARK(metrics_publish_10000_rooms)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace roomkeeper::bench

/// Arguments of Google Benchmark begin with a dash; a name is one of figures_bench's, and nothing
/// is to be done here.
int main(int argc, char** argv) {
  if (argc > 1 && !std::string_view(argv[1]).starts_with("-")) return 0;
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
