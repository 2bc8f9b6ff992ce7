#include "sidecar/loss_count.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "sidecar/nats/subject_counts.h"
#include "sidecar/room_view.h"

namespace roomkeeper::sidecar {
namespace {

using policies::Field;
using policies::ObservedStream;
using policies::Result;
using policies::RetentionRule;
using policies::RoomSpec;
using policies::StreamSettings;
using policies::WallTime;

constexpr std::size_t counts_open_max = 32;

constexpr const char* exact = "exact";
constexpr const char* estimate = "estimate";
constexpr const char* at_most = "at_most";

/// What one change deletes: messages from the head of the stream, and messages anywhere that a
/// limit per subject takes.
struct Loss {
  std::uint64_t head = 0;
  const char* head_is = exact;
  std::uint64_t scattered = 0;
  std::string note;

  /// The longest head wins: all of them end in the same messages.
  void take_head(std::uint64_t messages, const char* is) {
    if (messages <= head) return;
    head = messages;
    head_is = is;
  }
};

/// A stream that goes as a whole, now or when the guard lets it.
bool is_removal(const api::PlanEntry& entry) {
  return entry.kind == "remove" || entry.state == to_string(policies::RoomState::removing);
}

bool is_lossy(const api::PlanEntry& entry) {
  return is_removal(entry) || std::any_of(entry.fields.begin(), entry.fields.end(),
                                          [](const api::PlanField& field) { return field.lossy; });
}

bool has_lossy(const api::PlanEntry& entry, Field field) {
  return std::any_of(entry.fields.begin(), entry.fields.end(), [&](const api::PlanField& one) {
    return one.lossy && one.field == to_string(field);
  });
}

/// Messages above a count limit; 0 when it does not bind.
std::uint64_t above(std::uint64_t stored, std::int64_t limit) {
  return limit > 0 && stored > static_cast<std::uint64_t>(limit)
             ? stored - static_cast<std::uint64_t>(limit)
             : 0;
}

/// By count, and by bytes as if all messages were of the same size.
void count_limits(const ObservedStream& stream, const StreamSettings& wanted, Loss& loss) {
  loss.take_head(above(stream.stored.messages, wanted.max_messages), exact);
  const std::uint64_t bytes = above(stream.bytes, wanted.max_bytes);
  if (bytes == 0) return;
  const double share = static_cast<double>(bytes) / static_cast<double>(stream.bytes);
  const auto messages =
      static_cast<std::uint64_t>(share * static_cast<double>(stream.stored.messages)) + 1;
  loss.take_head(std::min(messages, stream.stored.messages), estimate);
}

/// What is older than this goes under the new rule, at once.
std::optional<WallTime> end_of(const RetentionRule& rule, WallTime now) {
  if (const auto* midnight = std::get_if<policies::UntilMidnight>(&rule))
    return policies::boundary(*midnight, now);
  if (const auto* age = std::get_if<policies::KeepFor>(&rule)) return now - age->age;
  return std::nullopt;
}

/// The entries of one page being counted, a window of them at a time.
class LossRound : public std::enable_shared_from_this<LossRound> {
 public:
  LossRound(AdminContext& context, std::shared_ptr<api::PlanReply> page, std::function<void()> done)
      : context_(context), page_(std::move(page)), done_(std::move(done)) {
    for (std::size_t i = 0; i < page_->entries.size(); ++i) {
      if (is_lossy(page_->entries[i])) lossy_.push_back(i);
    }
  }

  void feed() {
    if (feeding_) return;  // an entry that needs no request ends inside of begin()
    feeding_ = true;
    while (open_ < counts_open_max && next_ < lossy_.size()) {
      ++open_;
      begin(lossy_[next_++]);
    }
    feeding_ = false;
    if (open_ == 0 && next_ == lossy_.size()) finish();
  }

 private:
  void begin(std::size_t index) {
    const api::PlanEntry& entry = page_->entries[index];
    if (is_removal(entry)) return counted(index, {.head = entry.messages, .note = {}});
    const std::shared_ptr<const policies::RoomSettings> settings = settings_of(entry);
    const ObservedStream* stream = context_.inventory.streams().find(entry.stream);
    if (settings == nullptr || stream == nullptr) {
      return not_known(index, "the room or its stream is gone meanwhile");
    }
    Loss loss;
    count_limits(*stream, settings->stream, loss);
    if (has_lossy(entry, Field::on_full)) {
      loss.note = "whenever the room is full, its oldest messages will go";
    }
    if (has_lossy(entry, Field::retention)) {
      loss.take_head(stream->stored.messages, at_most);
      loss.note = "what no consumer waits for goes";
    }
    by_time(index, *stream, settings, loss);
  }

