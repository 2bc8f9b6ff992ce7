// Mirrors of FakeJetStream: a stream that keeps another one's messages with their sequences, times
// and headers.
//
// What real servers were seen to do and this does too: a mirror looks for an origin that was
// deleted only now and then; it never deletes what it has because the origin does; what the origin
// loses before it was copied is lost; with a filter it has gaps where the other subjects are, and
// its last sequence is that of the last message it has; a message with a `Nats-Expected-...` header
// loses those headers, while 2.10 leaves it out, gives the following ones its sequence and stops
// for good at the next gap; 2.10 also stops at a Nats-Msg-Id that it has just copied.
#include <algorithm>

#include "tests/support/fake_jetstream.h"
#include "tests/support/fake_json.h"
#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

namespace {

using namespace std::chrono_literals;

constexpr policies::Nanoseconds attach_interval = 10s;
constexpr policies::Nanoseconds id_window = 100ms;

bool is_expectation(const std::pair<std::string, std::string>& header) {
  return header.first.rfind("Nats-Expected-", 0) == 0;
}

}  // namespace

FakeDirectLookup FakeJetStream::direct_lookup() const {
  return [this](const std::string& name) {
    const auto found = entries_.find(name);
    return found != entries_.end() && found->second->stream.config().allow_direct;
  };
}

void FakeJetStream::add_mirror(const FakeStreamConfig& config) {
  // Mirrors of this stream, if it is an origin, find it at their next look.
  if (!config.mirror) return;
  mirrors_.emplace(config.mirror_of, config.name);
  attach_later(config.name, policies::Nanoseconds::zero());
}

void FakeJetStream::drop_mirror(const FakeStreamConfig& config) {
  const auto [begin, end] = mirrors_.equal_range(config.mirror_of);
  const auto found =
      std::find_if(begin, end, [&](const auto& item) { return item.second == config.name; });
  if (found != end) mirrors_.erase(found);
}

void FakeJetStream::origin_gone(const std::string& origin) {
  const auto [begin, end] = mirrors_.equal_range(origin);
  for (auto it = begin; it != end; ++it) {
    entries_.find(it->second)->second->mirroring.attached = false;
    attach_later(it->second, attach_interval);
  }
}

void FakeJetStream::attach_later(const std::string& mirror, policies::Nanoseconds delay) {
  ports_.later(delay, [this, mirror] {
    const auto found = entries_.find(mirror);
    if (found == entries_.end() || !found->second->stream.config().mirror) return;
    Mirroring& mirroring = found->second->mirroring;
    mirroring.attached = entries_.count(found->second->stream.config().mirror_of) > 0;
    if (!mirroring.attached) return attach_later(mirror, attach_interval);
    mirroring.position = found->second->stream.last_seq();
    copy_soon(*found->second);
  });
}

void FakeJetStream::hold_back(const std::string& mirror, bool held) {
  if (held) {
    held_back_.insert(mirror);
    return;
  }
  held_back_.erase(mirror);
  if (const auto found = entries_.find(mirror); found != entries_.end()) copy_soon(*found->second);
}

void FakeJetStream::copy_to_mirrors(const std::string& origin) {
  const auto [begin, end] = mirrors_.equal_range(origin);
  for (auto it = begin; it != end; ++it) copy_soon(*entries_.find(it->second)->second);
}

void FakeJetStream::copy_soon(Entry& mirror) {
  if (!mirror.mirroring.attached || mirror.mirroring.scheduled) return;
  mirror.mirroring.scheduled = true;
  ports_.later(policies::Nanoseconds::zero(), [this, name = mirror.stream.config().name] {
    const auto found = entries_.find(name);
    if (found != entries_.end()) copy_now(*found->second);
  });
}

void FakeJetStream::copy_now(Entry& mirror) {
  Mirroring& mirroring = mirror.mirroring;
  mirroring.scheduled = false;
  if (!mirroring.attached || held_back_.count(mirror.stream.config().name) > 0) return;
  const auto origin = entries_.find(mirror.stream.config().mirror_of);
  if (origin == entries_.end()) return;
  refresh(*origin->second);
  const FakeStream::Messages& messages = origin->second->stream.messages();
  for (auto it = messages.upper_bound(mirroring.position); it != messages.end(); ++it) {
    if (is_copied(mirror, it->second) && !copy_one(mirror, it->second)) break;
    mirroring.position = it->first;
  }
  mirroring.active = ports_.now();
  serve(mirror);
}

bool FakeJetStream::is_copied(const Entry& mirror, const FakeMessage& message) {
  const std::string& filter = mirror.stream.config().mirror_filter;
  return filter.empty() || pattern_matches(filter, message.subject);
}

bool FakeJetStream::copy_one(Entry& mirror, const FakeMessage& message) {
  Mirroring& mirroring = mirror.mirroring;
  if (mirroring.stuck) return false;
  if (version_.minor >= 11) {
    FakeMessage copied = message;
    std::erase_if(copied.headers, is_expectation);
    mirror.stream.copy(copied);
    return true;
  }
  if (std::any_of(message.headers.begin(), message.headers.end(), is_expectation)) {
    mirroring.left_out = message.seq;
    return true;
  }
  if (mirroring.left_out != 0) {
    mirroring.stuck = message.seq != mirroring.left_out + 1;
    if (mirroring.stuck) return false;
    mirroring.left_out = message.seq;
    FakeMessage renumbered = message;
    renumbered.seq = mirror.stream.last_seq() + 1;
    mirror.stream.copy(renumbered);
    return true;
  }
  for (const auto& [key, value] : message.headers) {
    if (key != "Nats-Msg-Id") continue;
    const auto earlier = mirroring.ids.find(value);
    mirroring.stuck = earlier != mirroring.ids.end() && earlier->second + id_window > ports_.now();
    if (mirroring.stuck) return false;
    mirroring.ids[value] = ports_.now();
  }
  mirror.stream.copy(message);
  return true;
}

std::string FakeJetStream::describe_mirror(const Entry& found) const {
  if (!found.stream.config().mirror) return {};
  const std::string& origin = found.stream.config().mirror_of;
  std::uint64_t lag = 0;
  if (const auto from = entries_.find(origin); from != entries_.end()) {
    const FakeStream::Messages& messages = from->second->stream.messages();
    lag = static_cast<std::uint64_t>(
        std::count_if(messages.upper_bound(found.mirroring.position), messages.end(),
                      [&](const auto& item) { return is_copied(found, item.second); }));
  }
  const auto& active = found.mirroring.active;
  std::string text =
      ",\"mirror\":{\"name\":" + quote_json(origin) + ",\"lag\":" + std::to_string(lag) +
      ",\"active\":" + (active ? std::to_string((ports_.now() - *active).count()) : "-1");
  if (!found.mirroring.attached && !active)
    text += "," + error_member(api_error::stream_not_found());
  return text + "}";
}

}  // namespace roomkeeper::testing
