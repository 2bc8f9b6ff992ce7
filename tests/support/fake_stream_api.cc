// `$JS.API.INFO` and `$JS.API.STREAM.*` of FakeJetStream.
#include <algorithm>
#include <iterator>

#include <nlohmann/json.hpp>

#include "tests/support/fake_jetstream.h"
#include "tests/support/fake_json.h"
#include "tests/support/rfc3339.h"
#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

namespace {

constexpr std::size_t names_per_page = 1024;
constexpr std::size_t streams_per_page = 256;
constexpr std::size_t subjects_per_page = 100'000;

std::string field(std::string_view key, std::uint64_t value) {
  return "\"" + std::string(key) + "\":" + std::to_string(value);
}

std::string paging(std::uint64_t total, std::uint64_t offset, std::uint64_t limit) {
  return field("total", total) + "," + field("offset", offset) + "," + field("limit", limit);
}

std::string time_field(std::string_view key, std::optional<policies::WallTime> time) {
  return "\"" + std::string(key) + "\":\"" +
         (time ? to_rfc3339(*time) : std::string(go_zero_time)) + "\"";
}

/// What `subjects_filter` and `deleted_details` of STREAM.INFO add to `state`.
std::string state_details(const FakeStream& stream, JsonFields& fields, std::string& page) {
  std::string extra;
  page = paging(0, 0, 0);
  if (const std::string filter = fields.text("subjects_filter"); !filter.empty()) {
    const auto subjects = stream.subjects(filter);
    const std::size_t offset = std::min<std::size_t>(fields.counter("offset"), subjects.size());
    page = paging(subjects.size(), offset, subjects_per_page);
    Json listed = Json::object();
    auto it = std::next(subjects.begin(), static_cast<std::ptrdiff_t>(offset));
    for (std::size_t i = 0; i < subjects_per_page && it != subjects.end(); ++i, ++it) {
      listed[it->first] = it->second;
    }
    if (!listed.empty()) extra += ",\"subjects\":" + dump_json(listed);
  }
  if (fields.boolean("deleted_details") && stream.deleted() > 0) {
    extra += ",\"deleted\":" + dump_json(Json(stream.deleted_sequences()));
  }
  return extra;
}

/// The streams that a listing's `subject` selects, in order of name, from `offset` on.
template <class Entries>
std::vector<typename Entries::mapped_type::pointer> selected(const Entries& entries,
                                                             const std::string& subject) {
  std::vector<typename Entries::mapped_type::pointer> result;
  result.reserve(entries.size());
  for (const auto& [name, entry] : entries) {
    const auto& subjects = entry->stream.config().subjects;
    if (subject.empty() ||
        std::any_of(subjects.begin(), subjects.end(),
                    [&](const std::string& own) { return patterns_overlap(own, subject); })) {
      result.push_back(entry.get());
    }
  }
  return result;
}

/// A file has no block for what is before its first message or behind its last one.
ApiError not_erased(const FakeStream& stream, std::uint64_t seq) {
  if (!stream.config().memory && seq < stream.first_seq()) return {500, 10057, "no message found"};
  if (!stream.config().memory && seq > stream.last_seq()) return {500, 10057, "stream store EOF"};
  return {400, 10043, "sequence " + std::to_string(seq) + " not found"};
}

}  // namespace

std::optional<std::string> FakeJetStream::stream_request(std::string_view operation,
                                                         const sidecar::Message& message) {
  const std::string_view body = message.data;
  if (operation == "INFO") return account_info();
  if (operation == "STREAM.NAMES") return names_request(body);
  if (operation == "STREAM.LIST") return list_request(body);
  const auto tokens = subject_tokens(operation);
  if (tokens.front() != "STREAM" || tokens.size() < 3) return std::nullopt;
  const std::string name(tokens.back());
  if (tokens.size() == 4 && tokens[1] == "MSG") {
    if (tokens[2] == "GET") return message_get(name, body);
    if (tokens[2] == "DELETE") return message_delete(name, body);
    return std::nullopt;
  }
  if (tokens.size() != 3) return std::nullopt;
  if (tokens[1] == "CREATE") return create_request(name, body);
  if (tokens[1] == "UPDATE") return update_request(name, body);
  if (tokens[1] == "INFO") return info_request(name, body);
  if (tokens[1] == "DELETE") return delete_request(name);
  if (tokens[1] == "PURGE") return purge_request(name, body);
  return std::nullopt;
}

std::string FakeJetStream::account_info() const {
  std::uint64_t memory = 0;
  std::uint64_t storage = 0;
  std::uint64_t consumers = 0;
  for (const auto& [name, item] : entries_) {
    (item->stream.config().memory ? memory : storage) += item->stream.bytes();
    consumers += item->consumers.size();
  }
  Json out;
  out["memory"] = memory;
  out["storage"] = storage;
  out["reserved_memory"] = reserved(true);
  out["reserved_storage"] = reserved(false);
  out["streams"] = entries_.size();
  out["consumers"] = consumers;
  out["limits"] = {{"max_memory", limits_.max_memory},
                   {"max_storage", limits_.max_storage},
                   {"max_streams", limits_.max_streams},
                   {"max_consumers", -1},
                   {"max_ack_pending", -1},
                   {"memory_max_stream_bytes", -1},
                   {"storage_max_stream_bytes", -1},
                   {"max_bytes_required", false}};
  Json api = Json::object();
  if (version_.api_level() > 0) api["level"] = version_.api_level();
  api["total"] = api_requests_;
  api["errors"] = api_errors_;
  out["api"] = api;
  const std::string text = dump_json(out);
  return api_reply("account_info", std::string_view(text).substr(1, text.size() - 2));
}

