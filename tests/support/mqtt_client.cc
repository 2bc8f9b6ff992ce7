#include "tests/support/mqtt_client.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "tests/support/wire_bytes.h"

namespace roomkeeper::testing {
namespace {

using policies::ErrorCode;
using policies::Result;

// Types of packets (MQTT 3.1.1, 2.2.1), and those with flags that must be set as first bytes.
constexpr unsigned connect_type = 1;
constexpr unsigned connack_type = 2;
constexpr unsigned publish_type = 3;
constexpr unsigned suback_type = 9;
constexpr unsigned pingresp_type = 13;
constexpr unsigned subscribe_byte = 0x82;
constexpr unsigned pingreq_byte = 0xC0;
constexpr unsigned clean_user_and_password = 0xC2;
constexpr unsigned refused_subscription = 0x80;

std::string number(std::size_t value) {
  return {byte(value >> 8U), byte(value)};
}

std::string text(const std::string& value) {
  return number(value.size()) + value;
}

struct Packet {
  unsigned first_byte = 0;
  std::size_t head = 0;
  std::size_t length = 0;
};

/// nullopt: there is more to come.
std::optional<Packet> first_packet(std::string_view bytes) {
  constexpr std::size_t length_bytes_max = 4;
  if (bytes.empty()) return std::nullopt;
  Packet packet{byte_at(bytes, 0), 1, 0};
  for (std::size_t i = 0; i < length_bytes_max; ++i) {
    if (bytes.size() <= packet.head) return std::nullopt;
    const unsigned part = byte_at(bytes, packet.head++);
    packet.length |= std::size_t{part & 0x7FU} << (7 * i);
    if ((part & 0x80U) == 0) break;
  }
  if (bytes.size() - packet.head < packet.length) return std::nullopt;
  return packet;
}

}  // namespace

Result<std::unique_ptr<MqttClient>> MqttClient::connect(const MqttClientOptions& options) {
  std::unique_ptr<MqttClient> client(new MqttClient(options.port));
  if (!client->stream_.connected())
    return policies::fail(ErrorCode::unavailable, "nobody listens for MQTT");
  constexpr std::size_t level = 4;  // of 3.1.1
  constexpr std::size_t keep_alive_seconds = 60;
  const std::string body = text("MQTT") + byte(level) + byte(clean_user_and_password) +
                           number(keep_alive_seconds) + text(options.client_id) +
                           text(options.user) + text(options.password);
  client->send_packet(connect_type << 4U, body);
  const auto answer = client->await(connack_type);
  if (!answer) return policies::pass(answer.error());
  if (answer->size() != 2 || byte_at(*answer, 1) != 0)
    return policies::fail(ErrorCode::denied, "the server does not let the client in");
  return client;
}

Result<> MqttClient::subscribe(const std::string& topic) {
  const std::string id = number(++packet_id_);
  send_packet(subscribe_byte, id + text(topic) + byte(0));
  const auto answer = await(suback_type);
  if (!answer) return policies::pass(answer.error());
  if (answer->size() != 3 || !answer->starts_with(id) ||
      byte_at(*answer, 2) == refused_subscription)
    return policies::fail(ErrorCode::denied, "the server refuses " + topic);
  return {};
}

bool MqttClient::alive() {
  send_packet(pingreq_byte, {});
  return await(pingresp_type).has_value();
}

std::optional<std::string> MqttClient::next(std::chrono::milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  while (messages_.empty()) {
    if (!pump(deadline)) return std::nullopt;
  }
  std::string message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

bool MqttClient::wait_for_end(std::chrono::milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  while (pump(deadline)) continue;
  return stream_.ended();
}

bool MqttClient::send_packet(unsigned first_byte, std::string_view body) {
  std::string packet{byte(first_byte)};
  std::size_t left = body.size();
  do {
    const std::size_t part = left & 0x7FU;
    left >>= 7U;
    packet += byte(left > 0 ? part | 0x80U : part);
  } while (left > 0);
  return stream_.send(packet.append(body));
}

Result<std::string> MqttClient::await(unsigned type) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto found = std::find_if(answers_.begin(), answers_.end(),
                                    [type](const Answer& one) { return one.type == type; });
    if (found != answers_.end()) {
      std::string body = std::move(found->body);
      answers_.erase(found);
      return body;
    }
    if (pump(deadline)) continue;
    return policies::fail(stream_.ended() ? ErrorCode::unavailable : ErrorCode::timeout,
                          "the server does not answer");
  }
}

/// Takes in what there is, or comes before the deadline. False: nothing did, or the end.
bool MqttClient::pump(Deadline deadline) {
  return take_packet() || stream_.receive(bytes_, deadline);
}

bool MqttClient::take_packet() {
  const auto packet = first_packet(bytes_);
  if (!packet) return false;
  std::string body = bytes_.substr(packet->head, packet->length);
  bytes_.erase(0, packet->head + packet->length);
  const unsigned type = packet->first_byte >> 4U;
  if (type != publish_type) {
    answers_.push_back({type, std::move(body)});
    return true;
  }
  // With QoS 0 the topic is followed by the payload.
  if (body.size() < 2) return true;
  const std::size_t payload_at = 2 + (std::size_t{byte_at(body, 0)} << 8U | byte_at(body, 1));
  messages_.push_back(body.substr(std::min(payload_at, body.size())));
  return true;
}

}  // namespace roomkeeper::testing
