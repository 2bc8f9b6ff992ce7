#include "sidecar/nats/jetstream.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"
#include "sidecar/nats/account_json.h"
#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/stream_json.h"
#include "sidecar/nats/timestamp.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::Result;

template <class T, class Parse>
Result<T> read(const Result<Message>& reply, const Parse& parse) {
  if (!reply) return policies::pass(reply.error());
  if (reply->status != 0) {
    return policies::pass(
        make_server_error(reply->status, 0, std::string(reply->header("Description"))));
  }
  return parse(reply->data);
}

/// Errors are short: what is longer is not parsed twice.
constexpr std::size_t error_longest = 1024;

/// The server did nothing, for a reason that passes: nobody leads the cluster at the moment, or it
/// has too much to do.
bool not_now(const Message& reply) {
  if (reply.status == 429) return true;
  if (reply.status != 0 || reply.data.size() > error_longest ||
      reply.data.find("\"error\"") == std::string::npos)
    return false;
  const auto parsed = parse_reply(reply.data);
  const int code = parsed ? 0 : parsed.error().server_code;
  return code == server_code::no_meta_leader || code == server_code::too_many_requests;
}

/// Sends one request and gives its reply to `parse`.
template <class T, class Parse>
void ask(const JetStream::Link& link, Priority priority, std::string_view operation,
         std::string subject, std::string body, Done<T> done, Parse parse,
         RequestQueue::StillWanted still_wanted = {}) {
  link.queue.send(
      priority, operation, std::move(subject), std::move(body), {},
      [errors = link.errors, operation, done = std::move(done),
       parse = std::move(parse)](const Result<Message>& reply) {
        Result<T> result = read<T>(reply, parse);
        if (!result && *errors) (*errors)(operation, result.error());
        done(std::move(result));
      },
      std::move(still_wanted), not_now);
}

Result<bool> parse_success(std::string_view text) {
  const auto reply = parse_reply(text);
  if (!reply) return policies::pass(reply.error());
  if (!read_bool(*reply, "success").value_or(false)) {
    return policies::fail(ErrorCode::internal, "the server neither did it nor said why");
  }
  return true;
}

Result<std::uint64_t> parse_purged(std::string_view text) {
  const auto reply = parse_reply(text);
  if (!reply) return policies::pass(reply.error());
  const auto purged = read_uint(*reply, "purged");
  if (!purged)
    return policies::fail(ErrorCode::internal, "the reply to a purge does not say how many");
  return *purged;
}

Result<StoredMessage> parse_message(std::string_view text) {
  const auto reply = parse_reply(text);
  if (!reply) return policies::pass(reply.error());
  const json* object = read_child(*reply, "message");
  const auto seq = object != nullptr ? read_uint(*object, "seq") : std::nullopt;
  const auto time = seq ? parse_timestamp(read_string(*object, "time").value_or("")) : std::nullopt;
  auto data = time ? decode_base64(read_string(*object, "data").value_or("")) : std::nullopt;
  if (!data)
    return policies::fail(ErrorCode::internal, "a stored message without sequence, time or data");
  return StoredMessage{*seq, read_string(*object, "subject").value_or(""), *time, std::move(*data)};
}

Result<std::optional<StoredMessage>> parse_optional_message(std::string_view text) {
  auto message = parse_message(text);
  if (message) return std::optional(std::move(*message));
  if (message.error().server_code == server_code::message_not_found)
    return std::optional<StoredMessage>();
  return policies::pass(std::move(message).error());
}

Result<JetStream::Consumer> parse_consumer(std::string_view text) {
  const auto reply = parse_reply(text);
  if (!reply) return policies::pass(reply.error());
  const json* delivered = read_child(*reply, "delivered");
  const auto name = read_string(*reply, "name");
  const auto seq = delivered != nullptr ? read_uint(*delivered, "stream_seq") : std::nullopt;
  const auto pending = read_uint(*reply, "num_pending");
  if (!name || !seq || !pending)
    return policies::fail(ErrorCode::internal, "a consumer's info without its place");
  return JetStream::Consumer{*name, *seq, *pending};
}

