#include "tests/support/fake_jetstream.h"

#include <charconv>
#include <utility>
#include <vector>

#include "tests/support/fake_json.h"
#include "tests/support/rfc3339.h"
#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

namespace {

std::uint64_t reservation(const FakeStreamConfig& config) {
  return config.max_bytes > 0 ? static_cast<std::uint64_t>(config.max_bytes) : 0;
}

}  // namespace

FakeJetStream::FakeJetStream(FakeVersion version, std::string server_name,
                             FakeJetStreamLimits limits, FakeJetStreamPorts ports)
    : version_(std::move(version)),
      server_name_(std::move(server_name)),
      limits_(limits),
      ports_(std::move(ports)) {}

bool FakeJetStream::request(std::string_view operation, const sidecar::Message& message) {
  ++api_requests_;
  if (stays_silent(operation)) return true;
  bool taken = true;
  std::optional<std::string> reply;
  if (operation.substr(0, 9) == "CONSUMER." || operation.substr(0, 11) == "DIRECT.GET.") {
    reply = consumer_request(operation, message, taken);
  } else {
    reply = stream_request(operation, message);
  }
  if (!reply) return taken;
  if (reply->find("\"error\":{") != std::string::npos) ++api_errors_;
  sidecar::Message out;
  out.subject = message.reply;
  out.data = std::move(*reply);
  if (message.reply.empty()) return true;
  const policies::Nanoseconds delay = reply_delay(operation);
  if (delay <= policies::Nanoseconds::zero()) {
    ports_.send(message.reply, std::move(out));
  } else {
    ports_.later(delay, [this, out] { ports_.send(out.subject, out); });
  }
  return true;
}

void FakeJetStream::acknowledge(std::string_view subject) {
  const auto tokens = subject_tokens(subject);
  if (tokens.size() < 6) return;
  Entry* found = entry(tokens[2]);
  if (found == nullptr) return;
  const auto consumer = found->consumers.find(std::string(tokens[3]));
  std::uint64_t seq = 0;
  std::from_chars(tokens[5].data(), tokens[5].data() + tokens[5].size(), seq);
  if (consumer == found->consumers.end() || !consumer->second.acknowledge(seq)) return;
  consumer->second.touch(ports_.now());
  if (found->stream.config().retention == FakeRetention::workqueue) found->stream.erase(seq);
  drop_unwanted(*found);
}

bool FakeJetStream::publish(const sidecar::Message& message, std::optional<policies::WallTime> at) {
  std::vector<std::string> captured_by;
  by_subject_.match(message.subject, [&](const std::string& name) { captured_by.push_back(name); });
  for (const std::string& name : captured_by) {
    Entry& found = *entries_.find(name)->second;
    const auto stored = found.stream.store(message.subject, message.headers, message.data,
                                           at.value_or(ports_.now()));
    if (!message.reply.empty() && !found.stream.config().no_ack) {
      sidecar::Message ack;
      ack.subject = message.reply;
      const std::string stream = "\"stream\":" + quote_json(name);
      if (!stored) {
        ack.data = "{" + error_member(stored.error()) + "," + stream + ",\"seq\":0}";
      } else {
        ack.data = "{" + stream + ",\"seq\":" + std::to_string(stored->seq) +
                   (stored->duplicate ? ",\"duplicate\": true}" : "}");
      }
      ports_.send(message.reply, std::move(ack));
    }
    serve(found);
    drop_unwanted(found);
    copy_to_mirrors(name);
  }
  return !captured_by.empty();
}

void FakeJetStream::refresh(Entry& found) {
  const auto now = ports_.now();
  found.stream.expire(now);
  std::erase_if(found.consumers, [&](const auto& item) { return item.second.expired(now); });
}

FakeJetStream::Entry* FakeJetStream::entry(std::string_view name) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return nullptr;
  refresh(*found->second);
  return found->second.get();
}

FakeStream* FakeJetStream::find(const std::string& name) {
  Entry* found = entry(name);
  return found == nullptr ? nullptr : &found->stream;
}

std::set<std::string> FakeJetStream::names() const {
  std::set<std::string> result;
  for (const auto& item : entries_) result.insert(item.first);
  return result;
}

bool FakeJetStream::captures(std::string_view subject) const {
  bool captured = false;
  by_subject_.match(subject, [&](const std::string&) { captured = true; });
  return captured;
}

bool FakeJetStream::overlaps(const FakeStreamConfig& config) const {
  for (const auto& subject : config.subjects) {
    if (by_subject_.any_overlap(subject,
                                [&](const std::string& name) { return name != config.name; }))
      return true;
  }
  return false;
}

