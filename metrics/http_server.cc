#include "metrics/http_server.h"

#include <array>
#include <chrono>
#include <exception>
#include <future>
#include <mutex>
#include <system_error>
#include <utility>

#include <civetweb.h>

#include "metrics/http_routes.h"
#include "metrics/label_text.h"
#include "metrics/listen_address.h"

namespace roomkeeper::metrics {
namespace {

using policies::ErrorCode;
using policies::fail;

void write(mg_connection* connection, const HttpReply& reply, bool with_body) {
  const std::string head = reply_head(reply);
  // A failure means that the client went away or did not read for request_timeout_ms; there is
  // nobody to tell.
  if (mg_write(connection, head.data(), head.size()) <= 0 || !with_body) return;
  static_cast<void>(mg_write(connection, reply.body.data(), reply.body.size()));
}

std::string_view text_or_empty(const char* text) {
  return text == nullptr ? std::string_view() : text;
}

}  // namespace

struct HttpServer::State {
  State(Metrics& the_metrics, const Health& the_health)
      : metrics(the_metrics), health(the_health) {}
  ~State() {
    if (context != nullptr) stop();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void stop();

  static int on_request(mg_connection* connection);
  static int on_error(mg_connection* connection, int status, const char* text);
  static int on_log(const mg_connection* connection, const char* text);

  Metrics& metrics;
  const Health& health;
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

int HttpServer::State::on_request(mg_connection* connection) {
  const mg_request_info* const info = mg_get_request_info(connection);
  auto* const self = static_cast<State*>(info->user_data);
  const HttpRequest request{text_or_empty(info->request_method), text_or_empty(info->local_uri_raw),
                            text_or_empty(info->query_string)};
  int status = 500;
  try {
    const HttpReply reply = answer(request, self->metrics, self->health);
    status = reply.status;
    write(connection, reply, request.method != "HEAD");
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

int HttpServer::State::on_error(mg_connection* connection, int status, const char* text) {
  try {
    write(connection, {status, clean_label(text_or_empty(text)) + "\n"}, true);
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

policies::Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& host, int port,
                                                                Metrics& metrics,
                                                                const Health& health) {
  const auto address = listen_address(host, port);
  if (!address) return policies::pass(address.error());
  if (address->ipv6() && !has_ipv6()) {
    return fail(ErrorCode::unsupported,
                "cannot listen on " + display_address(host, port) +
                    ": the civetweb library of this system has no IPv6; use an IPv4 address");
  }
  std::unique_ptr<HttpServer> server(new HttpServer());
  server->state_ = std::make_unique<State>(metrics, health);
  State& state = *server->state_;
  state.address = *address;
  // No document root and no keep-alive: nothing but on_request answers, and an idle client holds no
  // thread.
  std::array<const char*, 19> options{"listening_ports",
                                      address->text.c_str(),
                                      "num_threads",
                                      "4",
                                      "request_timeout_ms",
                                      "5000",
                                      "max_request_size",
                                      "8192",
                                      "tcp_nodelay",
                                      "1",
                                      "decode_url",
                                      "no",
                                      "enable_keep_alive",
                                      "no",
                                      "listen_backlog",
                                      "128",
                                      "enable_auth_domain_check",
                                      "no",
                                      nullptr};
  mg_callbacks callbacks{};
  callbacks.begin_request = &State::on_request;
  callbacks.http_error = &State::on_error;
  callbacks.log_message = &State::on_log;
  state.context = mg_start(&callbacks, &state, options.data());
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
