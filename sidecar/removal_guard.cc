#include "sidecar/removal_guard.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"

namespace roomkeeper::sidecar {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::fail;
using policies::pass;
using policies::Result;
using policies::WallTime;

using Removals = std::map<WallTime, int>;

constexpr auto hour = std::chrono::hours(1);
constexpr auto grain = std::chrono::seconds(10);
/// What we write has 361 entries at most, and up to twice that after the server's clock went back.
constexpr std::size_t entries_max = 1000;
constexpr std::uint64_t count_max = 1'000'000;
constexpr std::size_t logged_value_max = 256;

/// Later than it was: an entry never ends too early.
WallTime rounded_up(WallTime time) {
  const auto since = time.time_since_epoch();
  return WallTime(since - since % grain + grain);
}

std::string encode(const Removals& removals) {
  json list = json::array();
  for (const auto& [at, count] : removals)
    list.push_back({{"at", policies::format_rfc3339(at)}, {"count", count}});
  return json{{"removals", std::move(list)}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool decode_entry(const json& entry, Removals& removals) {
  if (!entry.is_object() || !entry.contains("at") || !entry.contains("count")) return false;
  const auto* text = entry["at"].get_ptr<const json::string_t*>();
  const auto* count = entry["count"].get_ptr<const json::number_unsigned_t*>();
  if (text == nullptr || count == nullptr || *count > count_max) return false;
  const Result<WallTime> at = policies::parse_rfc3339(*text);
  if (!at) return false;
  removals[*at] = static_cast<int>(*count);
  return true;
}

std::optional<Removals> decode(const std::string& value) {
  const json record = json::parse(value, nullptr, false);
  if (!record.is_object() || !record.contains(RemovalGuard::key)) return std::nullopt;
  const json& list = record[RemovalGuard::key];
  if (!list.is_array() || list.size() > entries_max) return std::nullopt;
  Removals removals;
  for (const json& entry : list) {
    if (!decode_entry(entry, removals)) return std::nullopt;
  }
  return removals;
}

}  // namespace

RemovalGuard::RemovalGuard(Runtime& runtime, Inventory& inventory, StateKeeper& state)
    : runtime_(runtime), inventory_(inventory), state_(state) {}

Result<WallTime> RemovalGuard::newest(const std::string& value) {
  const std::optional<Removals> removals = decode(value);
  if (!removals) return fail(ErrorCode::invalid, "expected removals, each with at and count");
  return removals->empty() ? WallTime{} : removals->rbegin()->first;
}

void RemovalGuard::look() {
  const auto found = state_.others().find(key);
  std::optional<std::string> value;
  if (found != state_.others().end()) value = found->second;
  if (value != seen_) {
    seen_ = std::move(value);
    take();
  }
  if (inventory_.skew()) sweep();
  forget_open();
}

/// Of streams that are gone, or made anew, the removal was done or is no longer ours to do.
void RemovalGuard::forget_open() {
  const policies::ObservedStreams& streams = inventory_.streams();
  std::erase_if(open_, [&](const auto& entry) {
    if (!removals_.contains(entry.second.at)) return true;  // longer ago than an hour
    if (!streams.complete) return false;
    const policies::ObservedStream* there = streams.find(entry.first.first);
    return there == nullptr || there->stored.created != entry.first.second;
  });
}

/// What this process knows may be more: a bucket that was lost does not give the hour anew.
void RemovalGuard::take() {
  if (std::exchange(unreadable_, false)) doubt_ends_ = {};
  if (!seen_) return;
  const std::optional<Removals> read = decode(*seen_);
  if (!read) {
    unreadable_ = true;
    runtime_.log.error("removals.unreadable", {{"value", seen_->substr(0, logged_value_max)}});
    return doubt_for_an_hour("state key removals is not understood");
  }
  for (const auto& [at, count] : *read) {
    int& known = removals_[at];
    known = std::max(known, count);
  }
}

/// Times that lie far ahead were taken before the server's clock went back: nobody knows how long
/// ago that was.
void RemovalGuard::sweep() {
  const WallTime now = inventory_.server_now();
  const std::size_t ahead =
      std::erase_if(removals_, [now](const auto& entry) { return entry.first > now + hour; });
  std::erase_if(removals_, [now](const auto& entry) { return entry.first <= now - hour; });
  if (ahead == 0) return;
  runtime_.log.error("removals.ahead", {{"times", ahead}});
  doubt_for_an_hour("removals are recorded for a time that is still to come");
}

void RemovalGuard::doubt_for_an_hour(std::string why) {
  doubt_ = std::move(why);
  doubt_ends_ = runtime_.clock.mono() + hour;
}

bool RemovalGuard::in_doubt() const {
  return doubt_ends_ != policies::MonoTime{} && runtime_.clock.mono() < doubt_ends_;
}

std::string RemovalGuard::doubt() const {
  if (!in_doubt()) return {};
  const auto left = std::chrono::ceil<std::chrono::minutes>(doubt_ends_ - runtime_.clock.mono());
  return doubt_ + ": nothing is removed for " + std::to_string(left.count()) + " min";
}

int RemovalGuard::sum() const {
  const WallTime since = inventory_.server_now() - hour;
  std::int64_t total = 0;
  for (auto it = removals_.upper_bound(since); it != removals_.end(); ++it) total += it->second;
  return static_cast<int>(std::min<std::int64_t>(total, std::numeric_limits<int>::max()));
}

int RemovalGuard::removals_in_last_hour() const {
  const int gone = std::max(sum() - static_cast<int>(open_.size()), 0);
  return in_doubt() ? std::max(gone, runtime_.config->reconcile.max_removals) : gone;
}

void RemovalGuard::allow(std::size_t planned) {
  const std::int64_t most = static_cast<std::int64_t>(removals_in_last_hour()) +
                            static_cast<std::int64_t>(std::min<std::uint64_t>(planned, count_max));
  allowed_ = static_cast<int>(std::min<std::int64_t>(most, std::numeric_limits<int>::max()));
}

void RemovalGuard::count(const Stream& stream, const Counted& done) {
  look();  // somebody else may have counted since the plan was made
  if (in_doubt()) return done(fail(ErrorCode::limit, doubt()));
  if (open_.contains(stream)) return done({});
  if (sum() >= allowed_)
    return done(fail(ErrorCode::limit, "others have removed streams since this was planned"));
  const WallTime at = rounded_up(inventory_.server_now());
  ++removals_[at];
  open_[stream] = {.at = at};
  const std::string value = encode(removals_);
  state_.put_entry(
      std::string(key), value, lifetime_.guard([this, stream, value, done](Result<> written) {
        if (!written) {
          not_removed(stream);
          return done(pass(std::move(written).error()));
        }
        if (std::exchange(unreadable_, false)) {
          runtime_.log.warn("removals.replaced", {{"value", seen_->substr(0, logged_value_max)}});
        }
        seen_ = value;
        done({});
      }));
}

void RemovalGuard::sending(const Stream& stream) {
  const auto found = open_.find(stream);
  if (found != open_.end()) ++found->second.unanswered;
}

void RemovalGuard::refused(const Stream& stream) {
  const auto found = open_.find(stream);
  if (found != open_.end()) --found->second.unanswered;
  not_removed(stream);
}

/// What was sent before and not answered may be done all the same, so that stays counted.
void RemovalGuard::not_removed(const Stream& stream) {
  const auto found = open_.find(stream);
  if (found == open_.end() || found->second.unanswered > 0) return;
  const auto counted = removals_.find(found->second.at);
  open_.erase(found);
  if (counted == removals_.end()) return;  // longer ago than an hour
  if (--counted->second <= 0) removals_.erase(counted);
}

}  // namespace roomkeeper::sidecar
