#include "tests/support/fake_stream.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

namespace {

using policies::WallTime;

std::string_view header_of(const sidecar::Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

bool over(std::uint64_t value, std::int64_t limit) {
  return limit >= 0 && value > static_cast<std::uint64_t>(limit);
}

bool matches(std::string_view filter, std::string_view subject) {
  return filter.empty() || filter == ">" || filter == subject || pattern_matches(filter, subject);
}

}  // namespace

std::string wire_headers(const sidecar::Headers& headers) {
  if (headers.empty()) return {};
  std::string text = "NATS/1.0\r\n";
  for (const auto& [key, value] : headers)
    text.append(key).append(": ").append(value).append("\r\n");
  return text + "\r\n";
}

FakeStream::FakeStream(FakeStreamConfig config, WallTime created)
    : config_(std::move(config)), created_(created) {
  if (config_.first_seq > 0) {
    first_seq_ = config_.first_seq;
    last_seq_ = config_.first_seq - 1;
  }
}

std::optional<WallTime> FakeStream::first_time() const {
  if (messages_.empty()) return std::nullopt;
  return messages_.begin()->second.time;
}

std::optional<WallTime> FakeStream::last_time() const {
  return last_time_;
}

std::uint64_t FakeStream::deleted() const {
  if (last_seq_ < first_seq_ || first_seq_ == 0) return 0;
  return last_seq_ - first_seq_ + 1 - messages_.size();
}

std::set<std::uint64_t> FakeStream::deleted_sequences() const {
  std::set<std::uint64_t> result;
  if (first_seq_ == 0) return result;
  for (std::uint64_t seq = first_seq_; seq <= last_seq_; ++seq) {
    if (messages_.count(seq) == 0) result.insert(seq);
  }
  return result;
}

std::map<std::string, std::uint64_t> FakeStream::subjects(std::string_view filter) const {
  std::map<std::string, std::uint64_t> result;
  for (const auto& [subject, sequences] : by_subject_) {
    if (matches(filter, subject)) result.emplace(subject, sequences.size());
  }
  return result;
}

std::uint64_t FakeStream::size_of(const FakeMessage& message) const {
  const std::uint64_t head = wire_headers(message.headers).size();
  const std::uint64_t body = message.subject.size() + message.data.size() + head;
  if (config_.memory) return body + 16;
  return body + 30 + (head > 0 ? 4 : 0);
}

ApiResult<> FakeStream::check_expected(const std::string& subject,
                                       const sidecar::Headers& headers) const {
  const auto stream = header_of(headers, "Nats-Expected-Stream");
  if (!stream.empty() && stream != config_.name)
    return api_fail(400, 10060, "expected stream does not match");
  const auto wrong = [](std::uint64_t last) {
    return api_fail(400, 10071, "wrong last sequence: " + std::to_string(last));
  };
  if (const auto expected = number(header_of(headers, "Nats-Expected-Last-Sequence"))) {
    if (*expected != last_seq_) return wrong(last_seq_);
  }
  if (const auto expected = number(header_of(headers, "Nats-Expected-Last-Subject-Sequence"))) {
    const auto found = by_subject_.find(subject);
    const std::uint64_t last = found == by_subject_.end() ? 0 : *found->second.rbegin();
    if (*expected != last) return wrong(last);
  }
  const auto last_id = header_of(headers, "Nats-Expected-Last-Msg-Id");
  if (!last_id.empty() && last_id != last_message_id_) {
    return api_fail(400, 10070, "wrong last msg ID: " + last_message_id_);
  }
  return {};
}

ApiResult<> FakeStream::check_limits(const std::string& subject, std::uint64_t size,
                                     std::string_view data) const {
  if (over(data.size(), config_.max_msg_size))
    return api_fail(400, 10054, "message size exceeds maximum allowed");
  if (!config_.discard_new) return {};
  const auto found = by_subject_.find(subject);
  const bool subject_full =
      config_.max_msgs_per_subject > 0 && found != by_subject_.end() &&
      found->second.size() >= static_cast<std::uint64_t>(config_.max_msgs_per_subject);
  if (subject_full && config_.discard_new_per_subject) {
    return api_fail(503, 10077, "maximum messages per subject exceeded");
  }
  if (!subject_full && over(messages_.size() + 1, config_.max_msgs)) {
    return api_fail(503, 10077, "maximum messages exceeded");
  }
  if (!subject_full && over(bytes_ + size, config_.max_bytes)) {
    return api_fail(503, 10077, "maximum bytes exceeded");
  }
  return {};
}

std::optional<std::uint64_t> FakeStream::duplicate_of(std::string_view id, WallTime now) {
  while (!message_id_ages_.empty() &&
         message_id_ages_.front().first + config_.duplicate_window <= now) {
    message_ids_.erase(message_id_ages_.front().second);
    message_id_ages_.pop_front();
  }
  const auto found = message_ids_.find(std::string(id));
  if (found == message_ids_.end()) return std::nullopt;
  return found->second;
}

ApiResult<FakeStored> FakeStream::store(const std::string& subject, const sidecar::Headers& headers,
                                        std::string_view data, WallTime now) {
  expire(now);
  if (config_.sealed) return api_fail(400, 10109, "invalid operation on sealed stream");
  const auto id = header_of(headers, "Nats-Msg-Id");
  if (!id.empty()) {
    if (const auto earlier = duplicate_of(id, now)) return FakeStored{*earlier, true};
  }
  if (auto expected = check_expected(subject, headers); !expected)
    return tl::unexpected(expected.error());
  if (!header_of(headers, "Nats-Rollup").empty() && !config_.allow_rollup) {
    return api_fail(400, 10111, "rollup not permitted");
  }
  FakeMessage message{last_seq_ + 1, subject, headers, std::string(data), now};
  const std::uint64_t size = size_of(message);
  if (auto fits = check_limits(subject, size, data); !fits) return tl::unexpected(fits.error());
  const std::uint64_t seq = message.seq;
  add(std::move(message));
  last_message_id_ = id;
  if (!id.empty()) {
    message_ids_[std::string(id)] = seq;
    message_id_ages_.emplace_back(now, id);
  }
  roll_up(subject, headers);
  enforce_subject_limit(subject);
  enforce_limits(now);
  return FakeStored{seq, false};
}

void FakeStream::add(FakeMessage message) {
  const std::uint64_t seq = message.seq;
  last_seq_ = seq;
  if (messages_.empty()) first_seq_ = seq;
  last_time_ = message.time;
  bytes_ += size_of(message);
  by_subject_[message.subject].insert(seq);
  messages_.emplace(seq, std::move(message));
}

void FakeStream::copy(const FakeMessage& message) {
  add(message);
  enforce_subject_limit(message.subject);
  enforce_limits(message.time);
}

void FakeStream::roll_up(const std::string& subject, const sidecar::Headers& headers) {
  const auto what = header_of(headers, "Nats-Rollup");
  if (what == "all") purge({}, last_seq_, 0);
  if (what == "sub") purge(subject, last_seq_, 0);
}

void FakeStream::enforce_subject_limit(const std::string& subject) {
  if (config_.max_msgs_per_subject <= 0) return;
  auto found = by_subject_.find(subject);
  while (found != by_subject_.end() &&
         found->second.size() > static_cast<std::uint64_t>(config_.max_msgs_per_subject)) {
    erase(*found->second.begin());
    found = by_subject_.find(subject);
  }
}

void FakeStream::enforce_limits(WallTime now) {
  while (!messages_.empty() &&
         (over(messages_.size(), config_.max_msgs) || over(bytes_, config_.max_bytes))) {
    erase(messages_.begin()->first);
  }
  expire(now);
}

void FakeStream::expire(WallTime now) {
  if (config_.max_age <= policies::Nanoseconds::zero()) return;
  while (!messages_.empty() && messages_.begin()->second.time + config_.max_age <= now) {
    erase(messages_.begin()->first);
  }
}

void FakeStream::reconfigure(FakeStreamConfig config, WallTime now, bool all_limits) {
  const bool lowered = config.max_msgs_per_subject < config_.max_msgs_per_subject;
  config_ = std::move(config);
  std::vector<std::string> names;
  if (all_limits || lowered) {
    for (const auto& entry : by_subject_) names.push_back(entry.first);
  }
  for (const auto& name : names) enforce_subject_limit(name);
  enforce_limits(now);
}

const FakeMessage* FakeStream::at(std::uint64_t seq) const {
  const auto found = messages_.find(seq);
  return found == messages_.end() ? nullptr : &found->second;
}

const FakeMessage* FakeStream::from(std::uint64_t seq, std::string_view filter) const {
  for (auto it = messages_.lower_bound(seq); it != messages_.end(); ++it) {
    if (matches(filter, it->second.subject)) return &it->second;
  }
  return nullptr;
}

const FakeMessage* FakeStream::from_time(WallTime time, std::string_view filter) const {
  for (const auto& [seq, message] : messages_) {
    if (message.time >= time && matches(filter, message.subject)) return &message;
  }
  return nullptr;
}

const FakeMessage* FakeStream::last_of(std::string_view filter) const {
  const auto sequences = last_per_subject(filter);
  return sequences.empty() ? nullptr : at(*sequences.rbegin());
}

std::set<std::uint64_t> FakeStream::last_per_subject(std::string_view filter) const {
  std::set<std::uint64_t> result;
  for (const auto& [subject, sequences] : by_subject_) {
    if (matches(filter, subject)) result.insert(*sequences.rbegin());
  }
  return result;
}

bool FakeStream::erase(std::uint64_t seq) {
  const auto found = messages_.find(seq);
  if (found == messages_.end()) return false;
  bytes_ -= size_of(found->second);
  const auto subject = by_subject_.find(found->second.subject);
  subject->second.erase(seq);
  if (subject->second.empty()) by_subject_.erase(subject);
  messages_.erase(found);
  settle_first();
  return true;
}

void FakeStream::settle_first() {
  first_seq_ = messages_.empty() ? last_seq_ + 1 : messages_.begin()->first;
}

std::uint64_t FakeStream::purge(std::string_view filter, std::uint64_t up_to, std::uint64_t keep) {
  const bool all = filter.empty() || filter == ">";
  const std::uint64_t end = up_to == 0 ? std::numeric_limits<std::uint64_t>::max() : up_to;
  std::vector<std::uint64_t> doomed;
  for (const auto& [seq, message] : messages_) {
    if (seq >= end) break;
    if (matches(filter, message.subject)) doomed.push_back(seq);
  }
  doomed.resize(doomed.size() - std::min<std::size_t>(doomed.size(), keep));
  for (const std::uint64_t seq : doomed) erase(seq);
  if (messages_.empty() && all && keep == 0) {
    if (up_to > last_seq_ + 1) last_seq_ = up_to - 1;
    settle_first();
  }
  return doomed.size();
}

}  // namespace roomkeeper::testing
