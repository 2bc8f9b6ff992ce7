// Whole listings: the first page tells the total, the rest is asked for a few pages at a time.
#include <algorithm>
#include <memory>
#include <utility>

#include "sidecar/nats/jetstream.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::Result;

constexpr std::uint64_t pages_in_flight = 4;
/// A server that answers nonsense must not make us ask for ever.
constexpr std::uint64_t total_max = 10'000'000;

/// One listing on its way. Page: has `total` and `offset`; Items: what is kept of all pages.
template <class Page, class Traits>
struct Listing : std::enable_shared_from_this<Listing<Page, Traits>> {
  JetStream& js;
  Priority priority;
  typename Traits::Finish finish;
  typename Traits::Items items{};
  std::uint64_t total = 0;
  std::uint64_t step = 0;  ///< entries a page
  std::uint64_t next_offset = 0;
  std::uint64_t outstanding = 0;
  bool stable = true;
  bool ended = false;

  Listing(JetStream& used_js, Priority used_priority, typename Traits::Finish on_end)
      : js(used_js), priority(used_priority), finish(std::move(on_end)) {}

  void ask(std::uint64_t offset) {
    ++outstanding;
    Traits::ask(js, priority, offset, [self = this->shared_from_this(), offset](Result<Page> page) {
      self->take(offset, std::move(page));
    });
  }

  void take(std::uint64_t offset, Result<Page> page) {
    --outstanding;
    if (ended) return;
    if (!page) return end(policies::pass(std::move(page).error()));
    if (offset == 0) {
      total = page->total;
      step = Traits::count(*page);
      next_offset = step;
      if (total > total_max)
        return end(policies::fail(policies::ErrorCode::internal, "a listing without end"));
    }
    // An offset beyond the end is cut to it by the server: the listing has shrunk.
    if (page->total != total || page->offset != offset) stable = false;
    if (page->offset == offset) stable = Traits::keep(items, std::move(*page)) && stable;
    while (step > 0 && next_offset < total && outstanding < pages_in_flight) {
      ask(next_offset);
      next_offset += step;
    }
    if (outstanding == 0) end({});
  }

  void end(Result<> verdict) {
    ended = true;
    if (!verdict) return finish(policies::pass(std::move(verdict).error()));
    finish(Traits::close(std::move(items), total, stable));
  }
};

struct StreamTraitsOfListing {
  using Items = policies::ObservedStreams;
  using Finish = Done<policies::ObservedStreams>;
  static void ask(JetStream& js, Priority priority, std::uint64_t offset, Done<ListPage> done) {
    js.list(priority, offset, std::move(done));
  }
  static std::uint64_t count(const ListPage& page) {
    // Pages are steps of the server's limit also where it leaves missing streams out.
    return page.limit > 0 ? page.limit : page.streams.size();
  }
  static bool keep(Items& items, ListPage page) {
    if (page.offset == 0) items.server_time = page.server_time;
    items.streams.insert(items.streams.end(), std::make_move_iterator(page.streams.begin()),
                         std::make_move_iterator(page.streams.end()));
    return page.missing.empty();
  }
  static Items close(Items items, std::uint64_t total, bool stable) {
    auto& streams = items.streams;
    std::sort(streams.begin(), streams.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    const auto twice =
        std::adjacent_find(streams.begin(), streams.end(),
                           [](const auto& a, const auto& b) { return a.name == b.name; });
    items.complete = stable && streams.size() == total && twice == streams.end();
    // One that moved between pages is seen twice; the listing is not complete, and still has each
    // name once.
    streams.erase(std::unique(streams.begin(), streams.end(),
                              [](const auto& a, const auto& b) { return a.name == b.name; }),
                  streams.end());
    return items;
  }
};

struct NameTraitsOfListing {
  using Items = std::vector<std::string>;
  using Finish = Done<JetStream::AllNames>;
  static void ask(JetStream& js, Priority priority, std::uint64_t offset, Done<NamesPage> done) {
    js.names(priority, offset, {}, std::move(done));
  }
  static std::uint64_t count(const NamesPage& page) { return page.names.size(); }
  static bool keep(Items& items, NamesPage page) {
    items.insert(items.end(), std::make_move_iterator(page.names.begin()),
                 std::make_move_iterator(page.names.end()));
    return true;
  }
  static JetStream::AllNames close(Items items, std::uint64_t total, bool stable) {
    std::sort(items.begin(), items.end());
    const bool counted = items.size() == total;
    const auto end = std::unique(items.begin(), items.end());
    const bool once = end == items.end();
    items.erase(end, items.end());
    return {std::move(items), stable && counted && once};
  }
};

}  // namespace

void JetStream::list_all(Priority priority, Done<policies::ObservedStreams> done) {
  std::make_shared<Listing<ListPage, StreamTraitsOfListing>>(*this, priority, std::move(done))
      ->ask(0);
}

void JetStream::names_all(Priority priority, Done<AllNames> done) {
  std::make_shared<Listing<NamesPage, NameTraitsOfListing>>(*this, priority, std::move(done))
      ->ask(0);
}

}  // namespace roomkeeper::sidecar::nats
