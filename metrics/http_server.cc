#include "metrics/http_server.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <future>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include <civetweb.h>

#include "metrics/http_routes.h"
#include "metrics/http_site.h"
#include "metrics/label_text.h"
#include "metrics/listen_address.h"

namespace roomkeeper::metrics {
namespace {

using policies::ErrorCode;
using policies::fail;

constexpr std::uint64_t request_timeout_ms = 5000;
/// For the whole of an answer: civetweb's own time-out begins anew with each byte that is taken, so
/// that who reads drop by drop would hold a thread as long as they like.
constexpr std::uint64_t answer_timeout_ms = 10'000;
constexpr std::size_t written_at_once = 16 * 1024;

/// civetweb keeps one pointer for us with each connection: a number needs no memory of its own.
void* pointer_of(std::uint64_t number) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(number));
}
std::uint64_t number_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

std::string_view text_or_empty(const char* text) {
  return text == nullptr ? std::string_view() : text;
}

}  // namespace

struct HttpServer::State {
  explicit State(HttpSite the_site) : site(std::move(the_site)) {}
  ~State() {
    if (context != nullptr) stop();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void stop();

  static int on_connection(const mg_connection* connection, void** data);
  static void on_close(const mg_connection* connection);
  static int on_request(mg_connection* connection);
  static int on_error(mg_connection* connection, int status, const char* text);
  static int on_log(const mg_connection* connection, const char* text);
  bool took_too_long(const mg_connection* connection) const;
  void write(mg_connection* connection, const HttpReply& reply, bool with_body);

  HttpSite site;
  mg_context* context = nullptr;
  ListenAddress address;
  int port = 0;
  std::mutex log_mutex;
  std::string first_log;  ///< while starting, the reason of a failure
};

void HttpServer::State::stop() {
  // civetweb's listener looks at its stop flag every 2 s or when somebody connects: so somebody
  // connects.
  try {
    const auto stopped = std::async(std::launch::async, mg_stop, context);
    while (stopped.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready) {
      knock(address, port);
    }
  } catch (const std::system_error&) {
    mg_stop(context);  // no thread to be had: then it takes its 2 s
  }
}

/// A failure means that the client went away or does not read; there is nobody to tell.
void HttpServer::State::write(mg_connection* connection, const HttpReply& reply, bool with_body) {
  const std::uint64_t began = site.now_ms();
  const std::string head = reply_head(reply);
  if (mg_write(connection, head.data(), head.size()) <= 0 || !with_body) return;
  std::string_view rest = reply.body;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, written_at_once);
    const bool taken =
        mg_write(connection, part.data(), part.size()) == static_cast<int>(part.size());
    rest.remove_prefix(part.size());
    const std::uint64_t passed = site.now_ms() - began;
    if (taken && (rest.empty() || passed < answer_timeout_ms)) continue;
    if (passed >= request_timeout_ms) site.count_refused("timeout");
    return;
  }
}

int HttpServer::State::on_request(mg_connection* connection) {
  const mg_request_info* const info = mg_get_request_info(connection);
  auto* const self = static_cast<State*>(info->user_data);
  const HttpRequest request{
      .method = text_or_empty(info->request_method),
      .path = text_or_empty(info->local_uri_raw),
      .query = text_or_empty(info->query_string),
      .host = text_or_empty(mg_get_header(connection, "Host")),
      .authorization = text_or_empty(mg_get_header(connection, "Authorization"))};
  int status = 500;
  try {
    mg_set_user_connection_data(connection, nullptr);  // the request has come in time
    const HttpReply reply = self->site.answer(request);
    status = reply.status;
    self->write(connection, reply, request.method != "HEAD");
  } catch (const std::exception&) {
    // Out of memory: the connection is closed without an answer. An exception must not cross
    // civetweb's C.
    return -1;
  }
  // A body has no meaning here. A negative value makes civetweb close without reading it: it would
  // wait for it as long as bytes of it keep dripping in.
  const bool has_body =
      info->content_length > 0 || mg_get_header(connection, "Transfer-Encoding") != nullptr;
  return has_body ? -1 : status;
}

/// The connection's own data is when it began, in milliseconds and never 0, until it is answered.
int HttpServer::State::on_connection(const mg_connection* connection, void** data) {
  const auto* const self = static_cast<const State*>(mg_get_user_data(mg_get_context(connection)));
  try {
    *data = pointer_of(self->site.now_ms());
  } catch (const std::exception&) {
    *data = nullptr;
  }
  return 0;
}

