// `roomctl nats-config`: the permissions as a part of nats-server's configuration.
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/names_of_config.h"
#include "cli/nats_config.h"
#include "cli/output.h"
#include "cli/permission_check.h"
#include "cli/run_commands.h"

namespace roomkeeper::cli {
namespace {

constexpr const char* chat_by_default = "alice:general";

}  // namespace

Outcome run_nats_config(const Invocation& invocation) {
  const Arguments& arguments = invocation.arguments;
  const auto names = names_of_config(invocation);
  if (!names) return tl::unexpected<api::ApiError>(names.error());
  if (arguments.has("role")) {
    if (arguments.has("chat")) return usage_error("--role and --chat exclude each other");
    const auto grantee = parse_as(arguments.value("role"));
    if (!grantee) return tl::unexpected<api::ApiError>(grantee.error());
    invocation.output.print(nats_user(*grantee, *names, 0));
    return exit_ok;
  }
  std::vector<std::string> words = arguments.values("chat");
  if (words.empty()) words.emplace_back(chat_by_default);
  std::vector<policies::Grantee> users;
  for (const std::string& word : words) {
    auto user = parse_chat_user(word);
    if (!user) return tl::unexpected<api::ApiError>(std::move(user).error());
    users.push_back(*std::move(user));
  }
  invocation.output.print(nats_accounts(users, *names));
  return exit_ok;
}

}  // namespace roomkeeper::cli
