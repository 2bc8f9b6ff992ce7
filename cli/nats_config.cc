#include "cli/nats_config.h"

#include <algorithm>
#include <utility>

#include "api/verbs.h"
#include "cli/command.h"
#include "config/units.h"
#include "policies/ids.h"

namespace roomkeeper::cli {
namespace {

using policies::Direction;
using policies::Grantee;
using policies::Permission;
using policies::PermissionNames;
using policies::Role;

constexpr std::size_t step = 2;
constexpr std::size_t widest_subject = 46;

std::string spaces(std::size_t count) {
  return std::string(count, ' ');
}

/// A user's name as the end of a variable's.
std::string variable_of(const std::string& user) {
  std::string name = "$NATS_PASSWORD_";
  for (const char c : user) {
    const bool small = c >= 'a' && c <= 'z';
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += small ? static_cast<char>(c - 'a' + 'A') : plain ? c : '_';
  }
  return name;
}

std::string_view remark_of(Role role) {
  switch (role) {
    case Role::daemon:
      return "Roomkeeper in the account of the rooms. Give this user to nobody else.";
    case Role::daemon_system:
      return "Roomkeeper in the system account. Connection limits need it; without it they are "
             "off.";
    case Role::admin:
      return "Who runs the place, with roomctl. Who may publish to the admin API is an admin.";
    case Role::reader:
      return "Who looks and changes nothing, with roomctl.";
    case Role::chat_user:
      return "A chat user. The inbox prefix has to be set in the client.";
  }
  return {};
}

std::string subjects(const std::vector<Permission>& lines, Direction direction,
                     std::size_t indent) {
  std::string out = spaces(indent) + std::string(to_string(direction)) + ": [\n";
  for (const Permission& line : lines) {
    if (line.direction != direction) continue;
    std::string quoted = "\"" + line.subject + "\"";
    quoted.resize(std::max(quoted.size(), widest_subject), ' ');
    out += spaces(indent + step) + quoted + "  # " + line.why + "\n";
  }
  return out + spaces(indent) + "]\n";
}

}  // namespace

std::vector<std::string> reading_verbs() {
  std::vector<std::string> names;
  for (const api::VerbInfo& verb : api::verbs()) {
    if (!verb.writes) names.emplace_back(verb.name);
  }
  return names;
}

Grantee grantee_of(Role role, std::string user, std::vector<policies::GrantedRoom> rooms) {
  return {
      .role = role, .user = std::move(user), .rooms = std::move(rooms), .verbs = reading_verbs()};
}

api::ApiResult<Grantee> parse_chat_user(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string user(text.substr(0, colon));
  if (!policies::is_name_token(user))
    return usage_error("\"" + user + "\" is not the name of a chat user");
  std::vector<policies::GrantedRoom> rooms;
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view word = rest.substr(0, comma);
    const std::size_t slash = word.find('/');
    policies::GrantedRoom room;
    if (slash != std::string_view::npos) room.pool = word.substr(0, slash);
    room.room = slash == std::string_view::npos ? word : word.substr(slash + 1);
    const bool good = policies::is_name_token(room.room) &&
                      (slash == std::string_view::npos || policies::is_name_token(room.pool));
    if (!good) return usage_error("\"" + std::string(word) + "\" is neither ROOM nor POOL/ROOM");
    rooms.push_back(std::move(room));
    rest.remove_prefix(std::min(rest.size(), comma + 1));
  }
  return grantee_of(Role::chat_user, user, std::move(rooms));
}

std::string nats_user(const Grantee& grantee, const PermissionNames& names, std::size_t indent) {
  const auto lines = policies::permissions(grantee, names);
  std::string out = spaces(indent) + "# " + std::string(remark_of(grantee.role)) + "\n";
  out += spaces(indent) + "{\n";
  indent += step;
  out += spaces(indent) + "user: \"" + grantee.user + "\", password: " + variable_of(grantee.user) +
         "\n";
  out += spaces(indent) + "permissions: {\n";
  out += subjects(lines, Direction::publish, indent + step);
  out += subjects(lines, Direction::subscribe, indent + step);
  if (const auto responses = policies::responses_of(grantee.role)) {
    out += spaces(indent + step) + "# Answers whoever asks, and publishes to no other inbox.\n";
    out += spaces(indent + step) + "allow_responses: { max: " + std::to_string(responses->max) +
           ", expires: \"" + config::format_duration(responses->expires) + "\" }\n";
  }
  out += spaces(indent) + "}\n";
  return out + spaces(indent - step) + "}\n";
}

std::string nats_accounts(const std::vector<Grantee>& chat_users, const PermissionNames& names) {
  std::string out =
      "accounts {\n"
      "  APP {\n"
      "    jetstream: enabled\n"
      "    users: [\n";
  for (const auto& [role, user] :
       {std::pair{Role::daemon, "roomkeeper"}, {Role::admin, "admin"}, {Role::reader, "reader"}}) {
    out += nats_user(grantee_of(role, user), names, 6);
  }
  for (const Grantee& user : chat_users) out += nats_user(user, names, 6);
  out += "    ]\n  }\n  SYS {\n    users: [\n";
  out += nats_user(grantee_of(Role::daemon_system, "sys"), names, 6);
  return out + "    ]\n  }\n}\nsystem_account: SYS\n";
}

std::string permissions_markdown(const Grantee& grantee, const PermissionNames& names) {
  std::string out = "| | subject | why |\n|---|---|---|\n";
  for (const Permission& line : policies::permissions(grantee, names)) {
    out += "| " + std::string(to_string(line.direction)) + " | `" + line.subject + "` | " +
           line.why + " |\n";
  }
  if (const auto responses = policies::responses_of(grantee.role)) {
    out += "| `allow_responses` | max " + std::to_string(responses->max) + ", expires " +
           config::format_duration(responses->expires) +
           " | answers whoever asks, and publishes to no other inbox |\n";
  }
  return out;
}

}  // namespace roomkeeper::cli
