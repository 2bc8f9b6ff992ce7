#include "cli/permission_check.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/nats_config.h"
#include "policies/audit_names.h"
#include "policies/ids.h"
#include "policies/subjects.h"
#include "sidecar/nats/json_reply.h"

namespace roomkeeper::cli {
namespace {

using nlohmann::json;
using policies::Direction;
using policies::Grantee;
using policies::Permission;
using policies::PermissionNames;
using policies::Role;
using sidecar::nats::read_child;
using sidecar::nats::read_string;

constexpr std::size_t subjects_max = 10'000;
/// Of rooms and users that nobody has.
constexpr const char* nobody = "roomctl-doctor-nobody";

std::vector<std::string> read_list(const json& object, const char* key) {
  std::vector<std::string> list;
  const json* items = read_child(object, key);
  if (items == nullptr || !items->is_array()) return list;
  for (const json& item : *items) {
    if (item.is_string() && list.size() < subjects_max)
      list.push_back(item.get_ref<const std::string&>());
  }
  return list;
}

GrantedSubjects read_subjects(const json* permissions, const char* key) {
  const json* part = permissions == nullptr ? nullptr : read_child(*permissions, key);
  if (part == nullptr) return {};
  GrantedSubjects read{.allow = read_list(*part, "allow"), .deny = read_list(*part, "deny")};
  read.restricted = !read.allow.empty();
  return read;
}

bool is_allowed(const GrantedSubjects& granted, const std::string& subject) {
  const auto covers = [&](const std::string& one) {
    // A queue may stand behind the subject of a subscription.
    return policies::subject_contains(one.substr(0, one.find(' ')), subject);
  };
  const auto touches = [&](const std::string& one) {
    return policies::subjects_overlap(one.substr(0, one.find(' ')), subject);
  };
  if (granted.restricted && std::none_of(granted.allow.begin(), granted.allow.end(), covers))
    return false;
  return std::none_of(granted.deny.begin(), granted.deny.end(), touches);
}

/// Literal, and of nobody: what a try of this line would use.
std::string literal_of(std::string subject) {
  std::string out;
  for (std::size_t begin = 0; begin <= subject.size();) {
    const std::size_t dot = std::min(subject.find('.', begin), subject.size());
    const std::string token = subject.substr(begin, dot - begin);
    out += (out.empty() ? "" : ".") + (token == "*" || token == ">" ? std::string(nobody) : token);
    begin = dot + 1;
  }
  return out;
}

}  // namespace

api::ApiResult<Grantee> parse_as(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  const auto role = policies::parse_role(kind);
  if (!role) {
    return usage_error("--as: expected chat:NAME, admin, reader, daemon or system, not \"" +
                       std::string(text) + "\"");
  }
  if (*role == Role::chat_user) return parse_chat_user(rest);
  const std::string user = rest.empty() ? std::string(kind) : std::string(rest);
  if (!policies::is_name_token(user))
    return usage_error("--as: \"" + user + "\" is not a user's name");
  return grantee_of(*role, user);
}

policies::Result<Granted> parse_granted(std::string_view text) {
  const auto reply = sidecar::nats::parse_reply(text);
  if (!reply) return policies::pass(reply.error());
  const json* data = read_child(*reply, "data");
  if (data == nullptr || !data->is_object())
    return policies::fail(policies::ErrorCode::internal, "the server does not say who this is");
  const json* permissions = read_child(*data, "permissions");
  Granted granted;
  granted.user = read_string(*data, "user").value_or("");
  granted.account = read_string(*data, "account").value_or("");
  granted.publish = read_subjects(permissions, "publish");
  granted.subscribe = read_subjects(permissions, "subscribe");
  granted.responds = permissions != nullptr && read_child(*permissions, "responses") != nullptr;
  return granted;
}

std::string danger_of(Direction direction, const std::string& subject,
                      const policies::Names& names) {
  const auto reaches = [&](const std::string& pattern) {
    return policies::subjects_overlap(subject, pattern);
  };
  if (subject == ">") return "everything";
  if (direction == Direction::subscribe) {
    if (reaches("_INBOX.>")) return "reads the replies to others";
    if (reaches(names.admin_prefix + ".>")) return "reads the orders of administrators";
    if (reaches("$JS.>") || reaches("$KV.>") || reaches("$SYS.>")) return "reads what is internal";
    if (reaches(names.user_prefix + ".*.notice")) return "reads the notices of others";
    if (reaches(names.chat_prefix + ".>")) return "reads rooms, and is counted in none";
    return "is not needed";
  }
  if (reaches("$JS.API.>") || reaches("$JS.*.API.>"))
    return "may read or delete messages, past every check";
  if (reaches("$KV.>")) return "can overwrite Roomkeeper's state";
  if (reaches(names.admin_prefix + ".>")) return "is an administrator";
  if (reaches(std::string(policies::audit_subjects))) return "can forge entries of the audit";
  if (reaches("$SYS.>")) return "may see or end connections";
  if (reaches("_INBOX.>")) return "can answer for others";
  if (reaches(names.user_prefix + ".>")) return "can speak to users for Roomkeeper";
  if (reaches(names.chat_prefix + ".>")) return "can write in others' names";
  return "is not needed";
}

std::vector<PermissionFinding> compare(const Granted& granted, const Grantee& grantee,
                                       const PermissionNames& names) {
  const auto lines = policies::permissions(grantee, names);
  std::vector<PermissionFinding> findings;
  for (const Permission& line : lines) {
    const GrantedSubjects& has =
        line.direction == Direction::publish ? granted.publish : granted.subscribe;
    if (!is_allowed(has, line.subject))
      findings.push_back({true, line.direction, line.subject, line.why});
  }
  const bool all_inboxes = is_allowed(granted.publish, "_INBOX.>");
  if (policies::responses_of(grantee.role) && !granted.responds && !all_inboxes) {
    findings.push_back({true, Direction::publish, "allow_responses", "answers whoever asks"});
  }
  for (const Direction direction : {Direction::publish, Direction::subscribe}) {
    GrantedSubjects has = direction == Direction::publish ? granted.publish : granted.subscribe;
    if (!has.restricted) has.allow = {">"};
    for (const std::string& queued : has.allow) {
      const std::string subject = queued.substr(0, queued.find(' '));
      const bool needed = std::any_of(lines.begin(), lines.end(), [&](const Permission& line) {
        return line.direction == direction && policies::subject_contains(line.subject, subject);
      });
      // A room more is no fault of a chat user's: the rooms are the operator's to say.
      const bool is_room =
          grantee.role == Role::chat_user && direction == Direction::subscribe &&
          (policies::subject_contains(names.names.chat_prefix + ".*.*", subject) ||
           policies::subject_contains(names.names.chat_prefix + ".*.*.*", subject)) &&
          subject.find(".*.") == std::string::npos;
      // As does a name for one room instead of all of them.
      if (needed || is_room) continue;
      findings.push_back({false, direction, subject, danger_of(direction, subject, names.names)});
    }
  }
  return findings;
}

std::vector<PermissionProbe> probes(const Grantee& grantee, const PermissionNames& names) {
  const policies::Names& wire = names.names;
  const std::string chat = wire.chat_prefix;
  std::vector<PermissionProbe> all;
  for (const Permission& line : policies::permissions(grantee, names)) {
    const bool heard = line.direction == Direction::subscribe;
    all.push_back(
        {line.direction, heard ? line.subject : literal_of(line.subject), true, line.why});
  }
  const auto refused = [&](Direction direction, const std::string& subject) {
    all.push_back({direction, subject, false, danger_of(direction, subject, wire)});
  };
  for (const std::string& subject :
       {std::string("$JS.API.INFO"), "$JS.API.STREAM.INFO." + std::string(nobody),
        "$JS.API.CONSUMER.CREATE." + std::string(nobody), "$KV." + std::string(nobody) + ".x",
        wire.admin_prefix + "." + nobody, std::string(policies::audit_prefix) + "." + nobody,
        std::string("$SYS.REQ.SERVER.PING.IDZ"), chat + "." + nobody + "." + nobody,
        chat + "." + nobody + "." + nobody + "." + nobody,
        wire.user_prefix + "." + nobody + ".notice", std::string("_INBOX.") + nobody}) {
    refused(Direction::publish, subject);
  }
  for (const std::string& subject :
       {std::string(">"), chat + ".>", chat + ".*.*", wire.user_prefix + ".*.notice",
        std::string("_INBOX.>"), wire.admin_prefix + ".>", std::string("$JS.>"),
        std::string("$KV.>"), std::string("$SYS.>")}) {
    refused(Direction::subscribe, subject);
  }
  return all;
}

std::vector<PermissionFinding> judge(const std::vector<PermissionProbe>& tried,
                                     const std::vector<std::string>& refusals) {
  std::vector<PermissionFinding> findings;
  for (const bool missing : {true, false}) {
    for (const PermissionProbe& probe : tried) {
      const std::string words =
          (probe.direction == Direction::publish ? "Publish to \"" : "Subscription to \"") +
          probe.subject + "\"";
      const bool refused = std::any_of(
          refusals.begin(), refusals.end(),
          [&](const std::string& refusal) { return refusal.find(words) != std::string::npos; });
      if (probe.wanted == missing && probe.wanted == refused)
        findings.push_back({missing, probe.direction, probe.subject, probe.text});
    }
  }
  return findings;
}

}  // namespace roomkeeper::cli