/// Nothing came, or not all of a request.
void HttpServer::State::on_close(const mg_connection* connection) {
  auto* const self = static_cast<State*>(mg_get_user_data(mg_get_context(connection)));
  try {
    if (self->took_too_long(connection)) self->site.count_refused("timeout");
  } catch (const std::exception&) {
    return;  // out of memory: not counted
  }
}

bool HttpServer::State::took_too_long(const mg_connection* connection) const {
  const std::uint64_t began = number_of(mg_get_user_connection_data(connection));
  return began != 0 && site.now_ms() - began >= request_timeout_ms;
}

int HttpServer::State::on_error(mg_connection* connection, int status, const char* text) {
  auto* const self = static_cast<State*>(mg_get_user_data(mg_get_context(connection)));
  try {
    HttpReply reply{status, clean_label(text_or_empty(text)) + "\n"};
    if (self->took_too_long(connection)) reply = {408, "the request took too long to come\n"};
    mg_set_user_connection_data(connection, nullptr);
    if (reply.status == 408) self->site.count_refused("timeout");
    // civetweb answers 400 to what it cannot read, be it no HTTP or too much of it.
    if (reply.status == 400 || reply.status == 413) self->site.count_refused("too_large");
    self->write(connection, reply, true);
  } catch (const std::exception&) {
    return 1;  // out of memory: civetweb's own page, which needs none of ours
  }
  return 0;
}

int HttpServer::State::on_log(const mg_connection* connection, const char* text) {
  auto* const self = static_cast<State*>(mg_get_user_data(mg_get_context(connection)));
  try {
    const std::lock_guard lock(self->log_mutex);
    if (self->first_log.empty()) self->first_log = clean_label(text_or_empty(text));
  } catch (const std::exception&) {
    return 1;  // out of memory: the line is lost
  }
  return 1;  // keeps it off stderr: after the start lines only tell of clients that went away
}

HttpServer::HttpServer() = default;
HttpServer::~HttpServer() = default;

int HttpServer::port() const {
  return state_->port;
}

bool HttpServer::has_ipv6() {
  return mg_check_feature(MG_FEATURES_IPV6) != 0;
}

bool is_loopback(const std::string& host) {
  const auto address = listen_address(host, 0);
  return address && is_loopback_address(*address);
}

policies::Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& host, int port,
                                                                Metrics& metrics,
                                                                const Health& health,
                                                                HttpOptions options) {
  const auto address = listen_address(host, port);
  if (!address) return policies::pass(address.error());
  if (address->ipv6() && !has_ipv6()) {
    return fail(ErrorCode::unsupported,
                "cannot listen on " + display_address(host, port) +
                    ": the civetweb library of this system has no IPv6; use an IPv4 address");
  }
  std::unique_ptr<HttpServer> server(new HttpServer());
  server->state_ = std::make_unique<State>(
      HttpSite(metrics, health, std::move(options), is_loopback_address(*address)));
  State& state = *server->state_;
  state.address = *address;
  // No document root and no keep-alive: nothing but on_request answers, and an idle client holds no
  // thread.
  const std::string timeout = std::to_string(request_timeout_ms);
  const std::array<std::pair<const char*, const char*>, 10> settings{
      {{"listening_ports", address->text.c_str()},
       {"num_threads", "16"},
       {"connection_queue", "64"},
       {"request_timeout_ms", timeout.c_str()},
       {"max_request_size", "8192"},
       {"tcp_nodelay", "1"},
       {"decode_url", "no"},
       {"enable_keep_alive", "no"},
       {"listen_backlog", "128"},
       {"enable_auth_domain_check", "no"}}};
  std::vector<const char*> listed;
  for (const auto& [name, value] : settings) listed.insert(listed.end(), {name, value});
  listed.push_back(nullptr);
  mg_callbacks callbacks{};
  callbacks.init_connection = &State::on_connection;
  callbacks.connection_close = &State::on_close;
  callbacks.begin_request = &State::on_request;
  callbacks.http_error = &State::on_error;
  callbacks.log_message = &State::on_log;
  state.context = mg_start(&callbacks, &state, listed.data());
  if (state.context == nullptr) {
    const std::lock_guard lock(state.log_mutex);
    return fail(ErrorCode::unavailable,
                "cannot listen on " + display_address(host, port) +
                    (state.first_log.empty() ? std::string() : ": " + state.first_log));
  }
  mg_server_port listening{};
  if (mg_get_server_ports(state.context, 1, &listening) != 1) {
    return fail(ErrorCode::internal,
                "cannot tell which port " + display_address(host, port) + " listens on");
  }
  state.port = listening.port;
  return server;
}

}  // namespace roomkeeper::metrics
