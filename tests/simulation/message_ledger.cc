#include "tests/simulation/message_ledger.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "tests/simulation/local_days.h"
#include "tests/support/rfc3339.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using policies::Nanoseconds;
using policies::WallTime;

constexpr std::string_view purge_prefix = "$JS.API.STREAM.PURGE.";
/// A reply takes no longer, where it is not lost.
constexpr Nanoseconds longest_latency = std::chrono::milliseconds(60);
constexpr std::string_view stream_prefix = "ROOM_";

template <class Number>
Number number(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The stream of a request that could take messages away; empty for any other.
std::string deleting_from(std::string_view subject) {
  for (const std::string_view prefix :
       {purge_prefix, std::string_view("$JS.API.STREAM.UPDATE."),
        std::string_view("$JS.API.STREAM.DELETE."), std::string_view("$JS.API.STREAM.CREATE.")}) {
    if (subject.starts_with(prefix)) return std::string(subject.substr(prefix.size()));
  }
  constexpr std::string_view single = "$JS.API.STREAM.MSG.DELETE.";
  return std::string(subject.starts_with(single) ? subject.substr(single.size()) : "");
}

/// The daemon's own books; not rooms.
bool is_own(const std::string& stream) {
  return stream.starts_with("KV_") || stream.starts_with("HOLD_") || stream == "ROOMKEEPER_AUDIT";
}

/// `wanted` certainly keeps every message at least as long as `mark`, a midnight rule, does.
bool protects(const KeepRule& mark, const KeepRule& wanted) {
  switch (wanted.kind) {
    case KeepRule::Kind::forever:
      return true;
    case KeepRule::Kind::age:
      return wanted.age >= std::chrono::hours(24) * (mark.days + 2);
    case KeepRule::Kind::midnight:
      return wanted.zone == mark.zone && wanted.days >= mark.days;
  }
  return false;
}

}  // namespace

KeepRule KeepRule::parse(std::string_view mark) {
  KeepRule rule;
  if (mark.starts_with("for:")) {
    rule.kind = Kind::age;
    rule.age = Nanoseconds(number<std::int64_t>(mark.substr(4)));
  } else if (mark.starts_with("midnight:")) {
    const std::string_view rest = mark.substr(9);
    const std::size_t colon = rest.find(':');
    rule.kind = Kind::midnight;
    rule.days = number<int>(rest.substr(0, colon));
    rule.zone = rest.substr(colon + 1);
  }
  return rule;
}

MessageLedger::MessageLedger(const FakeNats& nats, std::string instance, WallTime around)
    : nats_(nats), instance_(std::move(instance)), around_(around) {}

std::optional<WallTime> MessageLedger::limit(const KeepRule& rule, WallTime now) const {
  switch (rule.kind) {
    case KeepRule::Kind::forever:
      return std::nullopt;
    case KeepRule::Kind::age:
      return now - rule.age;
    case KeepRule::Kind::midnight:
      return LocalDays::of(rule.zone, around_).boundary(rule.days, now);
  }
  return std::nullopt;
}

