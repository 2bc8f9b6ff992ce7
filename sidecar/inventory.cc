#include "sidecar/inventory.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "policies/hold.h"

namespace roomkeeper::sidecar {
namespace {

using policies::Error;
using policies::ObservedStream;
using policies::ObservedStreams;
using policies::Result;

/// Above this many unknown streams a listing is cheaper than asking one by one.
constexpr std::size_t single_requests_max = 256;

bool by_name(const ObservedStream& a, const ObservedStream& b) {
  return a.name < b.name;
}

}  // namespace

Inventory::Inventory(Runtime& runtime, nats::JetStream& js) : runtime_(runtime), js_(js) {}

void Inventory::refresh_full(nats::Priority priority, Done done) {
  // What is marked from here on happened after the listing began: it stays dirty.
  dirty_.clear();
  js_.list_all(priority,
               lifetime_.guard([this, done = std::move(done)](Result<ObservedStreams> seen) {
                 if (!seen) {
                   streams_.complete = false;
                   done(policies::pass(std::move(seen).error()));
                   return;
                 }
                 take_listing(std::move(*seen));
                 done({});
               }));
}

void Inventory::take_listing(ObservedStreams seen) {
  fresh_.clear();
  gone_.clear();
  streams_ = std::move(seen);
  listed_ = true;
  missing_ = streams_.complete ? 0 : 1;
  note_time(streams_.server_time);
  if (streams_.complete) copies_.clear();
  for (const ObservedStream& stream : streams_.streams) note_seen(stream);
}

void Inventory::refresh_cheap(nats::Priority priority, Done done) {
  if (!listed_) {
    refresh_full(priority, std::move(done));
    return;
  }
  js_.names_all(priority, lifetime_.guard([this, priority, done = std::move(done)](
                                              Result<nats::JetStream::AllNames> names) {
    if (!names) {
      streams_.complete = false;
      done(policies::pass(std::move(names).error()));
      return;
    }
    after_names(priority, std::move(*names), done);
  }));
}

void Inventory::after_names(nats::Priority priority, nats::JetStream::AllNames names, Done done) {
  settle();
  if (!names.complete) {
    streams_.complete = false;
    done({});
    return;
  }
  std::vector<std::string> wanted;
  for (const std::string& name : names.names) {
    if (dirty_.contains(name) || streams_.find(name) == nullptr) wanted.push_back(name);
  }
  if (wanted.size() > single_requests_max) {
    refresh_full(priority, std::move(done));
    return;
  }
  std::erase_if(streams_.streams, [&names](const ObservedStream& stream) {
    return !std::binary_search(names.names.begin(), names.names.end(), stream.name);
  });
  std::erase_if(copies_, [&names](const std::string& name) {
    return !std::binary_search(names.names.begin(), names.names.end(), name);
  });
  dirty_.clear();
  streams_.complete = true;
  missing_ = 0;
  ask_for(priority, std::move(wanted), std::move(done));
}

void Inventory::ask_for(nats::Priority priority, std::vector<std::string> wanted, Done done) {
  if (wanted.empty()) {
    done({});
    return;
  }
  struct Round {
    std::size_t open = 0;
    Result<> outcome;
  };
  auto round = std::make_shared<Round>();
  round->open = wanted.size();
  for (const std::string& name : wanted) {
    js_.info(priority, name,
             lifetime_.guard([this, name, round, done](Result<nats::StreamInfo> info) {
               if (info) {
                 put(std::move(info->stream), info->server_time);
               } else if (info.error().server_code == nats::server_code::stream_not_found) {
                 erase(name);
               } else {
                 streams_.complete = false;
                 mark_dirty(name);
                 round->outcome = policies::pass(std::move(info).error());
               }
               if (--round->open == 0) done(round->outcome);
             }));
  }
}

void Inventory::mark_dirty(const std::string& stream) {
  dirty_.insert(stream);
}

void Inventory::put(ObservedStream stream, policies::WallTime server_time) {
  note_time(server_time);
  note_seen(stream);
  gone_.erase(stream.name);
  fresh_.push_back(std::move(stream));
}

void Inventory::erase(const std::string& stream) {
  settle();
  copies_.erase(stream);
  gone_.insert(stream);
}

void Inventory::distrust() {
  streams_.complete = false;
}

const ObservedStreams& Inventory::streams() const {
  settle();
  return streams_;
}

policies::WallTime Inventory::server_now() const {
  return runtime_.clock.wall() + skew_.value_or(policies::Nanoseconds{});
}

/// Merges what came one by one into the sorted listing, the last word on a stream winning. Lazily,
/// so that ten thousand creations cost one merge and not ten thousand.
void Inventory::settle() const {
  if (!gone_.empty()) {
    std::erase_if(streams_.streams,
                  [this](const ObservedStream& s) { return gone_.contains(s.name); });
    gone_.clear();
  }
  if (fresh_.empty()) return;
  std::stable_sort(fresh_.begin(), fresh_.end(), by_name);
  std::vector<ObservedStream> merged;
  merged.reserve(streams_.streams.size() + fresh_.size());
  auto old = streams_.streams.begin();
  for (auto it = fresh_.begin(); it != fresh_.end(); ++it) {
    const auto next = std::next(it);
    if (next != fresh_.end() && next->name == it->name) continue;
    while (old != streams_.streams.end() && old->name < it->name)
      merged.push_back(std::move(*old++));
    if (old != streams_.streams.end() && old->name == it->name) ++old;
    merged.push_back(std::move(*it));
  }
  std::move(old, streams_.streams.end(), std::back_inserter(merged));
  streams_.streams = std::move(merged);
  fresh_ = {};  // not clear(): after ten thousand creations that would keep 7 MB
}

void Inventory::note_time(policies::WallTime server_time) {
  if (server_time == policies::WallTime{}) return;
  skew_ = server_time - runtime_.clock.wall();
}

/// A room's stream, or a pool, that is made anew must not use sequences that a copy has: a mirror
/// copies none of those a second time.
void Inventory::note_copy(const ObservedStream& stream) {
  copies_.insert(stream.name);
  if (stream.mirror_of.empty()) return;
  policies::SeenStream& seen = seen_[stream.mirror_of];
  seen.highest_seq = std::max(seen.highest_seq, stream.stored.last_seq);
}

void Inventory::note_seen(const ObservedStream& stream) {
  if (stream.name.starts_with(policies::hold_prefix)) note_copy(stream);
  if (!stream.config.mark || stream.config.mark->instance != runtime_.config->instance) return;
  policies::SeenStream& seen = seen_[stream.name];
  seen.highest_seq = std::max(seen.highest_seq, stream.stored.last_seq);
}

}  // namespace roomkeeper::sidecar