std::string FakeJetStream::describe(Entry& found, bool listed, std::string_view state_extra) const {
  const FakeStream& stream = found.stream;
  std::string text =
      "\"config\":" + (listed ? stream.config().list_json : stream.config().info_json);
  text += ",\"created\":\"" + to_rfc3339(stream.created()) + "\",\"state\":{" +
          field("messages", stream.messages().size()) + "," + field("bytes", stream.bytes()) + "," +
          field("first_seq", stream.first_seq()) + "," +
          time_field("first_ts", stream.first_time()) + "," + field("last_seq", stream.last_seq()) +
          "," + time_field("last_ts", stream.last_time());
  if (stream.subject_count() > 0) text += "," + field("num_subjects", stream.subject_count());
  if (stream.deleted() > 0) text += "," + field("num_deleted", stream.deleted());
  text += std::string(state_extra) + "," + field("consumer_count", found.consumers.size()) + "}";
  text += describe_mirror(found);
  return text + ",\"ts\":\"" + to_rfc3339(ports_.now()) + "\"";
}

std::string FakeJetStream::create_request(const std::string& name, std::string_view body) {
  const auto made = create(name, body);
  if (!made) return error_reply("stream_create", made.error());
  return api_reply("stream_create", describe(*entry(name), false) + ",\"did_create\":true");
}

std::string FakeJetStream::update_request(const std::string& name, std::string_view body) {
  const auto fail = [](const ApiError& error) { return error_reply("stream_update", error); };
  const auto config = parse_stream_config(body, name, version_, direct_lookup());
  if (!config) return fail(config.error());
  Entry* found = entry(name);
  if (found == nullptr) return fail(api_error::stream_not_found());
  const auto allowed = check_update(found->stream.config(), *config, version_);
  if (!allowed) return fail(allowed.error());
  // 2.10 takes any number for a stream that is there.
  if (version_.minor >= 11) {
    if (const auto placed = check_replicas(*config); !placed) return fail(placed.error());
  }
  if (overlaps(*config)) return fail({400, 10065, "subjects overlap with an existing stream"});
  if (const auto fits = check_room_for(*config, &found->stream); !fits) return fail(fits.error());
  unindex(found->stream.config());
  index(*config);
  if (!config->mirror) drop_mirror(found->stream.config());
  const std::uint64_t before =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, found->stream.config().max_bytes));
  found->stream.reconfigure(*config, ports_.now(), version_.minor >= 11);
  reserved_[config->memory ? 1 : 0] +=
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, config->max_bytes)) - before;
  advise("UPDATED", "modify", name);
  return api_reply("stream_update", describe(*found, false));
}

std::string FakeJetStream::info_request(const std::string& name, std::string_view body) {
  Entry* found = entry(name);
  if (found == nullptr) {
    return api_reply("stream_info",
                     error_member(api_error::stream_not_found()) + "," + paging(0, 0, 0));
  }
  const auto parsed = parse_json_object(body);
  if (!parsed) return error_reply("stream_info", api_error::invalid_json());
  JsonFields fields(*parsed);
  std::string page;
  const std::string extra = state_details(found->stream, fields, page);
  // A lone server names no cluster.
  const std::string cluster = servers_ > 1 ? R"("name":"fake-cluster",)" : "";
  return api_reply("stream_info", page + "," + describe(*found, false, extra) + ",\"cluster\":{" +
                                      cluster + "\"leader\":" + quote_json(server_name_) + "}");
}

std::string FakeJetStream::delete_request(const std::string& name) {
  if (!remove(name)) return error_reply("stream_delete", api_error::stream_not_found());
  return api_reply("stream_delete", "\"success\":true");
}

std::string FakeJetStream::purge_request(const std::string& name, std::string_view body) {
  const auto fail = [](const ApiError& error) {
    return api_reply("stream_purge", error_member(error) + ",\"purged\":0");
  };
  Entry* found = entry(name);
  if (found == nullptr) return fail(api_error::stream_not_found());
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(api_error::invalid_json());
  JsonFields fields(*parsed);
  const std::string filter = fields.text("filter");
  const std::uint64_t up_to = fields.counter("seq");
  const std::uint64_t keep = fields.counter("keep");
  if (!fields.ok()) return fail(api_error::invalid_json());
  if (up_to > 0 && keep > 0) return fail(api_error::bad_request());
  if (found->stream.config().sealed)
    return fail({400, 10109, "invalid operation on sealed stream"});
  if (found->stream.config().deny_purge) return fail({500, 10110, "stream purge not permitted"});
  const std::uint64_t purged = found->stream.purge(filter, up_to, keep);
  return api_reply("stream_purge", "\"success\":true," + field("purged", purged));
}

