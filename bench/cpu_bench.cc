// The parts of a pass and of a scrape that cost processor time, each alone, at the sizes of 10,000
// rooms, and of a look at 20,000 connections.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "api/audit.h"
#include "metrics/metrics.h"
#include "policies/kick_plan.h"
#include "policies/plan.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/server_json.h"
#include "sidecar/nats/stream_json.h"

namespace roomkeeper::bench {
namespace {

constexpr int rooms = 10'000;
constexpr std::size_t page_streams = 256;
constexpr std::uint64_t messages = 5;
constexpr std::size_t page_connections = 1024;
constexpr std::size_t connections = 20'000;
constexpr std::size_t rooms_listened_to = 500;

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

/// One page of CONNZ, as nats-server 2.15 writes it.
std::string make_connz_page() {
  std::string page =
      R"({"server":{"name":"n1","host":"127.0.0.1","id":"NBENCH","ver":"2.15.2","jetstream":true,)"
      R"("flags":7,"seq":59887,"time":"2026-11-22T09:35:43.255143584Z"},"data":{)"
      R"("server_id":"NBENCH","now":"2026-11-22T09:35:43.131474722Z","num_connections":1024,)"
      R"("total":20001,"offset":0,"limit":1024,"connections":[)";
  for (std::size_t i = 0; i < page_connections; ++i) {
    const std::string number = std::to_string(i);
    page += (i == 0 ? "" : ",") + std::string(R"({"cid":)") + std::to_string(i + 5) +
            R"(,"kind":"Client","type":"nats","ip":"127.0.0.13","port":46734,)"
            R"("start":"2026-11-22T09:33:48.444209018Z","last_activity":)"
            R"("2026-11-22T09:33:48.468582249Z","rtt":"50µs","uptime":"1m54s","idle":"1m54s",)"
            R"("pending_bytes":0,"in_msgs":0,"out_msgs":0,"in_bytes":0,"out_bytes":0,)"
            R"("subscriptions":3,"lang":"nats.js","version":"3.1.0","authorized_user":"user-)" +
            number + R"(","account":"APP","subscriptions_list":["_INBOX.)" + number +
            R"(abcdefghij.*","rooms.user-)" + number + R"(.notice","chat.room-)" +
            std::to_string(i % rooms_listened_to) + R"(.*"],"name_tag":"APP"})";
  }
  return page + "]}}";
}

/// A look at 20,000 connections is 20 of these.
void parse_connz_page(benchmark::State& state) {
  const std::string page = make_connz_page();
  const policies::Listening listening({}, {}, [](const policies::RoomId&) { return true; });
  for (auto _ : state) {
    auto parsed = sidecar::nats::parse_connz(page, &listening);
    if (!parsed || parsed->connections.size() != page_connections)
      state.SkipWithError("not parsed");
    benchmark::DoNotOptimize(parsed);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(page.size()) * state.iterations());
}
BENCHMARK(parse_connz_page)->Unit(benchmark::kMillisecond);

std::vector<policies::Connection> make_connections() {
  std::vector<policies::Connection> all;
  for (std::size_t i = 0; i < connections; ++i) {
    policies::Connection one;
    one.key = {.server_id = "NBENCH" + std::to_string(i * 3 / connections), .cid = i + 5};
    one.identity = {.account = "APP", .user = "user-" + std::to_string(i)};
    one.start = policies::WallTime{} + std::chrono::milliseconds(i);
    one.kind = "nats";
    one.rooms = {*policies::RoomId::parse("room-" + std::to_string(i % rooms_listened_to))};
    all.push_back(std::move(one));
  }
  return all;
}

/// Every limit set, and nobody over one.
void plan_kicks_20000_connections(benchmark::State& state) {
  const std::vector<policies::Connection> all = make_connections();
  const policies::ConnectionLimit far{.max = 50'000};
  policies::ConnectionLimits limits;
  limits.per_user.max = 10;
  limits.account = far;
  limits.server = far;
  limits.users = {{.pattern = "bot-*", .max = 100, .on_limit = {}, .origin = {}}};
  const policies::LimitSources sources{
      .room =
          [&](const policies::RoomId&) { return policies::NamedLimit{far, "template/default"}; },
      .banned = [](const policies::Identity&) { return false; },
      .lowered = {}};
  policies::KickHistory history;
  policies::MonoTime now{};
  for (auto _ : state) {
    const policies::KickPlan plan =
        policies::plan_kicks(all, limits, {}, now += std::chrono::seconds(1), history, sources);
    if (!plan.kicks.empty() || plan.rooms.size() != rooms_listened_to)
      state.SkipWithError("not as planned");
  }
}
BENCHMARK(plan_kicks_20000_connections)->Unit(benchmark::kMillisecond);

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
