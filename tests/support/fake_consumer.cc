#include "tests/support/fake_consumer.h"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "tests/support/fake_json.h"
#include "tests/support/rfc3339.h"
#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

namespace {

using policies::Nanoseconds;
using policies::WallTime;
using namespace std::chrono_literals;

ApiResult<> check_against_stream(const FakeConsumerConfig& config, const FakeStream& stream) {
  if (config.deliver_policy == "last_per_subject" && config.filters.empty()) {
    return api_fail(400, 10094,
                    "consumer delivery policy is deliver last per subject, but optional filter "
                    "subject is not set");
  }
  if (config.deliver_policy == "by_start_time" && !config.start_time) {
    return api_fail(
        400, 10094,
        "consumer delivery policy is deliver by start time, but optional start time is not set");
  }
  if (stream.config().retention != FakeRetention::workqueue) return {};
  if (config.deliver_subject.empty() && !config.ack_explicit) {
    return api_fail(400, 10084,
                    "consumer in pull mode requires explicit ack policy on workqueue stream");
  }
  if (config.deliver_policy != "all") {
    return api_fail(400, 10101, "consumer must be deliver all on workqueue stream");
  }
  return {};
}

std::string print(const FakeConsumerConfig& config, const Json& given) {
  Json out = given;
  out["name"] = config.name;
  if (!out.contains("deliver_policy")) out["deliver_policy"] = config.deliver_policy;
  out["max_deliver"] = -1;
  out["replay_policy"] = "instant";
  if (config.inactive_threshold > Nanoseconds::zero()) {
    out["inactive_threshold"] = config.inactive_threshold.count();
  }
  if (!out.contains("num_replicas")) out["num_replicas"] = 0;
  return dump_json(out);
}

std::uint64_t first_after(const FakeStream& stream) {
  return std::max<std::uint64_t>(stream.last_seq() + 1, 1);
}

}  // namespace

ApiResult<FakeConsumerConfig> parse_consumer_config(std::string_view body, std::string_view name,
                                                    std::string_view filter,
                                                    const FakeStream& stream) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return tl::unexpected(api_error::invalid_json());
  JsonFields request(*parsed);
  const Json none = Json::object();
  const Json* given = request.member("config");
  if (given == nullptr) given = &none;
  if (!given->is_object()) return tl::unexpected(api_error::invalid_json());
  if (request.text("stream_name") != stream.config().name) {
    return api_fail(400, 10056, "stream name in subject does not match request");
  }
  JsonFields fields(*given);
  FakeConsumerConfig config;
  config.durable = !fields.text("durable_name").empty();
  config.name = name;
  config.deliver_policy = fields.text("deliver_policy", "all");
  config.start_seq = fields.counter("opt_start_seq");
  config.deliver_subject = fields.text("deliver_subject");
  config.ack_explicit = fields.text("ack_policy", "none") == "explicit";
  config.ack_none = fields.text("ack_policy", "none") == "none";
  config.filters = fields.texts("filter_subjects");
  if (const std::string one = fields.text("filter_subject"); !one.empty())
    config.filters.push_back(one);
  config.inactive_threshold = Nanoseconds(fields.integer("inactive_threshold"));
  if (const std::string time = fields.text("opt_start_time"); !time.empty()) {
    config.start_time = from_rfc3339(time);
    if (!config.start_time) return tl::unexpected(api_error::invalid_json());
  }
  if (!fields.ok() || !request.ok()) return tl::unexpected(api_error::invalid_json());
  if (!filter.empty() && (config.filters.size() != 1 || config.filters[0] != filter)) {
    return api_fail(400, 10131,
                    "Consumer create request did not match filtered subject from create subject");
  }
  if (auto good = check_against_stream(config, stream); !good) return tl::unexpected(good.error());
  if (!config.durable && config.inactive_threshold == Nanoseconds::zero())
    config.inactive_threshold = 5s;
  config.json = print(config, *given);
  return config;
}

FakeConsumer::FakeConsumer(FakeConsumerConfig config, const FakeStream& stream, WallTime now)
    : config_(std::move(config)), created_(now), last_active_(now) {
  const std::string& policy = config_.deliver_policy;
  next_seq_ = std::max<std::uint64_t>(stream.first_seq(), 1);
  if (policy == "new") {
    next_seq_ = first_after(stream);
  } else if (policy == "by_start_sequence") {
    next_seq_ = std::max(next_seq_, config_.start_seq);
  } else if (policy == "by_start_time") {
    const FakeMessage* first = stream.from_time(config_.start_time.value_or(now));
    next_seq_ = first == nullptr ? first_after(stream) : first->seq;
  } else if (policy == "last") {
    const FakeMessage* last = nullptr;
    for (const auto& [seq, message] : stream.messages()) {
      if (wants(message.subject)) last = &message;
    }
    next_seq_ = last == nullptr ? first_after(stream) : last->seq;
  } else if (policy == "last_per_subject") {
    only_.emplace();
    for (const auto& filter : config_.filters) only_->merge(stream.last_per_subject(filter));
    only_until_ = stream.last_seq();
    next_seq_ = only_->empty() ? first_after(stream) : *only_->begin();
  }
  delivered_stream_ = next_seq_ - 1;
  if (!config_.deliver_subject.empty()) {
    pulls_.push_back(FakePull{config_.deliver_subject, UINT64_MAX, 0, std::nullopt, false, true});
  }
}

