// A page of STREAM.LIST by SAX: 10,000 streams are 8 MB of JSON, and a tree of them costs more than
// all the rest of a pass.
#include <array>
#include <utility>

#include "policies/audit_names.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/sax_walk.h"
#include "sidecar/nats/timestamp.h"

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ObservedStream;

/// JetStream writes "unlimited" as -1, older versions also as 0.
void unlimited_if_zero(auto& value) {
  if (value == 0) value = -1;
}

class ListPageReader final : public SaxWalk {
 public:
  ListPage take() { return std::move(page_); }
  bool has_error() const { return has_error_; }
  policies::Error take_error() {
    return make_server_error(code_, err_code_, std::move(description_));
  }
  bool is_page() const { return has_streams_ || has_total_; }

 private:
  enum Place : int {
    top = 0,
    page,
    error,
    streams,
    missing,
    offline,
    stream,
    config,
    subjects,
    placement,
    tags,
    metadata,
    mirror,
    sources,
    state,
    cluster,
  };

  int enter(int place, std::string_view key, bool is_array) override {
    switch (place) {
      case top:
        return is_array ? skip : Place::page;
      case Place::page:
        return enter_page(key, is_array);
      case streams:
        return is_array ? bad("a stream") : enter_stream();
      case stream:
        return enter_stream_part(key, is_array);
      case config:
        return enter_config_part(key, is_array);
      case placement:
        return key == "tags" && is_array ? Place::tags : skip;
      case sources:
        traits().sources = true;
        return skip;
      default:
        return skip;
    }
  }

  int bad(std::string_view what) {
    refuse(std::string(what) + " of another shape than expected");
    return skip;
  }

  int enter_page(std::string_view key, bool is_array) {
    if (key == "error") return is_array ? skip : (has_error_ = true, Place::error);
    if (key == "streams") return is_array ? (has_streams_ = true, Place::streams) : bad("streams");
    if (key == "missing") return is_array ? Place::missing : skip;
    if (key == "offline") return is_array ? skip : Place::offline;
    return skip;
  }

  int enter_stream() {
    page_.streams.emplace_back();
    // What the server leaves out is its zero value, not our default.
    page_.streams.back().config.settings.duplicate_window = policies::Nanoseconds::zero();
    has_config_ = has_state_ = has_cluster_ = has_leader_ = false;
    mark_ = {};
    has_mark_ = is_audit_ = false;
    return Place::stream;
  }

  int enter_stream_part(std::string_view key, bool is_array) {
    if (key == "config") return is_array ? bad("config") : (has_config_ = true, Place::config);
    if (key == "state") return is_array ? bad("state") : (has_state_ = true, Place::state);
    if (key == "cluster" && !is_array) return has_cluster_ = true, Place::cluster;
    return skip;
  }

  int enter_config_part(std::string_view key, bool is_array) {
    if (key == "subjects") {
      now().config.subjects.clear();
      return is_array ? Place::subjects : bad("subjects");
    }
    if (key == "metadata") return is_array ? bad("metadata") : Place::metadata;
    if (key == "placement" && !is_array) return Place::placement;
    if (key == "sources" && is_array) return Place::sources;
    if (key == "mirror") return traits().mirror = true, is_array ? skip : Place::mirror;
    if (key == "subject_transform") traits().subject_transform = true;
    if (key == "republish") traits().republish = true;
    return skip;
  }

  bool leave(int place) override {
    if (place == Place::config) {
      auto& settings = now().config.settings;
      unlimited_if_zero(settings.max_messages);
      unlimited_if_zero(settings.max_bytes);
      unlimited_if_zero(settings.max_messages_per_subject);
      unlimited_if_zero(settings.max_message_size);
      unlimited_if_zero(settings.max_consumers);
      if (has_mark_ && !is_audit_) now().config.mark = std::move(mark_);
    }
    if (place == stream) {
      now().has_leader = !has_cluster_ || has_leader_;
      if (!has_config_ || !has_state_ || now().name.empty())
        return refuse("a stream without its name, config or state");
    }
    return true;
  }

