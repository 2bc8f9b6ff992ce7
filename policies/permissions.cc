#include "policies/permissions.h"

#include <utility>

#include "policies/audit_names.h"
#include "policies/replica_names.h"

namespace roomkeeper::policies {
namespace {

using Lines = std::vector<Permission>;

/// A kick is answered when all of its connections have ended.
constexpr auto answer_longest = std::chrono::minutes(5);

void publish(Lines& lines, std::string subject, std::string why) {
  lines.push_back({Direction::publish, std::move(subject), std::move(why)});
}

void subscribe(Lines& lines, std::string subject, std::string why) {
  lines.push_back({Direction::subscribe, std::move(subject), std::move(why)});
}

std::string api_prefix(const std::string& domain) {
  return domain.empty() ? "$JS.API." : "$JS." + domain + ".API.";
}

void who_am_i(Lines& lines) {
  publish(lines, "$SYS.REQ.USER.INFO", "asks the server for its version and for the own account");
}

void daemon_streams(Lines& lines, const PermissionNames& names) {
  const std::string api = api_prefix(names.js_domain);
  const std::string state = names.names.state_stream();
  const std::pair<std::string, const char*> rows[] = {
      {"INFO", "learns the account's limits and what the server can do"},
      {"STREAM.NAMES", "sees which streams there are, in every pass"},
      {"STREAM.LIST", "reads every stream's configuration and state"},
      {"STREAM.INFO.*", "reads one stream: before a change, a purge or a hold"},
      {"STREAM.CREATE.*", "makes the stream of a room, a pool, a hold, the state or the audit"},
      {"STREAM.UPDATE.*", "brings a stream to what is wanted"},
      {"STREAM.DELETE.*", "removes the stream of a removed room or of an ended hold"},
      {"STREAM.PURGE.*", "deletes what retention or a purge job says"},
      {"STREAM.MSG.GET.*", "reads single messages: the state, and where a deadline cuts"},
      {"STREAM.MSG.DELETE.*", "deletes the messages of a moved room in its new place one by one"},
      {"CONSUMER.CREATE.*", "loads the state, counts messages, finds where a deadline cuts"},
      {"CONSUMER.MSG.NEXT." + state + ".*", "loads the state"},
      {"CONSUMER.DELETE.*.*", "removes such a consumer when it is no longer used"},
  };
  for (const auto& [subject, why] : rows) publish(lines, api + subject, why);
}

Lines of_daemon(const PermissionNames& all) {
  const Names& names = all.names;
  Lines lines;
  who_am_i(lines);
  daemon_streams(lines, all);
  publish(lines, "$KV." + names.state_bucket + ".>", "writes its state");
  publish(lines,
          "$KV." + names.state_bucket + std::string(lease_suffix) + "." + std::string(lease_key),
          "takes, renews and hands over the lease");
  publish(lines, std::string(audit_subjects), "writes the audit");
  publish(lines, std::string(replica_subjects), "tells the other replicas that it is there");
  publish(lines, names.chat_prefix + ".*.*",
          "copies the messages of a room that moves into a stream of its own");
  publish(lines, names.chat_prefix + ".*.*.*", "the same into a pool");
  publish(lines, names.user_prefix + ".*.notice", "tells users why they are disconnected");
  subscribe(lines, "_INBOX.>", "gets the replies to its requests");
  subscribe(lines, names.admin_prefix + ".>", "serves the admin API");
  for (const std::string verb : {"PING", "INFO", "STATS"}) {
    subscribe(lines, "$SRV." + verb, "answers discovery of all services");
    subscribe(lines, "$SRV." + verb + ".roomkeeper", "answers discovery by name");
    subscribe(lines, "$SRV." + verb + ".roomkeeper.*", "answers discovery by name and id");
  }
  for (const std::string event : {"CREATED", "UPDATED", "DELETED"}) {
    subscribe(lines, "$JS.EVENT.ADVISORY.STREAM." + event + ".*",
              "hears at once when somebody else changes a stream");
  }
  subscribe(lines, std::string(replica_subjects), "hears the other replicas");
  return lines;
}

Lines of_system() {
  Lines lines;
  who_am_i(lines);
  publish(lines, "$SYS.REQ.SERVER.PING.STATSZ", "learns which servers there are, and their clocks");
  publish(lines, "$SYS.REQ.SERVER.PING.VARZ", "reads the servers' figures");
  publish(lines, "$SYS.REQ.SERVER.PING.JSZ", "reads how full the servers' stores are");
  publish(lines, "$SYS.REQ.SERVER.*.CONNZ", "lists the connections of each server");
  publish(lines, "$SYS.REQ.SERVER.*.KICK", "ends a connection");
  subscribe(lines, "_INBOX.>", "gets the replies to its requests");
  subscribe(lines, "$SYS.ACCOUNT.*.CONNECT", "hears who connects");
  subscribe(lines, "$SYS.ACCOUNT.*.DISCONNECT", "hears who leaves");
  subscribe(lines, "$JS.EVENT.ADVISORY.API.LIMIT_REACHED",
            "hears that the server dropped its queue of requests");
  return lines;
}

void reads_audit(Lines& lines) {
  const std::string stream(audit_stream);
  publish(lines, "$JS.API.STREAM.INFO." + stream, "`roomctl audit`: how much there is");
  publish(lines, "$JS.API.CONSUMER.CREATE." + stream, "`roomctl audit`: the entries themselves");
}

Lines of_admin(const Grantee& grantee, const Names& names) {
  Lines lines;
  who_am_i(lines);
  publish(lines, names.admin_prefix + ".>", "the admin API: what `roomctl` asks and orders");
  publish(lines, "$SRV.>", "finds services: `nats micro ls`");
  publish(lines, names.chat_prefix + ".*." + grantee.user, "`roomctl send`, under the own name");
  publish(lines, names.chat_prefix + ".*.*." + grantee.user, "the same in a pooled room");
  publish(lines, "$JS.API.STREAM.INFO.*", "`roomctl tail` and `audit`: how much there is");
  publish(lines, "$JS.API.CONSUMER.CREATE.*",
          "`roomctl tail` and `audit`: the messages themselves");
  subscribe(lines, "_INBOX.>", "gets the replies to its requests");
  return lines;
}

Lines of_reader(const Grantee& grantee, const Names& names) {
  Lines lines;
  who_am_i(lines);
  for (const std::string& verb : grantee.verbs) {
    publish(lines, names.admin_prefix + "." + verb, "asks; nothing is changed by it");
  }
  reads_audit(lines);
  subscribe(lines, "_INBOX.>", "gets the replies to its requests");
  return lines;
}

Lines of_chat_user(const Grantee& grantee, const Names& names) {
  Lines lines;
  publish(lines, names.chat_prefix + ".*." + grantee.user,
          "writes to any room, but only as themselves: the sender stands in the subject");
  publish(lines, names.chat_prefix + ".*.*." + grantee.user, "the same in a pooled room");
  for (const GrantedRoom& room : grantee.rooms) {
    const std::string middle = room.pool.empty() ? room.room : room.pool + "." + room.room;
    subscribe(lines, names.chat_prefix + "." + middle + ".*",
              "reads this room; rooms one by one, because Roomkeeper counts who names them");
  }
  subscribe(lines, names.user_prefix + "." + grantee.user + ".notice",
            "learns why they are disconnected");
  subscribe(lines, inbox_prefix_of(grantee.user) + ".>",
            "gets the replies to their requests; with the common `_INBOX.>` they could read "
            "everybody's");
  return lines;
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::daemon:
      return "daemon";
    case Role::daemon_system:
      return "system";
    case Role::admin:
      return "admin";
    case Role::reader:
      return "reader";
    case Role::chat_user:
      return "chat";
  }
  return "unknown";
}

std::optional<Role> parse_role(std::string_view text) {
  for (const Role role : roles) {
    if (to_string(role) == text) return role;
  }
  return std::nullopt;
}

std::string_view to_string(Direction direction) {
  return direction == Direction::publish ? "publish" : "subscribe";
}

std::vector<Permission> permissions(const Grantee& grantee, const PermissionNames& names) {
  switch (grantee.role) {
    case Role::daemon:
      return of_daemon(names);
    case Role::daemon_system:
      return of_system();
    case Role::admin:
      return of_admin(grantee, names.names);
    case Role::reader:
      return of_reader(grantee, names.names);
    case Role::chat_user:
      return of_chat_user(grantee, names.names);
  }
  return {};
}

std::optional<Responses> responses_of(Role role) {
  if (role != Role::daemon) return std::nullopt;
  return Responses{.max = 1, .expires = answer_longest};
}

std::string inbox_prefix_of(std::string_view user) {
  return "_INBOX_" + std::string(user);
}

}  // namespace roomkeeper::policies
