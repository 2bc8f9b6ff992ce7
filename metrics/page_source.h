// Port: where the status page's data comes from.
//
// The endpoint's threads ask; whoever knows (the daemon, on its own thread) answers.
#ifndef ROOMKEEPER_METRICS_PAGE_SOURCE_H_
#define ROOMKEEPER_METRICS_PAGE_SOURCE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "policies/result.h"

namespace roomkeeper::metrics {

enum class PageSubject : std::uint8_t { status, rooms };

/// Texts are a stranger's, each at most page_value_max bytes.
struct PageQuestion {
  PageSubject subject = PageSubject::status;
  std::string match;   ///< rooms: glob on the id, or part of the title; empty: all
  std::string state;   ///< rooms: only those in it; empty: all
  std::string sort;    ///< rooms: as room.ls
  std::string cursor;  ///< rooms: where the page before ended
};
inline constexpr std::size_t page_value_max = 512;

/// Takes JSON, or an error: invalid (the question), limit, unavailable. Any thread, at most once;
/// may come after nobody waits any more.
using PageAnswer = std::function<void(policies::Result<std::string>)>;
/// Must not block. False: there is no room for another question, and `answer` is dropped.
using PageSource = std::function<bool(PageQuestion question, PageAnswer answer)>;

}  // namespace roomkeeper::metrics

#endif  // ROOMKEEPER_METRICS_PAGE_SOURCE_H_