bool FakeConsumer::wants(std::string_view subject) const {
  return config_.filters.empty() ||
         std::any_of(config_.filters.begin(), config_.filters.end(),
                     [&](const std::string& filter) { return pattern_matches(filter, subject); });
}

bool FakeConsumer::holds(const FakeMessage& message) const {
  if (!wants(message.subject)) return false;
  return message.seq >= next_seq_ || unacknowledged_.count(message.seq) > 0;
}

bool FakeConsumer::expired(WallTime now) const {
  const bool waiting = std::any_of(pulls_.begin(), pulls_.end(), [&](const FakePull& pull) {
    return pull.push || !pull.expires || *pull.expires > now;
  });
  return !waiting && config_.inactive_threshold > Nanoseconds::zero() &&
         last_active_ + config_.inactive_threshold <= now;
}

const FakeMessage* FakeConsumer::next(const FakeStream& stream) const {
  const auto& messages = stream.messages();
  for (auto it = messages.lower_bound(next_seq_); it != messages.end(); ++it) {
    if (only_ && it->first <= only_until_ && only_->count(it->first) == 0) continue;
    if (wants(it->second.subject)) return &it->second;
  }
  return nullptr;
}

std::uint64_t FakeConsumer::pending(const FakeStream& stream) const {
  std::uint64_t count = 0;
  const auto& messages = stream.messages();
  for (auto it = messages.lower_bound(next_seq_); it != messages.end(); ++it) {
    if (only_ && it->first <= only_until_ && only_->count(it->first) == 0) continue;
    if (wants(it->second.subject)) ++count;
  }
  return count;
}

void FakeConsumer::deliver(const FakeMessage& message, FakePull& pull, const std::string& stream,
                           std::uint64_t left, const FakeSend& send) {
  next_seq_ = message.seq + 1;
  delivered_stream_ = message.seq;
  ++delivered_;
  ++pull.given;
  if (!config_.ack_none) unacknowledged_.insert(message.seq);
  sidecar::Message out;
  out.subject = message.subject;
  out.headers = message.headers;
  out.data = message.data;
  out.reply = "$JS.ACK." + stream + "." + config_.name + ".1." + std::to_string(message.seq) + "." +
              std::to_string(delivered_) + "." +
              std::to_string(message.time.time_since_epoch().count()) + "." + std::to_string(left);
  send(pull.reply, std::move(out));
}

void FakeConsumer::serve(const FakeStream& stream, WallTime now, const FakeVersion& version,
                         const FakeSend& send) {
  const auto end = [&](const FakePull& pull, int status) {
    sidecar::Message out;
    out.subject = pull.reply;
    out.status = status;
    if (status == 408) {
      out.headers.emplace_back("Nats-Pending-Messages", std::to_string(pull.wanted - pull.given));
      out.headers.emplace_back("Nats-Pending-Bytes", "0");
    }
    send(pull.reply, std::move(out));
  };
  std::uint64_t left = pulls_.empty() ? 0 : pending(stream);
  while (!pulls_.empty()) {
    FakePull& pull = pulls_.front();
    if (pull.expires && *pull.expires <= now) {
      end(pull, 408);
      pulls_.pop_front();
      continue;
    }
    const FakeMessage* message = next(stream);
    if (message == nullptr) {
      if (!pull.no_wait) return;
      end(pull, pull.given == 0 || version.minor >= 11 ? 404 : 408);
      pulls_.pop_front();
      continue;
    }
    last_active_ = now;
    deliver(*message, pull, stream.config().name, --left, send);
    if (pull.given >= pull.wanted) pulls_.pop_front();
  }
}

std::string FakeConsumer::info_json(const FakeStream& stream, WallTime now) const {
  const auto pair = [](std::uint64_t consumer, std::uint64_t in_stream) {
    return "{\"consumer_seq\":" + std::to_string(consumer) +
           ",\"stream_seq\":" + std::to_string(in_stream) + "}";
  };
  const bool open = !unacknowledged_.empty();
  const std::uint64_t floor = open ? *unacknowledged_.begin() - 1 : delivered_stream_;
  return "\"stream_name\":" + quote_json(stream.config().name) +
         ",\"name\":" + quote_json(config_.name) + ",\"created\":\"" + to_rfc3339(created_) +
         "\",\"config\":" + config_.json + ",\"delivered\":" + pair(delivered_, delivered_stream_) +
         ",\"ack_floor\":" + pair(delivered_ - unacknowledged_.size(), floor) +
         ",\"num_ack_pending\":" + std::to_string(unacknowledged_.size()) +
         ",\"num_redelivered\":0,\"num_waiting\":" + std::to_string(pulls_.size()) +
         ",\"num_pending\":" + std::to_string(pending(stream)) + ",\"ts\":\"" + to_rfc3339(now) +
         "\"";
}

}  // namespace roomkeeper::testing