  /// Of the room, or of the template that a pool is of; null: nobody wants it any more.
  std::shared_ptr<const policies::RoomSettings> settings_of(const api::PlanEntry& entry) const {
    if (entry.room.empty()) {
      const auto& templates = context_.runtime.config->templates;
      const auto found = templates.find(entry.pool);
      return found == templates.end() ? nullptr : found->second;
    }
    const Result<policies::RoomId> id = policies::RoomId::parse(entry.room);
    const RoomSpec* room = id ? context_.rooms.desired().find(*id) : nullptr;
    return room == nullptr ? nullptr : room->settings;
  }

  void by_time(std::size_t index, const ObservedStream& stream,
               const std::shared_ptr<const policies::RoomSettings>& settings, Loss loss) {
    const std::optional<WallTime> end =
        end_of(settings->retention, context_.inventory.server_now());
    const policies::StoredRange& stored = stream.stored;
    if (!end || stored.messages == 0 || stored.first_ts >= *end) {
      return by_subject(index, stream.name, stored, settings, loss);
    }
    if (stored.last_ts < *end) {
      loss.take_head(stored.messages, exact);
      return by_subject(index, stream.name, stored, settings, loss);
    }
    nats::find_cut(context_.js, nats::Priority::admin, stream.name, stored, *end,
                   [self = shared_from_this(), index, name = stream.name, stored, settings,
                    loss](const Result<nats::Cut>& cut) mutable {
                     if (!cut) return self->not_known(index, cut.error().text);
                     const std::uint64_t below =
                         cut->seq > stored.first_seq ? cut->seq - stored.first_seq : 0;
                     // Deleted messages below the cut make it an upper bound.
                     const bool gaps = stored.last_seq - stored.first_seq + 1 != stored.messages;
                     loss.take_head(std::min(below, stored.messages), gaps ? at_most : exact);
                     self->by_subject(index, name, stored, settings, loss);
                   });
  }

  void by_subject(std::size_t index, const std::string& stream, const policies::StoredRange& stored,
                  const std::shared_ptr<const policies::RoomSettings>& settings, Loss loss) {
    const std::int64_t limit = settings->stream.max_messages_per_subject;
    const bool asked = has_lossy(page_->entries[index], Field::max_messages_per_subject) &&
                       above(stored.messages, limit) > 0;
    if (!asked) return counted(index, loss);
    nats::count_above_per_subject(
        context_.js, nats::Priority::admin, stream, static_cast<std::uint64_t>(limit),
        [self = shared_from_this(), index, loss](const Result<std::uint64_t>& messages) mutable {
          if (!messages) return self->not_known(index, messages.error().text);
          loss.scattered = *messages;
          self->counted(index, loss);
        });
  }

  void counted(std::size_t index, const Loss& loss) {
    api::PlanEntry& entry = page_->entries[index];
    const bool both = loss.head > 0 && loss.scattered > 0;
    entry.would_go = std::min(loss.head + loss.scattered, entry.messages);
    entry.would_go_is = both ? at_most : loss.head > 0 ? loss.head_is : exact;
    entry.loss_note = loss.note;
    ended();
  }

  void not_known(std::size_t index, const std::string& why) {
    page_->entries[index].loss_note = why;
    ended();
  }

  void ended() {
    --open_;
    feed();
  }

  void finish() {
    for (const std::size_t index : lossy_) {
      const api::PlanEntry& entry = page_->entries[index];
      if (!entry.would_go) {
        ++page_->not_counted;
      } else if (entry.kind == "held") {
        page_->held_would_go += *entry.would_go;
      } else {
        page_->would_go += *entry.would_go;
      }
    }
    std::exchange(done_, nullptr)();
  }

  AdminContext& context_;
  std::shared_ptr<api::PlanReply> page_;
  std::function<void()> done_;
  std::vector<std::size_t> lossy_;  ///< indices of the page's entries
  std::size_t next_ = 0;
  std::size_t open_ = 0;
  bool feeding_ = false;
};

}  // namespace

void count_losses(AdminContext& context, const std::shared_ptr<api::PlanReply>& page,
                  std::function<void()> done) {
  std::make_shared<LossRound>(context, page, std::move(done))->feed();
}

}  // namespace roomkeeper::sidecar
