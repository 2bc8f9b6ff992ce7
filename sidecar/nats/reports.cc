#include "sidecar/nats/reports.h"

#include <utility>

namespace roomkeeper::sidecar::nats {
namespace {

constexpr std::size_t waiting_max = 65'536;
constexpr std::size_t bytes_max = 64UL * 1024 * 1024;
/// Reports handled in one task, so that a flood does not hold up timers and other tasks.
constexpr std::size_t drain_max = 64;

std::size_t size_of(const Report& report) {
  const auto* delivery = std::get_if<Delivery>(&report);
  return delivery == nullptr ? 0 : delivery->message.data.size() + delivery->message.subject.size();
}

}  // namespace

Reports::Reports(EventLoop& loop, Handler handler) : loop_(&loop), handler_(std::move(handler)) {}

bool Reports::push(Report report) {
  const std::lock_guard lock(mutex_);
  if (loop_ == nullptr) return true;
  const std::size_t size = size_of(report);
  const bool is_delivery = std::holds_alternative<Delivery>(report);
  if (is_delivery && (waiting_.size() >= waiting_max || bytes_ + size > bytes_max)) {
    ++dropped_;
  } else {
    bytes_ += size;
    waiting_.push_back(std::move(report));
  }
  schedule_locked();
  return scheduled_;
}

bool Reports::needs_retry() {
  const std::lock_guard lock(mutex_);
  return loop_ != nullptr && !scheduled_ && !waiting_.empty();
}

void Reports::retry() {
  const std::lock_guard lock(mutex_);
  schedule_locked();
}

void Reports::close() {
  Handler dropped;
  const std::lock_guard lock(mutex_);
  loop_ = nullptr;
  waiting_.clear();
  dropped.swap(handler_);
}

void Reports::schedule_locked() {
  if (loop_ == nullptr || scheduled_ || (waiting_.empty() && dropped_ == 0)) return;
  scheduled_ = loop_->post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->drain();
  });
}

void Reports::drain() {
  std::deque<Report> batch;
  std::uint64_t dropped = 0;
  {
    const std::lock_guard lock(mutex_);
    if (loop_ == nullptr) return;
    while (!waiting_.empty() && batch.size() < drain_max) {
      bytes_ -= size_of(waiting_.front());
      batch.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    dropped = std::exchange(dropped_, 0);
    scheduled_ = false;
    schedule_locked();
  }
  // A handler may end the connection, and this with it.
  const auto self = shared_from_this();
  const Handler handler = handler_;
  if (dropped > 0) {
    handler(Trouble{Trouble::Kind::dropped, "the loop was too slow for its messages", dropped});
  }
  for (Report& report : batch) {
    if (!handler_) return;
    handler(std::move(report));
  }
}

}  // namespace roomkeeper::sidecar::nats