  bool text(int place, std::string_view key, std::string& value) override {
    switch (place) {
      case error:
        if (key == "description") description_ = std::move(value);
        return true;
      case missing:
        page_.missing.push_back(std::move(value));
        return true;
      case offline:
        page_.missing.emplace_back(key);
        return true;
      case streams:
        return refuse("a stream that is no object");
      case stream:
        return text_of_stream(key, value);
      case config:
        return text_of_config(key, value);
      case subjects:
        now().config.subjects.push_back(std::move(value));
        return true;
      case tags:
        now().config.settings.placement.tags.push_back(std::move(value));
        return true;
      case placement:
        if (key == "cluster") now().config.settings.placement.cluster = std::move(value);
        return true;
      case metadata:
        return text_of_metadata(key, value);
      case mirror:
        if (key == "name") now().mirror_of = std::move(value);
        return true;
      case state:
        if (key == "first_ts") return time(key, value, now().stored.first_ts);
        if (key == "last_ts") return time(key, value, now().stored.last_ts);
        return true;
      case cluster:
        if (key == "leader") has_leader_ = !value.empty();
        return true;
      default:
        return true;
    }
  }

  bool text_of_stream(std::string_view key, const std::string& value) {
    if (key == "created") return time(key, value, now().stored.created);
    if (key == "ts" && page_.streams.size() == 1) return time(key, value, page_.server_time);
    return true;
  }

  bool text_of_config(std::string_view key, std::string& value) {
    auto& settings = now().config.settings;
    if (key == "name") {
      now().name = std::move(value);
    } else if (key == "retention") {
      if (value == "limits")
        settings.retention = policies::StreamRetention::limits;
      else if (value == "interest")
        settings.retention = policies::StreamRetention::interest;
      else if (value == "workqueue")
        settings.retention = policies::StreamRetention::workqueue;
      else
        return unknown(key, value);
    } else if (key == "discard") {
      if (value != "old" && value != "new") return unknown(key, value);
      settings.on_full = value == "new" ? policies::OnFull::reject_new : policies::OnFull::drop_old;
    } else if (key == "storage") {
      if (value != "file" && value != "memory") return unknown(key, value);
      settings.storage = value == "memory" ? policies::Storage::memory : policies::Storage::file;
    } else if (key == "compression") {
      if (value != "none" && value != "s2") return unknown(key, value);
      settings.compression =
          value == "s2" ? policies::Compression::s2 : policies::Compression::none;
    }
    return true;
  }

  bool text_of_metadata(std::string_view key, std::string& value) {
    if (!key.starts_with("roomkeeper.")) return true;
    if (key == policies::mark_key::instance) {
      has_mark_ = true;
      mark_.instance = std::move(value);
    } else if (key == policies::mark_key::room) {
      mark_.room = std::move(value);
    } else if (key == policies::mark_key::owner) {
      mark_.owner = std::move(value);
    } else if (key == policies::mark_key::template_name) {
      mark_.template_name = std::move(value);
    } else if (key == policies::mark_key::retention) {
      mark_.retention = std::move(value);
    } else if (key == policies::audit_mark) {
      is_audit_ = true;
    }
    return true;
  }

  bool number(int place, std::string_view key, const SaxNumber& value) override {
    switch (place) {
      case Place::page:
        if (key == "total") return has_total_ = true, store(key, value, page_.total);
        if (key == "offset") return store(key, value, page_.offset);
        if (key == "limit") return store(key, value, page_.limit);
        return true;
      case error:
        if (key == "code") return store(key, value, code_);
        if (key == "err_code") return store(key, value, err_code_);
        return true;
      case streams:
        return refuse("a stream that is no object");
      case config:
        return number_of_config(key, value);
      case state:
        return number_of_state(key, value);
      default:
        return true;
    }
  }

