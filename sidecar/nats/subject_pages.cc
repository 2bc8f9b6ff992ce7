#include "sidecar/nats/subject_pages.h"

#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/sax_walk.h"
#include "sidecar/nats/timestamp.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::Result;

/// One page.
class PageReader final : public SaxWalk {
 public:
  PageReader(SubjectWalk& walk, const OnSubject& on_subject)
      : walk_(walk), on_subject_(on_subject) {}

  std::uint64_t seen() const { return seen_; }
  std::uint64_t total() const { return total_; }
  bool has_state() const { return has_state_; }
  bool has_error() const { return has_error_; }
  policies::Error take_error() {
    return make_server_error(code_, err_code_, std::move(description_));
  }

 private:
  enum Place : int { top = 0, info, error, state, subjects };

  int enter(int place, std::string_view key, bool is_array) override {
    if (is_array) return skip;
    if (place == top) return Place::info;
    if (place == Place::info && key == "error") return has_error_ = true, Place::error;
    if (place == Place::info && key == "state") return has_state_ = true, Place::state;
    if (place == Place::state && key == "subjects") return Place::subjects;
    return skip;
  }

  bool leave(int /*place*/) override { return true; }

  bool text(int place, std::string_view key, std::string& value) override {
    if (place == Place::error && key == "description") description_ = std::move(value);
    if (place != Place::info || (key != "created" && key != "ts")) return true;
    const auto time = parse_timestamp(value);
    if (!time) return refuse("a time that is none");
    (key == "ts" ? walk_.server_time : walk_.created) = *time;
    return true;
  }

  bool number(int place, std::string_view key, const SaxNumber& value) override {
    switch (place) {
      case Place::info:
        return key == "total" ? store(key, value, total_) : true;
      case Place::error:
        if (key == "code") return store(key, value, code_);
        return key == "err_code" ? store(key, value, err_code_) : true;
      case Place::state:
        if (key == "messages") return store(key, value, walk_.messages);
        return key == "bytes" ? store(key, value, walk_.bytes) : true;
      case Place::subjects:
        return subject(key, value);
      default:
        return true;
    }
  }

  bool flag(int /*place*/, std::string_view /*key*/, bool /*value*/) override { return true; }

  bool subject(std::string_view key, const SaxNumber& value) {
    std::uint64_t messages = 0;
    if (!store(key, value, messages)) return false;
    ++seen_;
    on_subject_(key, messages);
    return true;
  }

  SubjectWalk& walk_;
  const OnSubject& on_subject_;
  std::uint64_t seen_ = 0;
  std::uint64_t total_ = 0;
  bool has_state_ = false;
  bool has_error_ = false;
  int code_ = 0;
  int err_code_ = 0;
  std::string description_;
};

struct Walking {
  JetStream& js;
  Priority priority;
  std::string stream;
  std::string filter;
  OnSubject on_subject;
  Done<SubjectWalk> done;
  SubjectWalk walk;
  std::uint64_t total = 0;  ///< of the first page
  int pages = 0;
};
using Shared = std::shared_ptr<Walking>;

void ask_page(const Shared& walking);

void take_page(const Shared& walking, const Result<Message>& message) {
  if (!message) return walking->done(policies::pass(message.error()));
  PageReader reader(walking->walk, walking->on_subject);
  if (const Result<> read = reader.read(message->data); !read)
    return walking->done(policies::pass(read.error()));
  if (reader.has_error()) return walking->done(tl::unexpected(reader.take_error()));
  if (!reader.has_state()) {
    return walking->done(policies::fail(policies::ErrorCode::internal, "STREAM.INFO: no state"));
  }
  SubjectWalk& walk = walking->walk;
  if (walking->pages++ == 0) walking->total = reader.total();
  walk.subjects += reader.seen();
  const bool is_last = reader.seen() == 0 || walk.subjects >= reader.total();
  if (!is_last && walking->pages < subject_pages_max) return ask_page(walking);
  walk.complete = is_last && walk.subjects == walking->total;
  walking->done(walk);
}

void ask_page(const Shared& walking) {
  const nlohmann::json body{{"subjects_filter", walking->filter},
                            {"offset", walking->walk.subjects}};
  walking->js.queue().send(
      walking->priority, "stream_info", walking->js.prefix() + ".STREAM.INFO." + walking->stream,
      dump_json(body), {},
      [walking](const Result<Message>& message) { take_page(walking, message); });
}

}  // namespace

void walk_subjects(JetStream& js, Priority priority, const std::string& stream,
                   const std::string& filter, OnSubject on_subject, Done<SubjectWalk> done) {
  ask_page(std::make_shared<Walking>(Walking{.js = js,
                                             .priority = priority,
                                             .stream = stream,
                                             .filter = filter,
                                             .on_subject = std::move(on_subject),
                                             .done = std::move(done),
                                             .walk = {}}));
}

}  // namespace roomkeeper::sidecar::nats
