// How to reach nats-server: flag before environment before context before default. Reads the
// context's file only.
#ifndef ROOMKEEPER_CLI_SETTINGS_H_
#define ROOMKEEPER_CLI_SETTINGS_H_

#include <string>
#include <vector>

#include "api/types.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "policies/time.h"

namespace roomkeeper::cli {

struct Settings {
  std::vector<std::string> urls = {"nats://127.0.0.1:4222"};
  std::string user;
  std::string password;
  std::string password_file;
  std::string creds;
  std::string nkey;
  std::string token;
  std::string token_file;
  std::string tls_ca;
  std::string tls_cert;
  std::string tls_key;
  std::string inbox_prefix = "_INBOX";
  std::string admin_prefix = "roomkeeper.admin";
  std::string replica;  ///< ask this one; empty: the leader
  policies::Nanoseconds timeout = std::chrono::seconds(5);
};

/// One kind of credentials wins as a whole: `--creds` makes NATS_USER and the context's token
/// unseen.
api::ApiResult<Settings> make_settings(const Arguments& arguments, const Environment& environment);

/// For messages: a password in an URL becomes `***`.
std::string without_secrets(const std::vector<std::string>& urls);

/// The user in the URL where none is named: `nats://bob:secret@host` is bob.
std::string connection_user(const Settings& settings);

}  // namespace roomkeeper::cli

#endif  // ROOMKEEPER_CLI_SETTINGS_H_
