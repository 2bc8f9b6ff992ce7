#include "sidecar/move_copier.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "policies/rfc3339.h"

namespace roomkeeper::sidecar {
namespace {

using nats::Priority;
using nats::PubAck;
using nats::WholeMessage;
using policies::Error;
using policies::ErrorCode;
using policies::Result;
using policies::WallTime;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_like(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

bool is_like(std::string_view text, std::string_view name) {
  return text.size() == name.size() && begins_like(text, name);
}

std::size_t size_of(const WholeMessage& message) {
  std::size_t bytes = message.data.size() + message.subject.size();
  for (const auto& [key, value] : message.headers) bytes += key.size() + value.size();
  return bytes;
}

}  // namespace

std::string_view user_of(std::string_view subject) {
  const std::size_t dot = subject.rfind('.');
  return dot == std::string_view::npos ? subject : subject.substr(dot + 1);
}

std::size_t content_of(const WholeMessage& message) {
  return std::hash<std::string>{}(std::string(user_of(message.subject)) + '\n' + message.data);
}

std::optional<MovedFrom> parse_moved(std::string_view value) {
  const std::size_t blank = value.rfind(' ');
  if (blank == std::string_view::npos || blank == 0) return std::nullopt;
  const std::string_view digits = value.substr(blank + 1);
  MovedFrom from{.stream = std::string(value.substr(0, blank))};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), from.seq);
  if (error != std::errc{} || end != digits.data() + digits.size() || from.seq == 0)
    return std::nullopt;
  return from;
}

Headers copy_headers(const Headers& headers, const MovedFrom& from, WallTime original) {
  Headers copy;
  for (const auto& [key, value] : headers) {
    if (begins_like(key, "Nats-") || is_like(key, moved_header) || is_like(key, moved_time_header))
      continue;
    copy.emplace_back(key, value);
  }
  copy.emplace_back(moved_header, from.stream + " " + std::to_string(from.seq));
  copy.emplace_back(moved_time_header, policies::format_rfc3339(original));
  return copy;
}

MoveCopier::MoveCopier(Runtime& runtime, MessageBus& bus, nats::JetStream& js, Pace& pace,
                       CopyRoute route, Tellers tellers)
    : runtime_(runtime),
      bus_(bus),
      js_(js),
      pace_(pace),
      route_(std::move(route)),
      tellers_(std::move(tellers)) {}

void MoveCopier::run(std::uint64_t cursor, std::deque<Copied> known, std::uint64_t last_copy,
                     std::size_t window, std::string id_stem) {
  ++run_;
  running_ = true;
  at_end_ = silent_ = gap_ = false;
  error_.reset();
  read_.reset();
  cursor_ = cursor;
  known_ = std::move(known);
  last_copy_ = last_copy;
  window_ = window;
  id_stem_ = std::move(id_stem);
  read_next();
}

void MoveCopier::stop() {
  running_ = false;
  silent_ = true;
  read_.reset();
  runtime_.loop.cancel(timer_);
  timer_ = 0;
}

// --- reading

void MoveCopier::read_next() {
  if (!running_ || reading_ || read_ || at_end_ || error_) return;
  const policies::MonoTime now = runtime_.clock.mono();
  if (!pace_.take(now)) {
    if (timer_ != 0) return;
    timer_ = runtime_.loop.run_after(pace_.wait(now), lifetime_.guard([this] {
      timer_ = 0;
      read_next();
    }));
    return;
  }
  reading_ = true;
  nats::whole_message_from(js_, Priority::list, route_.from_stream, cursor_ + 1, route_.from_filter,
                           lifetime_.guard([this, run = run_](auto read) {
                             reading_ = false;
                             if (run == run_ && running_) return took(std::move(read));
                             // An answer to what was asked before stop().
                             if (running_) read_next();
                           }));
}

void MoveCopier::took(Result<std::optional<WholeMessage>> read) {
  if (!read) return stand_still(std::move(read).error(), false);
  if (!*read) {
    pace_.give_back();
    at_end_ = true;
    // The originals of these are gone since; the copies are there.
    for (const Copied& copy : std::exchange(known_, {})) {
      last_copy_ = std::max(last_copy_, copy.copy_seq);
      tellers_.copied(copy);
    }
    return end_if_idle();
  }
  WholeMessage message = std::move(**read);
  if (message.seq <= cursor_) {
    return stand_still({ErrorCode::internal, "the server gave a message twice", 0}, false);
  }
  const std::uint64_t seq = message.seq;
  if (is_known(message)) {
    cursor_ = seq;
    return read_next();
  }
  if (gap_) {
    return stand_still({ErrorCode::conflict,
                        "message " + std::to_string(seq) + " of " + route_.from_stream +
                            " is missing among its copies",
                        0},
                       true);
  }
  cursor_ = seq;
  read_ = std::move(message);
  publish_read();
}