ApiResult<const FakeMessage*> FakeJetStream::look_up(const FakeStream& stream,
                                                     std::string_view body) const {
  const auto parsed = parse_json(body);
  if (!parsed || !parsed->is_object()) return tl::unexpected(api_error::invalid_json());
  JsonFields fields(*parsed);
  const std::uint64_t seq = fields.counter("seq");
  const std::string last = fields.text("last_by_subj");
  const std::string next = fields.text("next_by_subj");
  const std::string time = version_.has_start_time() ? fields.text("start_time") : std::string();
  if (!fields.ok()) return tl::unexpected(api_error::invalid_json());
  const bool nothing = seq == 0 && last.empty() && next.empty() && time.empty();
  if (nothing || (!last.empty() && (seq > 0 || !next.empty())) || (seq > 0 && !time.empty())) {
    return tl::unexpected(api_error::bad_request());
  }
  if (!time.empty()) {
    const auto start = from_rfc3339(time);
    if (!start) return tl::unexpected(api_error::invalid_json());
    return stream.from_time(*start, next);
  }
  // For ">" the file store looks at the last sequence only, stored or not.
  if (last == ">") return stream.at(stream.last_seq());
  if (!last.empty()) return stream.last_of(last);
  if (!next.empty()) return stream.from(seq, next);
  return stream.at(seq);
}

std::string FakeJetStream::message_get(const std::string& name, std::string_view body) {
  Entry* found = entry(name);
  if (found == nullptr) return error_reply("stream_msg_get", api_error::stream_not_found());
  const auto message = look_up(found->stream, body);
  if (!message) return error_reply("stream_msg_get", message.error());
  if (*message == nullptr) return error_reply("stream_msg_get", api_error::message_not_found());
  const FakeMessage& stored = **message;
  std::string text =
      "\"message\":{\"subject\":" + quote_json(stored.subject) + "," + field("seq", stored.seq);
  if (!stored.headers.empty())
    text += ",\"hdrs\":\"" + base64_encode(wire_headers(stored.headers)) + "\"";
  if (!stored.data.empty()) text += ",\"data\":\"" + base64_encode(stored.data) + "\"";
  return api_reply("stream_msg_get", text + ",\"time\":\"" + to_rfc3339(stored.time) + "\"}");
}

std::string FakeJetStream::message_delete(const std::string& name, std::string_view body) {
  const auto fail = [](const ApiError& error) { return error_reply("stream_msg_delete", error); };
  Entry* found = entry(name);
  if (found == nullptr) return fail(api_error::stream_not_found());
  const auto parsed = parse_json(body);
  if (!parsed || !parsed->is_object()) return fail(api_error::invalid_json());
  JsonFields fields(*parsed);
  const std::uint64_t seq = fields.counter("seq");
  if (found->stream.config().sealed)
    return fail({400, 10109, "invalid operation on sealed stream"});
  if (found->stream.config().deny_delete) return fail({500, 10057, "message delete not permitted"});
  if (!found->stream.erase(seq)) return fail(not_erased(found->stream, seq));
  return api_reply("stream_msg_delete", "\"success\":true");
}

std::string FakeJetStream::names_request(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return error_reply("stream_names", api_error::invalid_json());
  JsonFields fields(*parsed);
  const auto all = selected(entries_, fields.text("subject"));
  const std::size_t offset = std::min<std::size_t>(fields.counter("offset"), all.size());
  const std::size_t end = std::min(all.size(), offset + names_per_page);
  std::string text;
  for (std::size_t i = offset; i < end; ++i)
    text += (i > offset ? "," : "") + quote_json(all[i]->stream.config().name);
  const std::string names = text.empty() ? "null" : "[" + text + "]";
  std::string reply = api_reply(
      "stream_names", paging(all.size(), offset, names_per_page) + ",\"streams\":" + names);
  if (end < all.size() && on_page_) on_page_();
  return reply;
}

std::string FakeJetStream::list_request(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return error_reply("stream_list", api_error::invalid_json());
  JsonFields fields(*parsed);
  const auto all = selected(entries_, fields.text("subject"));
  const std::size_t offset = std::min<std::size_t>(fields.counter("offset"), all.size());
  const std::size_t end = std::min(all.size(), offset + streams_per_page);
  std::string text;
  std::string missing;
  for (std::size_t i = offset; i < end; ++i) {
    const std::string& name = all[i]->stream.config().name;
    if (missing_.count(name) > 0 || !has_leader(*all[i])) {
      missing += (missing.empty() ? "" : ",") + quote_json(name);
      continue;
    }
    refresh(*all[i]);
    text += (text.empty() ? "{" : ",{") + describe(*all[i], true) + "}";
  }
  std::string members =
      paging(all.size(), offset, streams_per_page) + ",\"streams\":[" + text + "]";
  if (!missing.empty()) members += ",\"missing\":[" + missing + "]";
  std::string reply = api_reply("stream_list", members);
  if (end < all.size() && on_page_) on_page_();
  return reply;
}

}  // namespace roomkeeper::testing
