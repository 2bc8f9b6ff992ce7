#include "tests/support/fake_stream_config.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include <nlohmann/json.hpp>

#include "tests/support/fake_json.h"
#include "tests/support/subject_pattern.h"

namespace roomkeeper::testing {

namespace {

using policies::Nanoseconds;
using namespace std::chrono_literals;

/// Fields since 2.9, then by version.
constexpr std::array<std::string_view, 34> known_fields = {"name",
                                                           "description",
                                                           "subjects",
                                                           "retention",
                                                           "max_consumers",
                                                           "max_msgs",
                                                           "max_bytes",
                                                           "max_age",
                                                           "max_msgs_per_subject",
                                                           "max_msg_size",
                                                           "discard",
                                                           "storage",
                                                           "num_replicas",
                                                           "no_ack",
                                                           "duplicate_window",
                                                           "placement",
                                                           "mirror",
                                                           "sources",
                                                           "compression",
                                                           "first_seq",
                                                           "republish",
                                                           "allow_direct",
                                                           "mirror_direct",
                                                           "discard_new_per_subject",
                                                           "sealed",
                                                           "deny_delete",
                                                           "deny_purge",
                                                           "allow_rollup_hdrs",
                                                           "consumer_limits",
                                                           "metadata",
                                                           "subject_transform",
                                                           "pedantic",
                                                           "template_owner",
                                                           "ttl"};
constexpr std::array<std::string_view, 7> newer_fields = {
    "allow_msg_ttl", "subject_delete_marker_ttl", "allow_msg_counter",
    "allow_atomic",  "allow_msg_schedules",       "persist_mode",
    "allow_batched"};
/// Printed as given when they are there.
constexpr std::array<std::string_view, 5> passed_on = {"subject_delete_marker_ttl",
                                                       "allow_msg_counter", "allow_atomic",
                                                       "allow_msg_schedules", "persist_mode"};

template <class List>
bool contains(const List& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

ApiResult<> check_fields(const Json& body, const FakeVersion& version) {
  if (!version.refuses_unknown_fields()) return {};
  for (const auto& item : body.items()) {
    if (contains(known_fields, item.key()) || contains(newer_fields, item.key())) continue;
    return tl::unexpected(api_error::invalid_json("json: unknown field " + quote_json(item.key())));
  }
  return {};
}

std::int64_t unlimited_if_zero(std::int64_t value) {
  return value == 0 ? -1 : value;
}

ApiResult<> read_choices(JsonFields& fields, FakeStreamConfig& config) {
  const std::string retention = fields.text("retention", "limits");
  const std::string discard = fields.text("discard", "old");
  const std::string storage = fields.text("storage", "file");
  if (retention == "workqueue") {
    config.retention = FakeRetention::workqueue;
  } else if (retention == "interest") {
    config.retention = FakeRetention::interest;
  } else if (retention != "limits") {
    return tl::unexpected(api_error::invalid_json("can not unmarshal \"" + retention + "\""));
  }
  if (discard != "old" && discard != "new") {
    return tl::unexpected(api_error::invalid_json("can not unmarshal \"" + discard + "\""));
  }
  if (storage != "file" && storage != "memory") {
    return tl::unexpected(api_error::invalid_json("can not unmarshal \"" + storage + "\""));
  }
  config.discard_new = discard == "new";
  config.memory = storage == "memory";
  return {};
}

void read_numbers(JsonFields& fields, FakeStreamConfig& config) {
  config.max_consumers = unlimited_if_zero(fields.integer("max_consumers", -1));
  config.max_msgs = unlimited_if_zero(fields.integer("max_msgs", -1));
  config.max_bytes = unlimited_if_zero(fields.integer("max_bytes", -1));
  config.max_msgs_per_subject = unlimited_if_zero(fields.integer("max_msgs_per_subject", -1));
  config.max_msg_size = unlimited_if_zero(fields.integer("max_msg_size", -1));
  config.max_age = Nanoseconds(fields.integer("max_age"));
  config.duplicate_window = Nanoseconds(fields.integer("duplicate_window"));
  config.replicas = std::max<std::int64_t>(1, fields.integer("num_replicas", 1));
  config.first_seq = fields.counter("first_seq");
}

void read_flags(JsonFields& fields, FakeStreamConfig& config, const FakeVersion& version) {
  config.discard_new_per_subject = fields.boolean("discard_new_per_subject");
  config.no_ack = fields.boolean("no_ack");
  config.allow_direct = fields.boolean("allow_direct");
  config.allow_rollup = fields.boolean("allow_rollup_hdrs");
  config.sealed = fields.boolean("sealed");
  config.deny_delete = fields.boolean("deny_delete");
  config.deny_purge = fields.boolean("deny_purge");
  if (const Json* mirror = fields.member("mirror"); mirror != nullptr && mirror->is_object()) {
    config.mirror = true;
    JsonFields of(*mirror);
    config.mirror_of = of.text("name");
    config.mirror_filter = of.text("filter_subject");
  }
  config.mirror_direct = fields.boolean("mirror_direct");
  config.has_sources = fields.member("sources") != nullptr;
  if (version.minor >= 11) config.allow_msg_ttl = fields.boolean("allow_msg_ttl");
}

/// What the server keeps to itself, wildcards that reach into it included; events may be captured.
bool is_reserved(const std::string& subject) {
  for (const std::string_view space : {"$JS.>", "$JSC.>", "$NRG.>", "$SYS.>"}) {
    if (!patterns_overlap(subject, space)) continue;
    const std::string_view open = space == "$SYS.>" ? "$SYS.ACCOUNT." : "$JS.EVENT.";
    if (subject.compare(0, open.size(), open) != 0) return true;
  }
  return false;
}

ApiResult<> check_subjects(const FakeStreamConfig& config, const FakeVersion& version) {
  const auto fail = [](std::string text) {
    return tl::unexpected(api_error::invalid_config(std::move(text)));
  };
  for (std::size_t i = 0; i < config.subjects.size(); ++i) {
    const std::string& subject = config.subjects[i];
    if (!is_subject_pattern(subject)) return fail("invalid subject");
    if (!config.no_ack && subject == ">")
      return fail("capturing all subjects requires no-ack to be true");
    if (!config.no_ack && is_reserved(subject)) {
      return fail("subjects that overlap with jetstream api require no-ack to be true");
    }
    for (std::size_t k = 0; k < i; ++k) {
      const std::string& earlier = config.subjects[k];
      if (!patterns_overlap(earlier, subject)) continue;
      if (earlier == subject && version.minor < 11) return fail("duplicate subjects detected");
      return fail("subject " + quote_json(earlier) + " overlaps with " + quote_json(subject));
    }
  }
  return {};
}

ApiResult<> complete(FakeStreamConfig& config) {
  const auto fail = [](std::string text) {
    return tl::unexpected(api_error::invalid_config(std::move(text)));
  };
  if (config.max_age != Nanoseconds::zero() && config.max_age < 100ms) {
    return fail("max age needs to be >= 100ms");
  }
  const bool mirrors_all_ids = config.mirror && config.duplicate_window == Nanoseconds::zero();
  if (config.duplicate_window == Nanoseconds::zero() && !config.mirror) {
    config.duplicate_window = 2min;
    if (config.max_age > Nanoseconds::zero()) {
      config.duplicate_window = std::min<Nanoseconds>(config.duplicate_window, config.max_age);
    }
  }
  if (config.duplicate_window < Nanoseconds::zero())
    return fail("duplicates window can not be negative");
  if (config.max_age > Nanoseconds::zero() && config.duplicate_window > config.max_age) {
    return fail("duplicates window can not be larger then max age");
  }
  if (!mirrors_all_ids && config.duplicate_window < 100ms)
    return fail("duplicates window needs to be >= 100ms");
  if (config.discard_new_per_subject && !config.discard_new) {
    return fail("discard new per subject requires discard new policy to be set");
  }
  if (config.discard_new_per_subject && config.max_msgs_per_subject <= 0) {
    return fail("discard new per subject requires max msgs per subject > 0");
  }
  return {};
}

std::string_view retention_text(FakeRetention retention) {
  if (retention == FakeRetention::workqueue) return "workqueue";
  return retention == FakeRetention::interest ? "interest" : "limits";
}

void copy_member(const JsonFields& fields, std::string_view key, Json& to) {
  if (const Json* value = fields.member(key)) to[std::string(key)] = *value;
}

Json print_limits(const FakeStreamConfig& config, const JsonFields& given) {
  Json out;
  out["name"] = config.name;
  copy_member(given, "description", out);
  if (!config.subjects.empty()) out["subjects"] = config.subjects;
  out["retention"] = retention_text(config.retention);
  out["max_consumers"] = config.max_consumers;
  out["max_msgs"] = config.max_msgs;
  out["max_bytes"] = config.max_bytes;
  out["max_age"] = config.max_age.count();
  out["max_msgs_per_subject"] = config.max_msgs_per_subject;
  out["max_msg_size"] = config.max_msg_size;
  out["discard"] = config.discard_new ? "new" : "old";
  out["storage"] = config.memory ? "memory" : "file";
  out["num_replicas"] = config.replicas;
  if (config.no_ack) out["no_ack"] = true;
  if (config.duplicate_window > Nanoseconds::zero())
    out["duplicate_window"] = config.duplicate_window.count();
  return out;
}

/// nats-server keeps metadata of its own in there; a client's text for those keys is replaced.
Json print_metadata(const JsonFields& given, const FakeVersion& version, bool dynamic) {
  Json metadata = Json::object();
  if (const Json* wanted = given.member("metadata"); wanted != nullptr && wanted->is_object()) {
    for (const auto& item : wanted->items()) {
      if (item.key() != "_nats.ver" && item.key() != "_nats.level")
        metadata[item.key()] = item.value();
    }
  }
  if (!version.has_dynamic_metadata()) return metadata;
  metadata["_nats.req.level"] = "0";
  if (dynamic) {
    metadata["_nats.ver"] = version.text;
    metadata["_nats.level"] = std::to_string(version.api_level());
  }
  return metadata;
}

void print(FakeStreamConfig& config, const JsonFields& given, const FakeVersion& version) {
  Json out = print_limits(config, given);
  copy_member(given, "placement", out);
  copy_member(given, "mirror", out);
  copy_member(given, "sources", out);
  out["compression"] = "none";
  copy_member(given, "compression", out);
  if (config.first_seq > 0) out["first_seq"] = config.first_seq;
  copy_member(given, "subject_transform", out);
  copy_member(given, "republish", out);
  out["allow_direct"] = config.allow_direct;
  out["mirror_direct"] = config.mirror_direct;
  if (config.discard_new_per_subject) out["discard_new_per_subject"] = true;
  out["sealed"] = config.sealed;
  out["deny_delete"] = config.deny_delete;
  out["deny_purge"] = config.deny_purge;
  out["allow_rollup_hdrs"] = config.allow_rollup;
  out["consumer_limits"] = Json::object();
  copy_member(given, "consumer_limits", out);
  if (version.minor >= 11) {
    out["allow_msg_ttl"] = config.allow_msg_ttl;
    for (const auto key : passed_on) copy_member(given, key, out);
  }
  for (const bool dynamic : {true, false}) {
    const Json metadata = print_metadata(given, version, dynamic);
    if (!metadata.empty()) out["metadata"] = metadata;
    (dynamic ? config.info_json : config.list_json) = dump_json(out);
  }
}

}  // namespace

ApiResult<FakeStreamConfig> parse_stream_config(std::string_view body, std::string_view name,
                                                const FakeVersion& version,
                                                const FakeDirectLookup& allows_direct) {
  if (body.empty() && version.minor < 11) return tl::unexpected(api_error::invalid_json());
  const auto parsed = parse_json_object(body);
  if (!parsed) return tl::unexpected(api_error::invalid_json());
  if (auto known = check_fields(*parsed, version); !known) return tl::unexpected(known.error());
  JsonFields fields(*parsed);
  FakeStreamConfig config;
  config.name = fields.text("name");
  config.subjects = fields.texts("subjects");
  if (auto chosen = read_choices(fields, config); !chosen) return tl::unexpected(chosen.error());
  read_numbers(fields, config);
  read_flags(fields, config, version);
  if (!fields.ok()) return tl::unexpected(api_error::invalid_json("wrong type of a field"));
  if (config.name != name)
    return api_fail(400, 10056, "stream name in subject does not match request");
  if (config.subjects.empty() && !config.mirror && !config.has_sources)
    config.subjects.push_back(config.name);
  if (config.mirror && !config.subjects.empty())
    return api_fail(400, 10034, "stream mirrors can not contain subjects");
  if (config.mirror && allows_direct(config.mirror_of)) config.mirror_direct = true;
  if (auto done = complete(config); !done) return tl::unexpected(done.error());
  if (auto good = check_subjects(config, version); !good) return tl::unexpected(good.error());
  print(config, fields, version);
  return config;
}

ApiResult<> check_update(const FakeStreamConfig& from, const FakeStreamConfig& to,
                         const FakeVersion& version) {
  const auto fail = [](std::string_view what) {
    return tl::unexpected(
        api_error::invalid_config("stream configuration update can not " + std::string(what)));
  };
  if (to.memory != from.memory) return fail("change storage type");
  if (!version.can_change_max_consumers() && to.max_consumers != from.max_consumers) {
    return fail("change MaxConsumers");
  }
  if (to.retention != from.retention &&
      (to.retention == FakeRetention::workqueue || from.retention == FakeRetention::workqueue)) {
    return fail("change retention policy to/from workqueue");
  }
  if (from.sealed && !to.sealed) return fail("unseal a sealed stream");
  if (from.deny_delete && !to.deny_delete) return fail("cancel deny message deletes");
  if (from.deny_purge && !to.deny_purge) return fail("cancel deny purge");
  if (from.allow_msg_ttl && !to.allow_msg_ttl) {
    return tl::unexpected(api_error::invalid_config("message TTL status can not be disabled"));
  }
  // Since 2.12 a mirror can be made a stream of its own, by taking its mirror away.
  const bool promoted = version.minor >= 12 && from.mirror && !to.mirror;
  const bool same = from.mirror_of == to.mirror_of && from.mirror_filter == to.mirror_filter;
  if (!same && !promoted) {
    return api_fail(400, 10055, "stream mirror configuration can not be updated");
  }
  return {};
}

}  // namespace roomkeeper::testing
