#include "sidecar/hold_look.h"

#include <memory>
#include <utility>

namespace roomkeeper::sidecar {

namespace {

using nats::StreamSight;
using policies::Result;

struct Walk {
  nats::JetStream& js;
  nats::Priority priority;
  std::string stream;
  std::string copy;
  nats::Done<HoldLook> done;
  HoldLook look;
};
using Shared = std::shared_ptr<Walk>;

bool is_gone(const policies::Error& error) {
  return error.server_code == nats::server_code::stream_not_found;
}

/// False: the walk has ended with an error.
bool take(const Shared& walk, Result<StreamSight> seen, std::optional<StreamSight>& into) {
  if (seen) {
    into = std::move(*seen);
    return true;
  }
  if (is_gone(seen.error())) return true;
  walk->done(policies::pass(std::move(seen).error()));
  return false;
}

void compare_first(const Shared& walk) {
  const HoldLook& look = walk->look;
  const bool comparable = look.origin && look.copy && look.origin->stored.messages > 0 &&
                          look.copy->stored.messages > 0 &&
                          look.copy->stored.last_seq >= look.origin->stored.first_seq;
  if (!comparable) return walk->done(walk->look);
  const std::uint64_t first = look.origin->stored.first_seq;
  walk->js.message_from(walk->priority, walk->copy, first,
                        [walk, first](const Result<std::optional<nats::StoredMessage>>& message) {
                          if (!message && !is_gone(message.error()))
                            return walk->done(policies::pass(message.error()));
                          if (message && *message && (*message)->seq == first)
                            walk->look.same_first = (*message)->time;
                          walk->done(walk->look);
                        });
}

void see_copy(const Shared& walk) {
  nats::look_at_stream(walk->js, walk->priority, walk->copy, [walk](Result<StreamSight> seen) {
    if (take(walk, std::move(seen), walk->look.copy)) compare_first(walk);
  });
}

}  // namespace

policies::CoverVerdict HoldLook::cover(std::uint64_t up_to) const {
  if (!copy) return {.coverage = policies::Coverage::behind, .missing = 0, .why = "no copy"};
  if (!origin) return {.coverage = policies::Coverage::complete, .missing = 0, .why = {}};
  policies::CoverVerdict verdict =
      policies::check_cover(origin->stored, copy->stored, same_first, up_to);
  if (verdict.coverage != policies::Coverage::complete && !copy->mirror_error.empty())
    verdict.why += "; the server says: " + copy->mirror_error;
  return verdict;
}

void look_at_hold(nats::JetStream& js, nats::Priority priority, const std::string& stream,
                  const std::string& copy, nats::Done<HoldLook> done) {
  const auto walk = std::make_shared<Walk>(Walk{js, priority, stream, copy, std::move(done), {}});
  nats::look_at_stream(js, priority, stream, [walk](Result<StreamSight> seen) {
    if (take(walk, std::move(seen), walk->look.origin)) see_copy(walk);
  });
}

}  // namespace roomkeeper::sidecar