std::optional<KeepRule> MessageLedger::wanted_of(const std::string& stream) const {
  if (!stream.starts_with(stream_prefix)) return std::nullopt;
  const auto found = wanted_.find(stream.substr(stream_prefix.size()));
  return found == wanted_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<KeepRule> MessageLedger::mark_of(const std::string& stream) const {
  const FakeStream* found = nats_.stream(stream);
  if (found == nullptr) return std::nullopt;
  const json config = json::parse(found->config().info_json, nullptr, false);
  if (!config.is_object() || !config.contains("metadata")) return std::nullopt;
  const json& metadata = config["metadata"];
  if (metadata.value("roomkeeper.instance", "") != instance_) return std::nullopt;
  return KeepRule::parse(metadata.value("roomkeeper.retention", ""));
}

void MessageLedger::saw(FakeMoment moment, const sidecar::Message& request) {
  const std::string stream = deleting_from(request.subject);
  if (stream.empty() || is_own(stream)) return;
  const bool purge = request.subject.starts_with(purge_prefix);
  switch (moment) {
    case FakeMoment::sent:
      if (purge)
        under_way_[request.reply] = {stream, wanted_of(stream), nats_.now(),
                                     unannounced_.contains(stream)};
      return;
    case FakeMoment::arrived:
      charge(stream, By::server, nullptr);
      if (!purge) note_rule(stream);
      return;
    case FakeMoment::handled:
      break;
  }
  // A reply that gets lost has no subject any more: then the purge is the oldest of its stream.
  auto found = under_way_.find(request.reply);
  if (found == under_way_.end()) {
    found = std::find_if(under_way_.begin(), under_way_.end(),
                         [&](const auto& entry) { return entry.second.stream == stream; });
  }
  charge(stream, By::daemon, purge && found != under_way_.end() ? &found->second : nullptr);
  if (purge && found != under_way_.end()) under_way_.erase(found);
}

/// Before a request that could change it.
void MessageLedger::note_rule(const std::string& stream) {
  if (const std::optional<KeepRule> mark = mark_of(stream))
    rule_changes_[stream] = {*mark, nats_.now() + longest_latency};
}

void MessageLedger::charge_server() {
  charge_all(By::server);
}

void MessageLedger::charge_test() {
  charge_all(By::test);
}

void MessageLedger::recreated(const std::string& stream) {
  unannounced_.insert(stream);
  for (auto& [reply, purge] : under_way_) purge.unfenced |= purge.stream == stream;
}

void MessageLedger::charge_all(By by) {
  std::set<std::string> names = nats_.streams();
  for (const auto& [name, copy] : copies_) names.insert(name);
  for (const std::string& name : names) {
    if (!is_own(name)) charge(name, by, nullptr);
  }
}

void MessageLedger::charge(const std::string& name, By by, const Purge* purge) {
  const FakeStream* stream = nats_.stream(name);
  Copy& copy = copies_[name];
  const bool same = stream != nullptr && stream->created() == copy.created;
  for (auto it = copy.messages.begin(); it != copy.messages.end();) {
    const auto& [seq, time] = *it;
    const bool there = same && stream->at(seq) != nullptr;
    if (!there) gone(name, seq, time, by, purge);
    it = there ? std::next(it) : copy.messages.erase(it);
  }
  if (stream == nullptr) return;
  copy.created = stream->created();
  for (const auto& [seq, message] : stream->messages()) {
    if (copy.messages.emplace(seq, message.time).second) ++seen_;
  }
}

void MessageLedger::gone(const std::string& name, std::uint64_t seq, WallTime time, By by,
                         const Purge* purge) {
  if (by == By::test) return;
  if (purge != nullptr && purge->unfenced) {
    ++unfenced_;
    return;
  }
  const WallTime now = nats_.now();
  const std::optional<KeepRule> mark = mark_of(name);
  std::optional<WallTime> until = mark ? limit(*mark, now) : std::nullopt;
  // Decided by the rule as it was when the change was still on its way back.
  if (const auto changed = rule_changes_.find(name); until && purge != nullptr &&
                                                     changed != rule_changes_.end() &&
                                                     purge->sent <= changed->second.heard)
    until = std::max(*until, limit(changed->second.before, now).value_or(*until));
  // A wanted rule that certainly keeps everything longer protects at once; any other waits for
  // consent, and the mark's goes on.
  if (until && by == By::daemon && purge != nullptr && purge->wanted &&
      protects(*mark, *purge->wanted)) {
    const std::optional<WallTime> later = limit(*purge->wanted, now);
    until = later ? std::optional(std::min(*until, *later)) : std::nullopt;
  }
  if (until && time < *until) {
    if (by == By::daemon) ++purged_;
    return;
  }
  const std::string who = by == By::server ? "the server" : "the daemon";
  complain(to_rfc3339(now) + " " + name + " lost sequence " + std::to_string(seq) + " of " +
           to_rfc3339(time) + " to " + who + "; " +
           (until ? "the boundary is " + to_rfc3339(*until) : "nothing of it may go"));
}

void MessageLedger::demand_all_gone(Nanoseconds late) {
  charge_server();
  const WallTime then = nats_.now() - late;
  for (const std::string& name : nats_.streams()) {
    const std::optional<KeepRule> mark = is_own(name) ? std::nullopt : mark_of(name);
    if (!mark || mark->kind != KeepRule::Kind::midnight) continue;
    WallTime until = limit(*mark, then).value_or(WallTime::min());
    if (const auto wanted = wanted_of(name); wanted && protects(*mark, *wanted))
      until = std::min(until, limit(*wanted, then).value_or(WallTime::min()));
    for (const auto& [seq, time] : copies_[name].messages) {
      if (time >= until) continue;
      complain(to_rfc3339(nats_.now()) + " " + name + " still has sequence " + std::to_string(seq) +
               " of " + to_rfc3339(time) + "; the boundary was " + to_rfc3339(until));
      break;
    }
  }
}

}  // namespace roomkeeper::testing
