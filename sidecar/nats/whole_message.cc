#include "sidecar/nats/whole_message.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "sidecar/nats/json_reply.h"
#include "sidecar/nats/timestamp.h"

namespace roomkeeper::sidecar::nats {
namespace {

using nlohmann::json;
using policies::ErrorCode;
using policies::Result;

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

Result<std::optional<WholeMessage>> parse_whole(const Result<Message>& reply) {
  if (!reply) return policies::pass(reply.error());
  const auto parsed = parse_reply(reply->data);
  if (!parsed) {
    if (parsed.error().server_code == server_code::message_not_found)
      return std::optional<WholeMessage>();
    return policies::pass(parsed.error());
  }
  const json* object = read_child(*parsed, "message");
  const auto seq = object != nullptr ? read_uint(*object, "seq") : std::nullopt;
  const auto time = seq ? parse_timestamp(read_string(*object, "time").value_or("")) : std::nullopt;
  auto data = time ? decode_base64(read_string(*object, "data").value_or("")) : std::nullopt;
  const auto head = data ? decode_base64(read_string(*object, "hdrs").value_or("")) : std::nullopt;
  if (!head) {
    return policies::fail(ErrorCode::internal,
                          "a stored message without sequence, time, data or headers");
  }
  return WholeMessage{.seq = *seq,
                      .subject = read_string(*object, "subject").value_or(""),
                      .time = *time,
                      .data = std::move(*data),
                      .headers = parse_headers(*head)};
}

/// By what nats-server 2.10 to 2.15 say: a hole is 10043, what is before the first message or
/// behind the last one of a file is told in the words of its store.
bool was_gone(const policies::Error& error) {
  if (error.server_code == server_code::message_not_found ||
      error.server_code == server_code::sequence_not_found)
    return true;
  return error.server_code == server_code::message_delete_failed &&
         (error.text.find("no message found") != std::string::npos ||
          error.text.find("stream store EOF") != std::string::npos);
}

}  // namespace

Headers parse_headers(std::string_view wire) {
  Headers headers;
  bool first = true;
  while (!wire.empty()) {
    const std::size_t end = wire.find("\r\n");
    const std::string_view line = wire.substr(0, end);
    wire.remove_prefix(end == std::string_view::npos ? wire.size() : end + 2);
    if (std::exchange(first, false)) continue;  // NATS/1.0
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return headers;
}

void whole_message_from(JetStream& js, Priority priority, const std::string& stream,
                        std::uint64_t seq, const std::string& subject,
                        Done<std::optional<WholeMessage>> done) {
  const json body = {{"seq", seq > 0 ? seq : 1}, {"next_by_subj", subject}};
  js.queue().send(
      priority, "get", js.prefix() + ".STREAM.MSG.GET." + stream, dump_json(body), {},
      [done = std::move(done)](const Result<Message>& reply) { done(parse_whole(reply)); });
}

void delete_message(JetStream& js, Priority priority, const std::string& stream, std::uint64_t seq,
                    Done<bool> done) {
  const json body = {{"seq", seq}, {"no_erase", true}};
  js.queue().send(priority, "purge", js.prefix() + ".STREAM.MSG.DELETE." + stream, dump_json(body),
                  {}, [done = std::move(done)](const Result<Message>& reply) {
                    if (!reply) return done(policies::pass(reply.error()));
                    const auto parsed = parse_reply(reply->data);
                    if (parsed) return done(read_bool(*parsed, "success").value_or(false));
                    if (was_gone(parsed.error())) return done(false);
                    done(policies::pass(parsed.error()));
                  });
}

Result<PubAck> parse_puback(const Result<Message>& reply) {
  if (!reply) return policies::pass(reply.error());
  const auto parsed = parse_reply(reply->data);
  if (!parsed) return policies::pass(parsed.error());
  const auto stream = read_string(*parsed, "stream");
  const auto seq = read_uint(*parsed, "seq");
  if (!stream || !seq)
    return policies::fail(ErrorCode::internal, "an acknowledgement without stream or sequence");
  return PubAck{
      .stream = *stream, .seq = *seq, .duplicate = read_bool(*parsed, "duplicate").value_or(false)};
}

}  // namespace roomkeeper::sidecar::nats