/// A configuration that could not be made from what the server gave is refused here.
void send_update(JetStream::Link& link, Priority priority, std::string subject,
                 Result<std::string> body, Done<StreamInfo> done) {
  if (!body) {
    return link.queue.refuse(std::move(body).error(),
                             [done = std::move(done)](Result<Message> reply) {
                               done(policies::pass(std::move(reply).error()));
                             });
  }
  ask<StreamInfo>(link, priority, "update", std::move(subject), std::move(*body), std::move(done),
                  parse_stream_info);
}

}  // namespace

bool lacks_capacity(const policies::Error& error) {
  switch (error.server_code) {
    case server_code::account_resources:
    case server_code::insufficient_resources:
    case server_code::max_streams:
    case server_code::memory_resources:
    case server_code::storage_resources:
    case server_code::no_limits_of_tier:
    case server_code::max_stream_bytes:
      return true;
    case server_code::no_suitable_peers:  // of many reasons, one of which is a full store
      return error.text.find("insufficient storage") != std::string::npos;
    default:
      return false;
  }
}

void JetStream::set_error_observer(ErrorObserver observer) {
  *link_.errors = std::move(observer);
}

JetStream::JetStream(RequestQueue& queue, const std::string& domain)
    : link_{queue, std::make_shared<ErrorObserver>()},
      prefix_(domain.empty() ? "$JS.API" : "$JS." + domain + ".API"),
      knows_message_at_(std::make_shared<bool>(true)) {}

void JetStream::account(Priority priority, Done<AccountInfo> done) {
  ask<AccountInfo>(link_, priority, "account", prefix_ + ".INFO", {}, std::move(done),
                   parse_account_info);
}

void JetStream::names(Priority priority, std::uint64_t offset, const std::string& subject_filter,
                      Done<NamesPage> done) {
  json body = {{"offset", offset}};
  if (!subject_filter.empty()) body["subject"] = subject_filter;
  ask<NamesPage>(link_, priority, "names", prefix_ + ".STREAM.NAMES", dump_json(body),
                 std::move(done), parse_names_page);
}

void JetStream::list(Priority priority, std::uint64_t offset, Done<ListPage> done) {
  ask<ListPage>(link_, priority, "list", prefix_ + ".STREAM.LIST", dump_json({{"offset", offset}}),
                std::move(done), parse_list_page);
}

void JetStream::info(Priority priority, const std::string& stream, Done<StreamInfo> done) {
  ask<StreamInfo>(link_, priority, "info", prefix_ + ".STREAM.INFO." + stream, {}, std::move(done),
                  parse_stream_info);
}

void JetStream::create(Priority priority, const std::string& stream,
                       const policies::StreamConfig& config, std::uint64_t first_seq,
                       Done<StreamInfo> done) {
  ask<StreamInfo>(link_, priority, "create", prefix_ + ".STREAM.CREATE." + stream,
                  create_body(stream, config, first_seq), std::move(done), parse_stream_info);
}

void JetStream::update(Priority priority, const std::string& stream, std::string_view raw_config,
                       const policies::StreamConfig& config, Done<StreamInfo> done) {
  send_update(link_, priority, prefix_ + ".STREAM.UPDATE." + stream,
              update_body(stream, raw_config, config), std::move(done));
}

void JetStream::release(Priority priority, const std::string& stream, std::string_view raw_config,
                        Done<StreamInfo> done) {
  send_update(link_, priority, prefix_ + ".STREAM.UPDATE." + stream, release_body(raw_config),
              std::move(done));
}

void JetStream::remove(Priority priority, const std::string& stream, Done<bool> done) {
  ask<bool>(link_, priority, "delete", prefix_ + ".STREAM.DELETE." + stream, {}, std::move(done),
            parse_success);
}

void JetStream::purge(Priority priority, const std::string& stream, const PurgeRequest& request,
                      Done<std::uint64_t> done) {
  json body = json::object();
  if (!request.filter.empty()) body["filter"] = request.filter;
  if (request.up_to > 0) body["seq"] = request.up_to;
  if (request.keep > 0) body["keep"] = request.keep;
  ask<std::uint64_t>(link_, priority, "purge", prefix_ + ".STREAM.PURGE." + stream, dump_json(body),
                     std::move(done), parse_purged, request.still_wanted);
}