/// Copies that were made before, and of which the answer was lost.
bool MoveCopier::is_known(const WholeMessage& message) {
  while (!known_.empty() && known_.front().origin_seq <= message.seq) {
    const Copied copy = known_.front();
    known_.pop_front();
    const bool is_this = copy.origin_seq == message.seq;
    if (is_this && copy.content != content_of(message)) continue;  // somebody wrote our header
    last_copy_ = std::max(last_copy_, copy.copy_seq);
    tellers_.copied(copy);
    if (is_this) return true;
  }
  if (known_.empty()) return false;
  const WallTime original = tellers_.original_of(message);
  gap_ = !tellers_.is_gone(original);
  return false;
}

// --- publishing

bool MoveCopier::has_room(std::size_t bytes) const {
  if (pending_.empty()) return true;
  return pending_.size() < window_ && pending_bytes_ + bytes <= copy_window_bytes;
}

void MoveCopier::publish_read() {
  if (!read_ || !running_ || error_ || !runtime_.may_act()) return;
  const WallTime original = tellers_.original_of(*read_);
  if (tellers_.is_gone(original)) {
    const std::uint64_t seq = read_->seq;
    read_.reset();
    pending_.push_back({.copied = {.origin_seq = seq, .original = original}, .answered = true});
    settle();
    return read_next();
  }
  const std::size_t bytes = size_of(*read_);
  if (!has_room(bytes)) return;  // settle() comes back to it
  const WholeMessage message = *std::exchange(read_, std::nullopt);
  pending_.push_back({.copied = {.origin_seq = message.seq, .original = original}, .bytes = bytes});
  pending_bytes_ += bytes;
  Headers headers =
      copy_headers(message.headers, {.stream = route_.from_stream, .seq = message.seq}, original);
  if (!id_stem_.empty())
    headers.emplace_back("Nats-Msg-Id", id_stem_ + std::to_string(message.seq));
  bus_.request(route_.to_prefix + std::string(user_of(message.subject)), message.data, headers,
               runtime_.config->nats.request_timeout,
               lifetime_.guard([this, seq = message.seq](const Result<Message>& reply) {
                 acknowledged(seq, reply);
               }));
  read_next();
}

void MoveCopier::acknowledged(std::uint64_t origin_seq, const Result<Message>& reply) {
  const auto found = std::find_if(
      pending_.begin(), pending_.end(),
      [origin_seq](const Pending& pending) { return pending.copied.origin_seq == origin_seq; });
  if (found == pending_.end()) return;
  found->answered = true;
  const Result<PubAck> ack = nats::parse_puback(reply);
  if (!ack) {
    if (!error_) error_ = ack.error();
  } else if (ack->stream != route_.to_stream) {
    error_ = Error{ErrorCode::conflict, "stream " + ack->stream + " has stored a copy", 0};
  } else {
    found->copied.copy_seq = ack->seq;
  }
  settle();
}

/// Tells of what was answered, in order. Behind a failure nothing is told: what became of it is
/// looked up.
void MoveCopier::settle() {
  while (!pending_.empty() && pending_.front().answered && !error_) {
    const Pending front = pending_.front();
    const bool is_copy = front.bytes > 0;
    if (is_copy && front.copied.copy_seq <= last_copy_) {
      error_ = Error{ErrorCode::conflict, "a copy was stored before one that was sent earlier", 0};
      break;
    }
    pending_.pop_front();
    pending_bytes_ -= front.bytes;
    if (is_copy) last_copy_ = front.copied.copy_seq;
    tellers_.copied(front.copied);
  }
  if (error_) {
    const bool all_answered = std::all_of(pending_.begin(), pending_.end(),
                                          [](const Pending& pending) { return pending.answered; });
    if (!all_answered) return;
    return stand_still(*std::exchange(error_, std::nullopt), gap_);
  }
  if (read_) publish_read();
  end_if_idle();
}

void MoveCopier::stand_still(Error error, bool gap) {
  if (std::any_of(pending_.begin(), pending_.end(),
                  [](const Pending& pending) { return !pending.answered; })) {
    error_ = std::move(error);  // told when the last answer is there
    gap_ = gap;
    return;
  }
  pending_.clear();
  pending_bytes_ = 0;
  read_.reset();
  known_.clear();
  running_ = false;
  runtime_.loop.cancel(timer_);
  timer_ = 0;
  if (!silent_) tellers_.trouble(error, gap);
}

void MoveCopier::end_if_idle() {
  if (!running_ || !at_end_ || !pending_.empty() || error_) return;
  running_ = false;
  tellers_.caught_up();
}

}  // namespace roomkeeper::sidecar
