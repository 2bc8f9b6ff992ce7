#include "bench/rooms.h"

#include <map>
#include <memory>
#include <stdexcept>

#include "config/load.h"
#include "policies/plan.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/stream_json.h"

namespace roomkeeper::bench {
namespace {

constexpr std::uint64_t list_page = 256;
constexpr std::uint64_t names_page = 1024;
constexpr int listings_in_flight = 4;
/// A line of chat.
const std::string message_text(100, 'x');

bool chosen(const policies::RoomSpec& room, const std::string& prefix) {
  return room.id.text().starts_with(prefix);
}

}  // namespace

std::string house_yaml(const HouseOptions& options) {
  std::string text = "instance: bench\n";
  text += "nats:\n  url: " + options.url + "\n  user: roomkeeper\n  password_file: password\n";
  text += "  system: { user: sys, password_file: password }\n";
  text +=
      "http: { listen: \"" +
      (options.http_port < 0 ? std::string() : "127.0.0.1:" + std::to_string(options.http_port)) +
      "\" }\n";
  text += "log: { level: " + options.log_level + " }\n";
  text += "reconcile: { interval: 60s, in_flight: 16 }\n";
  text += "limits:\n";
  text += options.limits.empty() ? "  connections_per_user: { max: 3, on_limit: evict_oldest }\n"
                                 : options.limits;
  text += "  exempt_users: [APP/roomkeeper, APP/admin]\n";
  text += "templates:\n  default:\n    storage: file\n";
  text += "    retention: { until: midnight, days: 0, timezone: Asia/Seoul }\n";
  text += "    stream: { max_messages: 100000, max_message_size: 64KiB, duplicate_window: 2m }\n";
  text += "  memory: { extends: default, storage: memory }\n";
  text += "  " + std::string(pool_name) + ":\n    layout: pooled\n";
  text += "    retention: { until: midnight, days: 0, timezone: Asia/Seoul }\n";
  text += options.pool_settings;
  text += "rooms:\n";
  for (const Range& range : options.ranges) {
    text += "  - { range: \"" + range.prefix + "-{1.." + std::to_string(range.count) +
            "}\", template: " + (range.storage == "memory" ? "memory" : "default") + " }\n";
  }
  return text + pooled_lines(0, options.pooled, "자유 대화방");
}

std::string pooled_id(std::size_t room) {
  return std::string(pool_name) + "-" + std::to_string(room);
}

std::string pooled_lines(std::size_t first, std::size_t count, const std::string& title) {
  std::string text;
  for (std::size_t room = first; room < first + count; ++room) {
    text.append("  - { id: ").append(pooled_id(room)).append(", title: ").append(title);
    text.append(1, ' ').append(std::to_string(room)).append(", tags: [t");
    text.append(std::to_string(room % 100)).append("], template: ").append(pool_name);
    text.append(" }\n");
  }
  return text;
}

std::vector<RawRequest> pooled_messages(std::size_t first, std::size_t count) {
  std::vector<RawRequest> requests;
  requests.reserve(count);
  for (std::size_t room = first; room < first + count; ++room) {
    requests.push_back(
        {"chat." + std::string(pool_name) + "." + pooled_id(room) + ".alice", message_text});
  }
  return requests;
}

config::Config load_house(const std::string& path) {
  auto loaded = config::load(path, {});
  if (!loaded) throw std::runtime_error(config::to_string(loaded.error().front()));
  return std::move(*loaded);
}

void move_to_zone(config::Config& config, const date::time_zone& zone) {
  std::map<const policies::RoomSettings*, std::shared_ptr<const policies::RoomSettings>> moved;
  const auto move = [&](std::shared_ptr<const policies::RoomSettings>& settings) {
    auto& replacement = moved[settings.get()];
    if (replacement == nullptr) {
      auto fresh = std::make_shared<policies::RoomSettings>(*settings);
      fresh->retention = policies::UntilMidnight{.days = 0, .zone = &zone};
      replacement = std::move(fresh);
    }
    settings = replacement;
  };
  for (auto& [name, settings] : config.templates) move(settings);
  for (policies::RoomSpec& room : config.rooms.rooms) move(room.settings);
}

std::vector<RawRequest> create_requests(const config::Config& config, const std::string& prefix) {
  std::vector<RawRequest> requests;
  for (const policies::RoomSpec& room : config.rooms.rooms) {
    if (!chosen(room, prefix)) continue;
    const std::string stream = config.names.stream_of(room.id);
    requests.push_back(
        {"$JS.API.STREAM.CREATE." + stream,
         sidecar::nats::create_body(
             stream, policies::wanted_stream(room, config.names, config.instance), 0)});
  }
  return requests;
}

std::vector<RawRequest> message_requests(const config::Config& config, const std::string& prefix,
                                         int count) {
  std::vector<RawRequest> requests;
  for (int i = 0; i < count; ++i) {
    for (const policies::RoomSpec& room : config.rooms.rooms) {
      if (chosen(room, prefix))
        requests.push_back({config.names.publish_subject(room.id, "alice"), message_text});
    }
  }
  return requests;
}

std::vector<RawRequest> purge_requests(const config::Config& config, const std::string& prefix,
                                       std::uint64_t seq) {
  std::vector<RawRequest> requests;
  for (const policies::RoomSpec& room : config.rooms.rooms) {
    if (!chosen(room, prefix)) continue;
    requests.push_back({"$JS.API.STREAM.PURGE." + config.names.stream_of(room.id),
                        R"({"seq":)" + std::to_string(seq) + "}"});
  }
  return requests;
}

std::vector<RawRequest> page_requests(const std::string& verb, std::uint64_t streams) {
  std::vector<RawRequest> requests;
  const std::uint64_t step = verb == "LIST" ? list_page : names_page;
  for (std::uint64_t offset = 0; offset < streams; offset += step) {
    requests.push_back({"$JS.API.STREAM." + verb, R"({"offset":)" + std::to_string(offset) + "}"});
  }
  return requests;
}

std::uint64_t stored_messages(const std::string& url, std::uint64_t streams) {
  std::uint64_t messages = 0;
  const RawOutcome listing =
      run_raw(url, page_requests("LIST", streams), listings_in_flight, Replies::kept);
  for (const std::string& reply : listing.replies) {
    const auto page = sidecar::nats::parse_list_page(reply);
    if (!page) throw std::runtime_error("listing: " + page.error().text);
    for (const policies::ObservedStream& stream : page->streams) messages += stream.stored.messages;
  }
  return messages;
}

}  // namespace roomkeeper::bench
