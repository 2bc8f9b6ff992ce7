#include "sidecar/message_selection.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "sidecar/nats/message_count.h"

namespace roomkeeper::sidecar {
namespace {

using nats::Done;
using policies::pass;
using policies::Result;
using policies::StoredRange;

/// No sequence is missing between the first and the last.
bool is_gapless(const StoredRange& stored) {
  return stored.messages > 0 && stored.last_seq >= stored.first_seq &&
         stored.messages - 1 == stored.last_seq - stored.first_seq;
}

/// Messages of `filter` with from <= sequence < to. The end is asked for last: what comes in
/// meanwhile can only make the answer smaller, and so more is kept.
void count_between(nats::JetStream& js, nats::Priority priority, const std::string& stream,
                   const std::string& filter, std::uint64_t from, std::uint64_t to,
                   Done<std::uint64_t> done) {
  nats::count_messages(
      js, priority, stream, filter, from,
      [&js, priority, stream, filter, to, done = std::move(done)](Result<std::uint64_t> all) {
        if (!all) return done(pass(std::move(all).error()));
        nats::count_messages(js, priority, stream, filter, to,
                             [all = *all, done](Result<std::uint64_t> stay) {
                               if (!stay) return done(pass(std::move(stay).error()));
                               done(all - std::min(all, *stay));
                             });
      });
}

/// Looks for the largest sequence from which on at least `keep` messages stand before `end`: ever
/// larger steps back from the end, then the middle of what is left.
class KeepSearch : public std::enable_shared_from_this<KeepSearch> {
 public:
  KeepSearch(nats::JetStream& js, nats::Priority priority, const policies::ObservedStream& stream,
             const MessageSelection& selection, std::uint64_t end, Done<std::uint64_t> done)
      : js_(js),
        priority_(priority),
        stream_(stream.name),
        filter_(selection.filter),
        keep_(selection.keep),
        first_(stream.stored.first_seq),
        end_(end),
        too_few_(end),
        span_(selection.keep),
        done_(std::move(done)) {}

  void start() {
    if (end_ - first_ <= keep_) return done_(0);
    nats::count_messages(js_, priority_, stream_, filter_, end_,
                         [self = shared_from_this()](Result<std::uint64_t> newer) {
                           if (!newer) return self->done_(pass(std::move(newer).error()));
                           self->newer_ = *newer;
                           self->probe(self->end_ - self->span_);
                         });
  }

 private:
  void probe(std::uint64_t from) {
    nats::count_messages(js_, priority_, stream_, filter_, from,
                         [self = shared_from_this(), from](Result<std::uint64_t> all) {
                           if (!all) return self->done_(pass(std::move(all).error()));
                           self->compare(from, *all);
                         });
  }

  /// What came in between two counts makes both together wrong: then they are counted again, a few
  /// times, and at last too few are taken to stand before the end, so that more is kept.
  void compare(std::uint64_t from, std::uint64_t all) {
    nats::count_messages(js_, priority_, stream_, filter_, end_,
                         [self = shared_from_this(), from, all](Result<std::uint64_t> newer) {
                           if (!newer) return self->done_(pass(std::move(newer).error()));
                           const bool calm = std::exchange(self->newer_, *newer) == *newer;
                           if (!calm && self->recounts_ > 0) {
                             --self->recounts_;
                             return self->probe(from);
                           }
                           self->judge(from, all - std::min(all, *newer));
                         });
  }

  void judge(std::uint64_t from, std::uint64_t count) {
    if (count == keep_) return done_(from > first_ ? from : 0);
    if (count >= keep_) {
      enough_ = from;
    } else {
      too_few_ = from;
    }
    if (enough_ == 0) {
      if (from == first_) return done_(0);  // all of them are kept
      span_ = std::min(span_ * 2, end_ - first_);
      return probe(end_ - span_);
    }
    if (too_few_ - enough_ <= 1) return done_(enough_ > first_ ? enough_ : 0);
    probe(enough_ + (too_few_ - enough_) / 2);
  }

  nats::JetStream& js_;
  nats::Priority priority_;
  std::string stream_;
  std::string filter_;
  std::uint64_t keep_;
  std::uint64_t first_;
  std::uint64_t end_;
  std::uint64_t enough_ = 0;  ///< from here on at least `keep`; 0: not known yet
  std::uint64_t too_few_;     ///< from here on fewer
  std::uint64_t span_;
  std::uint64_t newer_ = 0;  ///< from the end on, when it was last counted
  int recounts_ = 10;        ///< left
  Done<std::uint64_t> done_;
};

void leave_out_kept(nats::JetStream& js, nats::Priority priority,
                    const policies::ObservedStream& stream, const MessageSelection& selection,
                    std::uint64_t end, Done<std::uint64_t> done) {
  const StoredRange& stored = stream.stored;
  if (selection.before_seq != 0) end = std::min(end, selection.before_seq);
  if (end <= stored.first_seq) return done(0);
  if (selection.keep == 0) return done(end);
  if (end - stored.first_seq <= selection.keep) return done(0);
  if (selection.filter.empty() && is_gapless(stored)) return done(end - selection.keep);
  std::make_shared<KeepSearch>(js, priority, stream, selection, end, std::move(done))->start();
}

}  // namespace

void find_selection_end(nats::JetStream& js, nats::Priority priority,
                        const policies::ObservedStream& stream, const MessageSelection& selection,
                        Done<std::uint64_t> done) {
  const policies::CutPlan cut = policies::plan_cut(stream.stored, selection.limit);
  switch (cut.kind) {
    case policies::CutKind::nothing:
      return done(0);
    case policies::CutKind::all:
      return leave_out_kept(js, priority, stream, selection, cut.cut, std::move(done));
    case policies::CutKind::look_up:
      break;
  }
  nats::find_cut(
      js, priority, stream.name, stream.stored, selection.limit,
      [&js, priority, stream, selection, done = std::move(done)](Result<nats::Cut> found) {
        if (!found) return done(pass(std::move(found).error()));
        leave_out_kept(js, priority, stream, selection, found->seq, done);
      });
}

void count_selection(nats::JetStream& js, nats::Priority priority,
                     const policies::ObservedStream& stream, const MessageSelection& selection,
                     Done<std::uint64_t> done) {
  find_selection_end(
      js, priority, stream, selection,
      [&js, priority, name = stream.name, stored = stream.stored, filter = selection.filter,
       done = std::move(done)](Result<std::uint64_t> end) {
        if (!end || *end == 0 || *end <= stored.first_seq)
          return done(end ? Result<std::uint64_t>(0) : pass(std::move(end).error()));
        if (filter.empty() && *end == stored.last_seq + 1) return done(stored.messages);
        if (filter.empty() && is_gapless(stored)) return done(*end - stored.first_seq);
        count_between(js, priority, name, filter, 0, *end, done);
      });
}

}  // namespace roomkeeper::sidecar