void FakeJetStream::index(const FakeStreamConfig& config) {
  for (const auto& subject : config.subjects) by_subject_.insert(subject, config.name);
}

void FakeJetStream::unindex(const FakeStreamConfig& config) {
  for (const auto& subject : config.subjects) by_subject_.erase(subject, config.name);
}

ApiResult<> FakeJetStream::check_room_for(const FakeStreamConfig& config,
                                          const FakeStream* replaced) const {
  if (replaced == nullptr && limits_.max_streams > 0 &&
      entries_.size() >= static_cast<std::uint64_t>(limits_.max_streams)) {
    return api_fail(400, 10027, "maximum number of streams reached");
  }
  const std::int64_t limit = config.memory ? limits_.max_memory : limits_.max_storage;
  const std::uint64_t before = replaced == nullptr ? 0 : reservation(replaced->config());
  const std::uint64_t after = reservation(config);
  // A stream without max_bytes reserves nothing, and is not made where not even a byte is free.
  const std::uint64_t least = replaced == nullptr ? 1 : 0;
  const std::uint64_t more = after > before ? after - before : least;
  const bool fits_account =
      limit < 0 || reserved(config.memory) + more <= static_cast<std::uint64_t>(limit);
  if (fits_account && ports_.has_room(config.memory, more)) return {};
  return config.memory ? api_fail(500, 10028, "insufficient memory resources available")
                       : api_fail(500, 10047, "insufficient storage resources available");
}

void FakeJetStream::release(const FakeStreamConfig& config) {
  reserved_[config.memory ? 1 : 0] -= reservation(config);
}

ApiResult<> FakeJetStream::create(std::string_view name, std::string_view config_json) {
  auto config = parse_stream_config(config_json, name, version_, direct_lookup());
  if (!config) return tl::unexpected(config.error());
  if (auto placed = check_replicas(*config); !placed) return placed;
  if (const auto existing = entries_.find(name); existing != entries_.end()) {
    if (existing->second->stream.config().list_json == config->list_json) return {};
    return api_fail(400, 10058, "stream name already in use with a different configuration");
  }
  if (overlaps(*config)) return api_fail(400, 10065, "subjects overlap with an existing stream");
  if (auto fits = check_room_for(*config, nullptr); !fits) return fits;
  index(*config);
  reserved_[config->memory ? 1 : 0] += reservation(*config);
  entries_.emplace(std::string(name),
                   std::make_unique<Entry>(Entry{FakeStream(*config, ports_.now()), {}}));
  if (election_ > policies::Nanoseconds::zero())
    entries_.find(name)->second->leader_at = ports_.now() + election_;
  add_mirror(*config);
  advise("CREATED", "create", std::string(name));
  return {};
}

bool FakeJetStream::remove(const std::string& name) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return false;
  unindex(found->second->stream.config());
  drop_mirror(found->second->stream.config());
  release(found->second->stream.config());
  entries_.erase(found);
  origin_gone(name);
  advise("DELETED", "delete", name);
  return true;
}

void FakeJetStream::lose_everything() {
  entries_.clear();
  reserved_ = {};
  mirrors_.clear();
  by_subject_ = {};
}

void FakeJetStream::serve(Entry& found) {
  for (auto& [name, consumer] : found.consumers) {
    consumer.serve(found.stream, ports_.now(), version_, ports_.send);
  }
}

void FakeJetStream::serve_later(const std::string& stream, policies::Nanoseconds delay) {
  ports_.later(delay, [this, stream] {
    if (const auto found = entries_.find(stream); found != entries_.end()) serve(*found->second);
  });
}

void FakeJetStream::drop_unwanted(Entry& found) {
  if (found.stream.config().retention != FakeRetention::interest) return;
  std::vector<std::uint64_t> unwanted;
  for (const auto& [seq, message] : found.stream.messages()) {
    bool held = false;
    for (const auto& [name, consumer] : found.consumers) held = held || consumer.holds(message);
    if (!held) unwanted.push_back(seq);
  }
  for (const std::uint64_t seq : unwanted) found.stream.erase(seq);
}

void FakeJetStream::advise(std::string_view what, std::string_view action,
                           const std::string& stream) {
  sidecar::Message out;
  out.subject = "$JS.EVENT.ADVISORY.STREAM." + std::string(what) + "." + stream;
  out.data =
      "{\"type\":\"io.nats.jetstream.advisory.v1.stream_action\",\"id\":\"fake\",\"timestamp\":\"" +
      to_rfc3339(ports_.now()) + "\",\"stream\":" + quote_json(stream) + ",\"action\":\"" +
      std::string(action) + "\"}";
  const std::string to = out.subject;
  ports_.send(to, std::move(out));
}

}  // namespace roomkeeper::testing