  bool number_of_config(std::string_view key, const SaxNumber& value) {
    auto& settings = now().config.settings;
    if (key == "max_consumers") return store(key, value, settings.max_consumers);
    if (key == "max_msgs") return store(key, value, settings.max_messages);
    if (key == "max_bytes") return store(key, value, settings.max_bytes);
    if (key == "max_age") return duration(key, value, now().config.max_age);
    if (key == "max_msgs_per_subject") return store(key, value, settings.max_messages_per_subject);
    if (key == "max_msg_size") return store(key, value, settings.max_message_size);
    if (key == "num_replicas") return store(key, value, settings.replicas);
    if (key == "duplicate_window") return duration(key, value, settings.duplicate_window);
    if (key == "subject_delete_marker_ttl") {
      policies::Nanoseconds ttl{};
      if (!duration(key, value, ttl)) return false;
      traits().delete_markers = ttl.count() > 0;
    }
    return true;
  }

  bool number_of_state(std::string_view key, const SaxNumber& value) {
    auto& stored = now().stored;
    if (key == "messages") return store(key, value, stored.messages);
    if (key == "bytes") return store(key, value, now().bytes);
    if (key == "first_seq") return store(key, value, stored.first_seq);
    if (key == "last_seq") return store(key, value, stored.last_seq);
    if (key == "consumer_count") return store(key, value, now().consumers);
    return true;
  }

  bool flag(int place, std::string_view key, bool value) override {
    if (place == streams) return refuse("a stream that is no object");
    if (place != config || !value) return true;
    static constexpr std::array<std::pair<std::string_view, bool policies::StreamTraits::*>, 7>
        flags{{
            {"sealed", &policies::StreamTraits::sealed},
            {"deny_delete", &policies::StreamTraits::deny_delete},
            {"deny_purge", &policies::StreamTraits::deny_purge},
            {"allow_rollup_hdrs", &policies::StreamTraits::allow_rollup},
            {"allow_msg_ttl", &policies::StreamTraits::allow_msg_ttl},
            {"allow_msg_schedules", &policies::StreamTraits::allow_msg_schedules},
            {"no_ack", &policies::StreamTraits::no_ack},
        }};
    for (const auto& [name, member] : flags) {
      if (key == name) traits().*member = true;
    }
    return true;
  }

  bool duration(std::string_view key, const SaxNumber& value, policies::Nanoseconds& target) {
    std::int64_t count = 0;
    if (!store(key, value, count)) return false;
    target = policies::Nanoseconds(count);
    return true;
  }

  bool time(std::string_view key, std::string_view value, policies::WallTime& target) {
    const auto parsed = parse_timestamp(value);
    if (!parsed) return refuse("the time at '" + std::string(key) + "' is none");
    target = *parsed;
    return true;
  }

  bool unknown(std::string_view key, std::string_view value) {
    return refuse("'" + std::string(value.substr(0, 64)) + "' is no known value of '" +
                  std::string(key) + "'");
  }

  ObservedStream& now() { return page_.streams.back(); }
  policies::StreamTraits& traits() { return now().traits; }

  ListPage page_;
  bool has_streams_ = false;
  bool has_total_ = false;
  // Of the stream being read.
  bool has_config_ = false;
  bool has_state_ = false;
  bool has_cluster_ = false;
  bool has_leader_ = false;
  bool has_mark_ = false;
  bool is_audit_ = false;  ///< ours, but no room's: it has no mark of a room
  policies::Mark mark_;
  // Of the server's error.
  bool has_error_ = false;
  int code_ = 0;
  int err_code_ = 0;
  std::string description_;
};

}  // namespace

policies::Result<ListPage> parse_list_page(std::string_view json) {
  ListPageReader reader;
  if (auto read = reader.read(json); !read) return policies::pass(std::move(read).error());
  if (reader.has_error()) return policies::pass(reader.take_error());
  if (!reader.is_page())
    return policies::fail(policies::ErrorCode::internal, "a reply that is no page of streams");
  return reader.take();
}

}  // namespace roomkeeper::sidecar::nats
