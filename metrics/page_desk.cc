#include "metrics/page_desk.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace roomkeeper::metrics {

using policies::ErrorCode;
using policies::fail;
using policies::Result;

namespace {

/// One question: who asked waits at it, who answers comes to it whenever.
struct Window {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<Result<std::string>> answer;
};

}  // namespace

struct PageDesk::Room {
  std::mutex mutex;
  int outstanding = 0;
};

PageDesk::PageDesk(PageSource source, policies::Nanoseconds longest)
    : source_(std::move(source)), longest_(longest), room_(std::make_shared<Room>()) {}

Result<std::string> PageDesk::ask(PageQuestion question) {
  {
    const std::lock_guard lock(room_->mutex);
    if (room_->outstanding >= outstanding_max)
      return fail(ErrorCode::limit, "too many ask at once; try again in a moment");
    ++room_->outstanding;
  }
  // The place is given back when nobody can answer any more, not when the waiting ends: a source
  // that has stopped answering is not given question after question.
  const auto window = std::shared_ptr<Window>(new Window(), [room = room_](Window* done) {
    delete done;
    const std::lock_guard lock(room->mutex);
    --room->outstanding;
  });
  const bool taken = source_(std::move(question), [window](Result<std::string> answer) {
    const std::lock_guard lock(window->mutex);
    window->answer = std::move(answer);
    window->answered.notify_one();
  });
  if (!taken) return fail(ErrorCode::limit, "Roomkeeper is too busy to answer");
  std::unique_lock lock(window->mutex);
  if (!window->answered.wait_for(lock, longest_, [&window] { return window->answer.has_value(); }))
    return fail(ErrorCode::timeout, "Roomkeeper's control thread does not answer");
  return std::move(*window->answer);
}

}  // namespace roomkeeper::metrics
