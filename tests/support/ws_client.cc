#include "tests/support/ws_client.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

#include "tests/support/wire_bytes.h"

namespace roomkeeper::testing {
namespace {

using policies::ErrorCode;
using policies::Result;

// The pair that RFC 6455 itself gives as its example (1.3), so that the answer can be checked.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accepted = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

constexpr unsigned whole = 0x80;  // FIN: the frame is all of its message
constexpr unsigned masked = 0x80;
constexpr unsigned op_binary = 0x2;
constexpr unsigned op_close = 0x8;
constexpr unsigned op_ping = 0x9;
constexpr unsigned op_pong = 0xA;

struct Frame {
  unsigned opcode = 0;
  std::size_t head = 0;    ///< bytes in front of the payload
  std::size_t length = 0;  ///< of the payload
};

/// nullopt: there is more to come. A server does not mask.
std::optional<Frame> first_frame(std::string_view bytes) {
  if (bytes.size() < 2) return std::nullopt;
  Frame frame{byte_at(bytes, 0) & 0x0FU, 2, byte_at(bytes, 1) & 0x7FU};
  const std::size_t more = frame.length == 126 ? 2 : frame.length == 127 ? 8 : 0;
  if (more > 0) {
    frame.head += more;
    frame.length = 0;
    if (bytes.size() < frame.head) return std::nullopt;
    for (std::size_t i = 2; i < frame.head; ++i)
      frame.length = frame.length << 8U | byte_at(bytes, i);
  }
  if (bytes.size() - frame.head < frame.length) return std::nullopt;
  return frame;
}

}  // namespace

Result<std::unique_ptr<WsClient>> WsClient::connect(const WsClientOptions& options) {
  std::unique_ptr<WsClient> client(new WsClient(options.port));
  if (!client->stream_.connected())
    return policies::fail(ErrorCode::unavailable, "nobody listens for WebSockets");
  if (auto shaken = client->shake_hands(options); !shaken)
    return policies::pass(std::move(shaken).error());
  return client;
}

Result<> WsClient::shake_hands(const WsClientOptions& options) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  std::string request = "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options.port) +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ";
  request.append(key).append("\r\n\r\n");
  stream_.send(request);
  std::size_t end = bytes_.npos;
  while ((end = bytes_.find("\r\n\r\n")) == bytes_.npos) {
    if (!stream_.receive(bytes_, deadline))
      return policies::fail(ErrorCode::unavailable, "no answer to the upgrade");
  }
  const std::string answer = bytes_.substr(0, end);
  bytes_.erase(0, end + 4);
  if (!answer.starts_with("HTTP/1.1 101 ") || answer.find(accepted) == answer.npos)
    return policies::fail(ErrorCode::unavailable, "no WebSocket: " + answer);
  while (!greeted_) {
    if (!pump(deadline)) return policies::fail(ErrorCode::timeout, "the server does not greet");
  }
  send_frame(op_binary, R"(CONNECT {"verbose":false,"pedantic":false,"user":")" + options.user +
                            R"(","pass":")" + options.password + R"(","name":")" + options.name +
                            "\"}\r\n");
  return flush();
}

Result<> WsClient::subscribe(const std::string& subject) {
  send_frame(op_binary, "SUB " + subject + " " + std::to_string(++subscriptions_) + "\r\n");
  return flush();
}

Result<> WsClient::flush() {
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  const std::uint64_t wanted = pongs_ + 1;
  send_frame(op_binary, "PING\r\n");
  while (pongs_ < wanted && refusal_.empty()) {
    if (pump(deadline)) continue;
    return policies::fail(stream_.ended() ? ErrorCode::unavailable : ErrorCode::timeout,
                          "the server does not answer a PING");
  }
  if (refusal_.empty()) return {};
  return policies::fail(ErrorCode::denied, std::exchange(refusal_, {}));
}

bool WsClient::alive() {
  return flush().has_value();
}

std::optional<std::string> WsClient::next(std::chrono::milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  while (messages_.empty()) {
    if (!pump(deadline)) return std::nullopt;
  }
  std::string message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

bool WsClient::wait_for_end(std::chrono::milliseconds timeout) {
  const Deadline deadline = std::chrono::steady_clock::now() + timeout;
  while (pump(deadline)) continue;
  return stream_.ended();
}

bool WsClient::send_frame(unsigned opcode, std::string_view payload) {
  // A browser's mask must not be foreseen, because its pages are strangers; here nobody is.
  constexpr std::array<char, 4> mask = {'\x5A', '\x21', '\x7C', '\x13'};
  std::string frame{byte(whole | opcode)};
  if (payload.size() < 126) {
    frame += byte(masked | payload.size());
  } else {
    const std::size_t bytes = payload.size() < 65536 ? 2 : 8;
    frame += byte(masked | (bytes == 2 ? 126U : 127U));
    for (std::size_t i = bytes; i-- > 0;) frame += byte(std::uint64_t{payload.size()} >> (8 * i));
  }
  frame.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i)
    frame += byte(byte_at(payload, i) ^ static_cast<unsigned char>(mask[i % mask.size()]));
  return stream_.send(frame);
}

/// Takes in what there is, or comes before the deadline. False: nothing did, or the end.
bool WsClient::pump(Deadline deadline) {
  if (take_operation() || take_frame()) return true;
  return stream_.receive(bytes_, deadline);
}

bool WsClient::take_frame() {
  const auto frame = first_frame(bytes_);
  if (!frame) return false;
  const std::string payload = bytes_.substr(frame->head, frame->length);
  bytes_.erase(0, frame->head + frame->length);
  if (frame->opcode == op_ping) {
    send_frame(op_pong, payload);
  } else if (frame->opcode == op_close) {
    send_frame(op_close, payload);
  } else if (frame->opcode != op_pong) {
    protocol_ += payload;
  }
  return true;
}

bool WsClient::take_operation() {
  const std::size_t end = protocol_.find("\r\n");
  if (end == protocol_.npos) return false;
  const std::string line = protocol_.substr(0, end);
  if (line.starts_with("MSG ")) return take_message(line, end + 2);
  protocol_.erase(0, end + 2);
  if (line.starts_with("INFO ")) greeted_ = true;
  if (line == "PING") send_frame(op_binary, "PONG\r\n");
  if (line == "PONG") ++pongs_;
  if (line.starts_with("-ERR ")) refusal_ = line.substr(5);
  return true;
}

/// `MSG <subject> <sid> [reply] <bytes>`
bool WsClient::take_message(const std::string& line, std::size_t payload_at) {
  const std::string_view number = std::string_view(line).substr(line.rfind(' ') + 1);
  std::size_t length = 0;
  std::from_chars(number.data(), number.data() + number.size(), length);
  if (protocol_.size() - payload_at < length + 2) return false;
  messages_.push_back(protocol_.substr(payload_at, length));
  protocol_.erase(0, payload_at + length + 2);
  return true;
}

}  // namespace roomkeeper::testing