void JetStream::message_from(Priority priority, const std::string& stream, std::uint64_t seq,
                             Done<std::optional<StoredMessage>> done) {
  message_from(priority, stream, seq, ">", std::move(done));
}

void JetStream::message_from(Priority priority, const std::string& stream, std::uint64_t seq,
                             const std::string& subject, Done<std::optional<StoredMessage>> done) {
  const json body = {{"seq", seq > 0 ? seq : 1}, {"next_by_subj", subject}};
  ask<std::optional<StoredMessage>>(link_, priority, "get", prefix_ + ".STREAM.MSG.GET." + stream,
                                    dump_json(body), std::move(done), parse_optional_message);
}

void JetStream::last_of_subject(Priority priority, const std::string& stream,
                                const std::string& subject,
                                Done<std::optional<StoredMessage>> done) {
  const json body = {{"last_by_subj", subject}};
  ask<std::optional<StoredMessage>>(link_, priority, "get", prefix_ + ".STREAM.MSG.GET." + stream,
                                    dump_json(body), std::move(done), parse_optional_message);
}

void JetStream::last_message(Priority priority, const std::string& stream,
                             Done<std::optional<StoredMessage>> done) {
  // For ">" nats-server's file store looks at the last sequence only, and when that was deleted it
  // finds nothing. For a subject it has an index, so the stream's own subject is asked for.
  info(priority, stream,
       [link = link_, priority, subject = prefix_ + ".STREAM.MSG.GET." + stream,
        done = std::move(done)](Result<StreamInfo> seen) mutable {
         if (!seen) return done(policies::pass(std::move(seen).error()));
         const std::vector<std::string>& subjects = seen->stream.config.subjects;
         const json body = {{"last_by_subj", subjects.size() == 1 ? subjects.front() : ">"}};
         ask<std::optional<StoredMessage>>(link, priority, "get", std::move(subject),
                                           dump_json(body), std::move(done),
                                           parse_optional_message);
       });
}

void JetStream::message_at(Priority priority, const std::string& stream, policies::WallTime time,
                           Done<std::optional<StoredMessage>> done) {
  // No next_by_subj beside it: 2.10 would ignore the time and answer with the first message of all.
  const json body = {{"start_time", policies::format_rfc3339(time)}};
  ask<std::optional<StoredMessage>>(
      link_, priority, "get", prefix_ + ".STREAM.MSG.GET." + stream, dump_json(body),
      std::move(done), [knows = knows_message_at_](std::string_view text) {
        auto message = parse_optional_message(text);
        if (!message && message.error().server_code == server_code::bad_request) *knows = false;
        return message;
      });
}

void JetStream::create_consumer(Priority priority, const std::string& stream,
                                std::optional<policies::WallTime> from, Done<Consumer> done) {
  constexpr std::int64_t inactive_threshold = 10'000'000'000;
  json config = {{"deliver_policy", from ? "by_start_time" : "all"},
                 {"ack_policy", "none"},
                 {"max_deliver", -1},
                 {"replay_policy", "instant"},
                 {"mem_storage", true},
                 {"num_replicas", 1},
                 {"inactive_threshold", inactive_threshold}};
  if (from) config["opt_start_time"] = policies::format_rfc3339(*from);
  const json body = {{"stream_name", stream}, {"config", std::move(config)}};
  ask<Consumer>(link_, priority, "consumer", prefix_ + ".CONSUMER.CREATE." + stream,
                dump_json(body), std::move(done), parse_consumer);
}

void JetStream::remove_consumer(Priority priority, const std::string& stream,
                                const std::string& consumer, Done<bool> done) {
  ask<bool>(link_, priority, "consumer", prefix_ + ".CONSUMER.DELETE." + stream + "." + consumer,
            {}, std::move(done), parse_success);
}

}  // namespace roomkeeper::sidecar::nats
