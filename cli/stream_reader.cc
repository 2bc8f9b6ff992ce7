#include "cli/stream_reader.h"

#include <algorithm>
#include <utility>

namespace roomkeeper::cli {
namespace {

constexpr auto heartbeat = std::chrono::seconds(5);
constexpr auto silence_limit = std::chrono::seconds(13);  // two heartbeats missed, and some
constexpr auto retry_after = std::chrono::seconds(1);
constexpr int heartbeat_status = 100;
/// Where messages inside the stream were purged, reading begins earlier by their number, but not by
/// more than this.
constexpr std::uint64_t most_deleted = 10'000;

api::ApiError to_api_error(const policies::Error& error, const std::string& stream) {
  switch (error.code) {
    case policies::ErrorCode::not_found:
      return {api::ApiCode::room_not_found, "stream " + stream + ": " + error.text, {}};
    case policies::ErrorCode::timeout:
      return {api::ApiCode::timeout,
              "no answer from JetStream",
              {"a longer --timeout helps when the server is busy"}};
    case policies::ErrorCode::unavailable:
      return {api::ApiCode::not_connected, error.text, {"is JetStream enabled for this account?"}};
    default:
      return {api::ApiCode::refused, "stream " + stream + ": " + error.text, {}};
  }
}

std::uint64_t first_of_last(const StreamState& state, std::uint64_t last) {
  const std::uint64_t back = last + std::min(state.deleted, most_deleted);
  const std::uint64_t start = state.last_seq >= back ? state.last_seq - back + 1 : 1;
  return std::max({start, state.first_seq, std::uint64_t{1}});
}

}  // namespace

StreamReader::StreamReader(Session& session, std::string stream, std::string subject, Wanted wanted)
    : session_(session),
      stream_(std::move(stream)),
      subject_(std::move(subject)),
      wanted_(std::move(wanted)) {}

StreamReader::~StreamReader() {
  close();
}

api::ApiResult<StreamState> StreamReader::stream_state() {
  const auto reply = session_.request("$JS.API.STREAM.INFO." + stream_, "");
  if (!reply) return tl::unexpected<api::ApiError>(to_api_error(reply.error(), stream_));
  const auto state = parse_stream_state(reply->data);
  if (!state) return tl::unexpected<api::ApiError>(to_api_error(state.error(), stream_));
  return *state;
}

void StreamReader::close() {
  if (subscription_ == 0) return;
  session_.bus().unsubscribe(subscription_);
  subscription_ = 0;
}

api::ApiResult<void> StreamReader::open() {
  close();
  // A new inbox each time: what an older consumer still sends must not be taken for the new one's.
  const std::string inbox = session_.new_inbox();
  inbox_ = std::make_shared<Inbox>();
  consumer_seq_ = 0;
  connections_ = session_.bus().reconnects();
  const auto subscribed = session_.bus().subscribe(
      inbox, "", [box = inbox_](const sidecar::Message& message) { box->push_back(message); });
  if (!subscribed) return tl::unexpected<api::ApiError>(to_api_error(subscribed.error(), stream_));
  subscription_ = *subscribed;
  const auto reply = session_.request("$JS.API.CONSUMER.CREATE." + stream_,
                                      consumer_request(stream_, inbox, subject_, next_, heartbeat));
  if (!reply) return tl::unexpected<api::ApiError>(to_api_error(reply.error(), stream_));
  const auto pending = parse_consumer_reply(reply->data);
  if (!pending) return tl::unexpected<api::ApiError>(to_api_error(pending.error(), stream_));
  if (*pending == 0) past_stored_ = true;
  return {};
}

api::ApiResult<void> StreamReader::reopen(bool follow) {
  for (;;) {
    auto opened = open();
    if (opened || session_.interrupted()) return {};
    const bool lost = opened.error().code == api::ApiCode::not_connected ||
                      opened.error().code == api::ApiCode::timeout;
    if (!follow || !lost) return opened;
    // The server restarts or moves: whoever follows a room waits for it.
    session_.run_until([] { return false; }, retry_after);
    if (session_.interrupted()) return {};
  }
}

bool StreamReader::deliver(const Take& take) {
  for (; !stored_.empty(); stored_.pop_front()) {
    if (!take(stored_.front())) return false;
  }
  return true;
}

StreamReader::Step StreamReader::handle(const sidecar::Message& message, const ReadRange& range,
                                        const Take& take) {
  if (message.status == heartbeat_status) {
    const bool quiet = message.header("Nats-Last-Consumer") == std::to_string(consumer_seq_);
    if (!quiet) return Step::reopen;
    past_stored_ = true;
  } else if (message.status == 0) {
    const auto delivery = parse_delivery(message.reply);
    if (!delivery) return Step::go_on;
    if (delivery->consumer_seq != consumer_seq_ + 1) return Step::reopen;
    consumer_seq_ = delivery->consumer_seq;
    next_ = {.seq = delivery->stream_seq + 1, .time = std::nullopt};
    const bool beyond = !range.follow && delivery->stream_seq > stored_until_;
    StreamMessage stored{delivery->stream_seq, delivery->time, message.subject, message.data,
                         std::string(message.header("Nats-Msg-Id"))};
    if (!beyond && (!wanted_ || wanted_(stored))) {
      stored_.push_back(std::move(stored));
      if (keep_ > 0 && !past_stored_ && stored_.size() > keep_) stored_.pop_front();
    }
    if (delivery->stream_seq >= stored_until_ || delivery->pending == 0) past_stored_ = true;
  } else {
    return Step::go_on;
  }
  if ((past_stored_ || keep_ == 0) && !deliver(take)) return Step::finished;
  return past_stored_ && !range.follow ? Step::finished : Step::go_on;
}

api::ApiResult<void> StreamReader::read(const ReadRange& range, const Take& take) {
  const auto state = stream_state();
  if (!state) return tl::unexpected<api::ApiError>(state.error());
  stored_until_ = state->last_seq;
  keep_ = range.since ? 0 : range.last;
  const bool nothing_stored = state->messages == 0 || (!range.since && range.last == 0);
  past_stored_ = nothing_stored;
  next_.time = nothing_stored ? std::nullopt : range.since;
  next_.seq = nothing_stored ? state->last_seq + 1 : first_of_last(*state, range.last);
  // Where the wanted ones lie is only known from reading them all.
  if (wanted_ && !nothing_stored) next_.seq = std::max(state->first_seq, std::uint64_t{1});
  if (nothing_stored && !range.follow) return {};
  if (auto opened = open(); !opened) return opened;
  if (past_stored_ && !range.follow) return {};
  for (;;) {
    // A lost connection takes the consumer's interest with it: no need to wait for silence.
    session_.run_until(
        [this] { return !inbox_->empty() || session_.bus().reconnects() != connections_; },
        silence_limit);
    if (session_.interrupted()) return {};
    Step step = Step::reopen;
    if (!inbox_->empty()) {
      const sidecar::Message message = std::move(inbox_->front());
      inbox_->pop_front();
      step = handle(message, range, take);
    }
    if (step == Step::finished) return {};
    if (step == Step::reopen) {
      if (auto opened = reopen(range.follow); !opened) return opened;
    }
  }
}

}  // namespace roomkeeper::cli
