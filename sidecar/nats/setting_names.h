// What a person calls the settings of a connection: the daemon's keys, or the flags of roomctl.
// They stand in every error of connecting. Thread: any.
#ifndef ROOMKEEPER_SIDECAR_NATS_SETTING_NAMES_H_
#define ROOMKEEPER_SIDECAR_NATS_SETTING_NAMES_H_

#include <string>

namespace roomkeeper::sidecar::nats {

/// The daemon's, of the account with the rooms.
struct SettingNames {
  std::string url = "nats.url";
  std::string user = "nats.user";
  std::string password = "ROOMKEEPER_NATS_PASSWORD";  ///< for a password that stands in no file
  std::string password_file = "nats.password_file";
  std::string creds = "nats.creds";
  std::string nkey_seed_file = "nats.nkey_seed_file";
  std::string token = "the token";  ///< for one that stands in no file
  std::string token_file = "nats.token_file";
  std::string tls_ca = "nats.tls.ca";
  std::string tls_cert = "nats.tls.cert";
  std::string tls_key = "nats.tls.key";
};

}  // namespace roomkeeper::sidecar::nats

#endif  // ROOMKEEPER_SIDECAR_NATS_SETTING_NAMES_H_
