#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/base64.h"
#include "cli/format.h"
#include "cli/output.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"
#include "cli/stream_json.h"
#include "cli/stream_reader.h"
#include "cli/user_name.h"
#include "policies/ids.h"
#include "policies/rfc3339.h"

namespace roomkeeper::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_message = 64U << 20U;  // nats-server's own ceiling for max_payload

api::ApiResult<std::string> message_text(const Invocation& invocation) {
  const auto& words = invocation.arguments.positionals;
  std::string text;
  if (words.size() == 2 && words[1] == "-") {
    auto input = invocation.output.read_all(longest_message);
    if (!input) return input;
    text = *std::move(input);
    if (text.ends_with('\n')) text.pop_back();
  } else {
    for (std::size_t i = 1; i < words.size(); ++i) text += (i > 1 ? " " : "") + words[i];
  }
  if (text.empty()) return usage_error("the message is empty");
  return text;
}

api::ApiResult<std::string> sender(const Invocation& invocation, const Settings& settings) {
  const std::string name = invocation.arguments.value("as", connection_user(settings));
  if (name.empty())
    return usage_error("who sends it? These credentials name no user: give --as USER");
  const auto user = policies::UserId::from_nats_name(name);
  if (!user) return usage_error("--as: " + user.error().text);
  return user->text();
}

/// `chat.general.{user}` with the user put in. The room's layout is the daemon's business, so
/// nothing else is built.
api::ApiResult<std::string> subject_for(const api::RoomView& room, const std::string& user) {
  constexpr std::string_view place = "{user}";
  std::string subject = room.publish_subject;
  const std::size_t at = subject.find(place);
  if (at == std::string::npos) {
    return tl::unexpected<api::ApiError>(api::ApiError{
        api::ApiCode::internal, "room " + room.id + " has no subject to publish to", {}});
  }
  return subject.replace(at, place.size(), user);
}

api::ApiError not_stored(const policies::Error& error, Session& session,
                         const std::string& subject) {
  const bool connected = session.bus().state() == sidecar::BusState::connected;
  if (error.code == policies::ErrorCode::timeout) {
    return {api::ApiCode::timeout,
            "no acknowledgement for " + subject,
            {"whether it was stored is not known"}};
  }
  if (error.code == policies::ErrorCode::unavailable && connected) {
    return {api::ApiCode::not_connected, "no stream takes " + subject, {"see roomctl room show"}};
  }
  return {api::ApiCode::refused, error.text, {}};
}

api::ApiResult<api::RoomView> show_room(const Invocation& invocation) {
  return call<api::RoomView>(invocation.backend, api::Verb::room_show,
                             api::RoomRequest{invocation.arguments.positionals[0]});
}

std::string json_line(const StreamMessage& message, const std::string& room) {
  Json line{{"seq", message.seq},
            {"time", policies::format_rfc3339(message.time)},
            {"room", room},
            {"user", user_of_subject(message.subject)}};
  if (is_utf8(message.data)) {
    line["text"] = message.data;
  } else {
    line["base64"] = base64(message.data);
  }
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Prints messages; on a terminal a line tells where another day begins.
class MessagePrinter {
 public:
  MessagePrinter(const Invocation& invocation, std::string room)
      : output_(invocation.output),
        room_(std::move(room)),
        json_(invocation.arguments.has("json")) {}

  bool operator()(const StreamMessage& message) {
    if (json_) return output_.print(json_line(message, room_));
    std::string text;
    const std::string day = local_clock(message.time, "%Y-%m-%d");
    if (output_.prints_to_terminal() && day != day_) text += "-- " + day + " --\n";
    day_ = day;
    text += local_clock(message.time, "%H:%M:%S") + " " +
            safe_text(user_name(user_of_subject(message.subject))) + ": " +
            safe_text(message.data) + "\n";
    return output_.print(text);
  }

 private:
  Output& output_;
  std::string room_;
  bool json_;
  std::string day_;
};

}  // namespace

Outcome run_send(const Invocation& invocation) {
  const auto session = invocation.backend.session();
  if (!session) return tl::unexpected<api::ApiError>(session.error());
  const auto user = sender(invocation, (*session)->settings());
  if (!user) return tl::unexpected<api::ApiError>(user.error());
  const auto text = message_text(invocation);
  if (!text) return tl::unexpected<api::ApiError>(text.error());
  const auto room = show_room(invocation);
  if (!room) return tl::unexpected<api::ApiError>(room.error());
  const auto subject = subject_for(*room, *user);
  if (!subject) return tl::unexpected<api::ApiError>(subject.error());
  const auto reply = (*session)->request(*subject, *text);
  if (!reply) return tl::unexpected<api::ApiError>(not_stored(reply.error(), **session, *subject));
  const auto ack = parse_publish_ack(reply->data);
  if (!ack) {
    return tl::unexpected<api::ApiError>(
        api::ApiError{api::ApiCode::refused, ack.error().text, {}});
  }
  if (invocation.arguments.has("json")) {
    const Json sent{
        {"room", room->id}, {"subject", *subject}, {"stream", ack->stream}, {"seq", ack->seq}};
    print_json(invocation.output, sent.dump(-1, ' ', false, Json::error_handler_t::replace));
  } else {
    invocation.output.print("stored in " + safe_text(room->id) + " as message " +
                            std::to_string(ack->seq) + "\n");
  }
  return exit_ok;
}

Outcome run_tail(const Invocation& invocation) {
  auto range = read_range(invocation);
  if (range) range->follow = !invocation.arguments.has("no-follow");
  if (!range) return tl::unexpected<api::ApiError>(range.error());
  const auto room = show_room(invocation);
  if (!room) return tl::unexpected<api::ApiError>(room.error());
  const auto session = invocation.backend.session();
  if (!session) return tl::unexpected<api::ApiError>(session.error());
  // A room of a pool is a small part of its stream: where its newest messages lie is only known
  // from reading all of them.
  StreamReader::Wanted wanted;
  if (room->layout == "pooled") wanted = [](const StreamMessage&) { return true; };
  StreamReader reader(**session, room->stream, room->subscribe_subject, std::move(wanted));
  MessagePrinter printer(invocation, room->id);
  const auto read =
      reader.read(*range, [&printer](const StreamMessage& message) { return printer(message); });
  if (!read) return tl::unexpected<api::ApiError>(read.error());
  return exit_ok;
}

}  // namespace roomkeeper::cli
