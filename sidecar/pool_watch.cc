#include "sidecar/pool_watch.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "sidecar/nats/room_count.h"
#include "sidecar/nats/subject_pages.h"

namespace roomkeeper::sidecar {
namespace {

using nats::Priority;
using policies::ObservedStream;
using policies::PoolContents;
using policies::PooledStored;
using policies::Result;
using policies::StoredRange;
using namespace std::chrono_literals;

constexpr policies::Nanoseconds count_interval = 10s;
/// Newest messages: so many every so often, 500 a second.
constexpr policies::Nanoseconds ask_interval = 20ms;
constexpr std::size_t asked_at_once = 10;

bool same(const StoredRange& a, const StoredRange& b) {
  return a.messages == b.messages && a.first_seq == b.first_seq && a.last_seq == b.last_seq &&
         a.created == b.created;
}

/// Sums up subjects by their room.
struct Tally {
  std::unordered_map<std::string, std::uint64_t> rooms;

  std::vector<PooledStored> sorted() {
    std::vector<PooledStored> list;
    list.reserve(rooms.size());
    for (auto& [room, messages] : rooms) {
      if (messages > 0)
        list.push_back({.room = room, .messages = messages, .last_ts = {}, .last_seq = 0});
    }
    std::sort(list.begin(), list.end(),
              [](const PooledStored& a, const PooledStored& b) { return a.room < b.room; });
    return list;
  }
};

}  // namespace

struct PoolWatch::Round {
  std::size_t open = 0;
  std::function<void()> done;
};

void PoolWatch::leave(const std::shared_ptr<Round>& round) {
  if (--round->open == 0) round->done();
}

PoolWatch::PoolWatch(Runtime& runtime, nats::JetStream& js, Inventory& inventory,
                     policies::PoolContentsByStream& contents)
    : runtime_(runtime), js_(js), inventory_(inventory), contents_(contents) {}

void PoolWatch::stop() {
  runtime_.loop.cancel(timer_);
  timer_ = 0;
}

bool PoolWatch::is_due(const ObservedStream& stream) const {
  const auto counted = counted_.find(stream.name);
  if (counted == counted_.end()) return true;
  return !same(counted->second.stored, stream.stored) &&
         runtime_.clock.mono() - counted->second.at >= count_interval;
}

void PoolWatch::look(std::function<void()> done) {
  ask_soon();  // what was left when the connection was lost
  std::vector<std::string> due;
  std::vector<std::string> there;
  const std::vector<ObservedStream>& streams = inventory_.streams().streams;
  const std::string& prefix = runtime_.names().pool_prefix;
  auto stream = std::lower_bound(
      streams.begin(), streams.end(), prefix,
      [](const ObservedStream& s, const std::string& first) { return s.name < first; });
  for (; stream != streams.end() && stream->name.starts_with(prefix); ++stream) {
    const auto& mark = stream->config.mark;
    if (!mark || mark->instance != runtime_.config->instance || !mark->is_pool()) continue;
    there.push_back(stream->name);
    if (is_due(*stream)) due.push_back(stream->name);
  }
  if (inventory_.streams().complete) {
    const auto is_gone = [&there](const auto& entry) {
      return !std::binary_search(there.begin(), there.end(), entry.first);
    };
    std::erase_if(contents_, is_gone);
    std::erase_if(counted_, is_gone);
  }
  if (due.empty()) return done();
  const auto round = std::make_shared<Round>(Round{due.size(), std::move(done)});
  for (const std::string& name : due) count(name, round);
}

void PoolWatch::count(const std::string& stream, const std::shared_ptr<Round>& round) {
  const Counted counted{.stored = inventory_.streams().find(stream)->stored,
                        .at = runtime_.clock.mono()};
  const std::string pool = runtime_.names().pool_of_stream(stream).value_or("");
  const auto tally = std::make_shared<Tally>();
  const policies::Names names = runtime_.names();
  nats::walk_subjects(
      js_, Priority::list, stream, names.pool_subject(pool),
      [tally, names, pool](std::string_view subject, std::uint64_t messages) {
        const std::string_view room = names.room_in_pool(subject, pool);
        if (!room.empty()) tally->rooms[std::string(room)] += messages;
      },
      lifetime_.guard([this, stream, counted, tally, round](const Result<nats::SubjectWalk>& walk) {
        if (!walk) {
          runtime_.log.warn("pool.not_counted", {{"stream", stream}, {"error", walk.error()}});
          return leave(round);
        }
        counted_[stream] = counted;
        take(stream, {.rooms = tally->sorted(),
                      .looked = walk->server_time == policies::WallTime{} ? inventory_.server_now()
                                                                          : walk->server_time,
                      .created = walk->created,
                      .messages = walk->messages,
                      .bytes = walk->bytes,
                      .complete = walk->complete});
        leave(round);
      }));
}

/// What did not change keeps its newest message; the others are asked for theirs.
void PoolWatch::take(const std::string& stream, PoolContents fresh) {
  PoolContents& known = contents_[stream];
  std::erase_if(questions_, [&](const Question& question) { return question.stream == stream; });
  auto old = known.rooms.begin();
  for (PooledStored& room : fresh.rooms) {
    while (old != known.rooms.end() && old->room < room.room) ++old;
    if (old != known.rooms.end() && old->room == room.room && known.created == fresh.created) {
      room.last_ts = old->last_ts;
      // Only what is sure is kept: a room without its sequence is asked for again each time.
      if (old->messages == room.messages && old->last_seq != 0) {
        room.last_seq = old->last_seq;
        continue;
      }
    }
    questions_.push_back({stream, room.room});
  }
  known = std::move(fresh);
  ask_soon();
}

void PoolWatch::ask_soon() {
  if (timer_ != 0 || questions_.empty()) return;
  timer_ = runtime_.loop.run_after(ask_interval, lifetime_.guard([this] {
    timer_ = 0;
    ask_some();
    ask_soon();
  }));
}

void PoolWatch::ask_some() {
  for (std::size_t i = 0; i < asked_at_once && !questions_.empty(); ++i) {
    const Question question = std::move(questions_.front());
    questions_.pop_front();
    const auto pool = runtime_.names().pool_of_stream(question.stream);
    const auto room = policies::RoomId::parse(question.room);
    if (!pool || !room) continue;
    js_.last_of_subject(
        Priority::list, question.stream, runtime_.names().subscribe_subject(*room, *pool),
        lifetime_.guard(
            [this, question](const Result<std::optional<nats::StoredMessage>>& message) {
              if (!message || !*message) return;  // asked again when its count changes
              const auto contents = contents_.find(question.stream);
              if (contents == contents_.end()) return;
              const PooledStored* known = contents->second.find(question.room);
              if (known == nullptr) return;
              PooledStored stored = *known;
              stored.last_ts = (*message)->time;
              stored.last_seq = (*message)->seq;
              put(question.stream, stored);
            }));
  }
}

void PoolWatch::look_at(const std::string& pool, const policies::RoomId& room,
                        nats::Done<PooledStored> done) {
  const std::string stream = runtime_.names().pool_stream(pool);
  nats::count_room(js_, Priority::admin, stream, runtime_.names().subscribe_subject(room, pool),
                   lifetime_.guard([this, stream, room,
                                    done = std::move(done)](const Result<nats::RoomCount>& count) {
                     if (!count) return done(policies::pass(count.error()));
                     const PooledStored stored{.room = room.text(),
                                               .messages = count->messages,
                                               .last_ts = count->last_ts,
                                               .last_seq = count->last_seq};
                     put(stream, stored);
                     done(stored);
                   }));
}

void PoolWatch::put(const std::string& stream, const PooledStored& stored) {
  const auto contents = contents_.find(stream);
  if (contents == contents_.end()) return;
  std::vector<PooledStored>& rooms = contents->second.rooms;
  const auto at = std::lower_bound(
      rooms.begin(), rooms.end(), stored.room,
      [](const PooledStored& a, const std::string& room) { return a.room < room; });
  const bool is_known = at != rooms.end() && at->room == stored.room;
  if (is_known && stored.messages > 0) {
    *at = stored;
  } else if (is_known) {
    rooms.erase(at);
  } else if (stored.messages > 0) {
    rooms.insert(at, stored);
  }
}

}  // namespace roomkeeper::sidecar
