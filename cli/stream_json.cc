#include "cli/stream_json.h"

#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include <nlohmann/json.hpp>

#include "policies/rfc3339.h"

namespace roomkeeper::cli {
namespace {

using PlainJson = nlohmann::json;
using policies::ErrorCode;

std::optional<std::uint64_t> number_at(const PlainJson& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number_unsigned()) return std::nullopt;
  return *it->get_ptr<const PlainJson::number_unsigned_t*>();
}

std::string text_at(const PlainJson& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get_ref<const std::string&>() : std::string();
}

/// The reply's object, or the error that it reports.
policies::Result<PlainJson> reply_object(std::string_view text) {
  PlainJson json = PlainJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    return policies::fail(ErrorCode::internal, "the server's reply is not a JSON object");
  const auto error = json.find("error");
  if (error == json.end() || !error->is_object()) return json;
  const auto code = number_at(*error, "err_code").value_or(0);
  const int server_code = code <= 99'999 ? static_cast<int>(code) : 0;
  std::string description = text_at(*error, "description");
  if (description.empty()) description = "the server refused";
  const bool gone = number_at(*error, "code") == std::optional<std::uint64_t>(404);
  return policies::fail(gone ? ErrorCode::not_found : ErrorCode::denied, std::move(description),
                        server_code);
}

std::vector<std::string_view> tokens_of(std::string_view subject) {
  std::vector<std::string_view> tokens;
  std::size_t start = 0;
  for (std::size_t end = subject.find('.'); end != std::string_view::npos;
       end = subject.find('.', start)) {
    tokens.push_back(subject.substr(start, end - start));
    start = end + 1;
  }
  tokens.push_back(subject.substr(start));
  return tokens;
}

std::optional<std::uint64_t> whole(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

policies::Result<StreamState> parse_stream_state(std::string_view json) {
  const auto object = reply_object(json);
  if (!object) return policies::pass(object.error());
  const auto state = object->find("state");
  if (state == object->end() || !state->is_object()) {
    return policies::fail(ErrorCode::internal, "the server's reply has no state");
  }
  return StreamState{.messages = number_at(*state, "messages").value_or(0),
                     .first_seq = number_at(*state, "first_seq").value_or(0),
                     .last_seq = number_at(*state, "last_seq").value_or(0),
                     .deleted = number_at(*state, "num_deleted").value_or(0)};
}

std::string consumer_request(const std::string& stream, const std::string& deliver_subject,
                             const std::string& filter, const ConsumerStart& start,
                             policies::Nanoseconds heartbeat) {
  PlainJson config{{"deliver_subject", deliver_subject},
                   {"ack_policy", "none"},
                   {"replay_policy", "instant"},
                   {"max_deliver", 1},
                   {"mem_storage", true},
                   {"num_replicas", 1},
                   {"idle_heartbeat", heartbeat.count()}};
  if (!filter.empty()) config["filter_subject"] = filter;
  if (start.time) {
    config["deliver_policy"] = "by_start_time";
    config["opt_start_time"] = policies::format_rfc3339(*start.time);
  } else {
    config["deliver_policy"] = "by_start_sequence";
    config["opt_start_seq"] = start.seq;
  }
  const PlainJson request{{"stream_name", stream}, {"config", std::move(config)}};
  return request.dump(-1, ' ', false, PlainJson::error_handler_t::replace);
}

policies::Result<std::uint64_t> parse_consumer_reply(std::string_view json) {
  const auto object = reply_object(json);
  if (!object) return policies::pass(object.error());
  return number_at(*object, "num_pending").value_or(0);
}

std::optional<Delivery> parse_delivery(std::string_view reply_subject) {
  const std::vector<std::string_view> tokens = tokens_of(reply_subject);
  if (tokens.size() < 9 || tokens[0] != "$JS" || tokens[1] != "ACK") return std::nullopt;
  // $JS.ACK.<stream>.<consumer>.<tries>.<seq>.<consumer seq>.<time>.<pending>; the longer form has
  // the domain and the account's hash before the stream, and may end in more tokens.
  const std::size_t shift = tokens.size() >= 11 ? 2 : 0;
  const auto stream_seq = whole(tokens[5 + shift]);
  const auto consumer_seq = whole(tokens[6 + shift]);
  const auto time = whole(tokens[7 + shift]);
  const auto pending = whole(tokens[8 + shift]);
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!stream_seq || !consumer_seq || !time || !pending || *time > most) return std::nullopt;
  return Delivery{
      .stream_seq = *stream_seq,
      .consumer_seq = *consumer_seq,
      .pending = *pending,
      .time = policies::WallTime(policies::Nanoseconds(static_cast<std::int64_t>(*time)))};
}

policies::Result<PublishAck> parse_publish_ack(std::string_view json) {
  const auto object = reply_object(json);
  if (!object) return policies::pass(object.error());
  const auto seq = number_at(*object, "seq");
  if (!seq)
    return policies::fail(ErrorCode::internal, "the server's acknowledgement has no sequence");
  const auto duplicate = object->find("duplicate");
  return PublishAck{.stream = text_at(*object, "stream"),
                    .seq = *seq,
                    .duplicate = duplicate != object->end() && duplicate->is_boolean() &&
                                 *duplicate->get_ptr<const PlainJson::boolean_t*>()};
}

}  // namespace roomkeeper::cli
