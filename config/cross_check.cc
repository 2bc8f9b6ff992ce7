#include "config/cross_check.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "config/units.h"
#include "policies/audit_names.h"
#include "policies/subjects.h"

namespace roomkeeper::config {
namespace {

struct Prefix {
  std::string key;  ///< of the setting; empty where there is none
  std::string text;
};

/// One way to prove who we are, not two that may disagree.
void check_credentials(const Config& config, const std::string& prefix,
                       const Credentials& credentials, Problems& problems) {
  const std::array<std::pair<std::string_view, const std::string*>, 4> ways = {
      {{"user", &credentials.user},
       {"creds", &credentials.creds},
       {"nkey_seed_file", &credentials.nkey_seed_file},
       {"token_file", &credentials.token_file}}};
  std::string first;
  for (const auto& [name, value] : ways) {
    if (value->empty()) continue;
    const std::string key = prefix + std::string(name);
    if (first.empty()) {
      first = key;
    } else {
      add_at(config, key, "expected one kind of credentials; " + first + " is set too", problems);
    }
  }
  if (!credentials.user.empty()) return;
  for (const char* name : {"password", "password_file"}) {
    const bool set =
        !(std::string_view(name) == "password" ? credentials.password : credentials.password_file)
             .empty();
    if (set)
      add_at(config, prefix + name, "expected " + prefix + "user beside a password", problems);
  }
}

void check_tls(const Config& config, Problems& problems) {
  const Tls& tls = config.nats.tls;
  if (!tls.cert.empty() && tls.key.empty()) {
    add_at(config, "nats.tls.cert", "expected nats.tls.key beside the certificate", problems);
  }
  if (tls.cert.empty() && !tls.key.empty()) {
    add_at(config, "nats.tls.key", "expected nats.tls.cert beside the key", problems);
  }
}

/// Whoever asks for a login everywhere must not be left without one anywhere.
void check_http(const Config& config, Problems& problems) {
  if (config.http.basic_auth_all && config.http.basic_auth_file.empty()) {
    add_at(config, "http.basic_auth_all", "expected http.basic_auth_file beside it", problems);
  }
}

const EffectiveValue* find_value(const Config& config, const std::string& key) {
  const auto found = std::find_if(config.effective.begin(), config.effective.end(),
                                  [&key](const EffectiveValue& value) { return value.key == key; });
  return found == config.effective.end() ? nullptr : &*found;
}

bool is_default(const Config& config, const std::string& key) {
  const EffectiveValue* value = find_value(config, key);
  return value == nullptr || value->file.empty();
}

void check_subjects(const Config& config, const std::vector<Prefix>& prefixes, Problems& problems) {
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Prefix& one = prefixes[j];
      const Prefix& other = prefixes[i];
      if (!policies::subjects_overlap(one.text + ".>", other.text + ".>") && one.text != other.text)
        continue;
      const bool first_to_blame =
          other.key.empty() || (is_default(config, other.key) && !is_default(config, one.key));
      const Prefix& changeable = first_to_blame ? one : other;
      const Prefix& stays = first_to_blame ? other : one;
      add_at(config, changeable.key,
             "expected subjects apart from those of " +
                 (stays.key.empty() ? "the audit" : stays.key) + " (" + stays.text + ".>), not " +
                 quote(changeable.text),
             problems);
    }
  }
}

/// A reply subject must never reach what Roomkeeper or the rooms listen to.
void check_inboxes(const Config& config, const std::vector<Prefix>& prefixes, Problems& problems) {
  for (const std::string& inbox : config.names.inbox_prefixes) {
    for (const Prefix& prefix : prefixes) {
      const std::string subjects = prefix.text + ".";
      if (!subjects.starts_with(inbox) && !inbox.starts_with(subjects)) continue;
      add_at(config, "names.inbox_prefixes",
             "expected the beginning of replies only, not " + quote(inbox) + ", under which " +
                 subjects + "> has subjects too",
             problems);
    }
  }
}

bool covers(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

void check_streams(const Config& config, Problems& problems) {
  constexpr std::array<std::string_view, 4> reserved = {"KV_", "OBJ_", "HOLD_",
                                                        policies::audit_stream};
  const std::string& rooms = config.names.stream_prefix;
  const std::string& pools = config.names.pool_prefix;
  const auto refuse = [&](const std::string& key, const std::string& prefix,
                          std::string_view other) {
    add_at(config, key,
           "expected names apart from those of other streams (" + std::string(other) + "), not " +
               quote(prefix),
           problems);
  };
  for (const std::string_view other : reserved) {
    if (covers(rooms, other)) refuse("names.stream_prefix", rooms, other);
    if (covers(pools, other)) refuse("names.pool_prefix", pools, other);
  }
  if (!covers(rooms, pools)) return;
  if (is_default(config, "names.stream_prefix")) {
    refuse("names.pool_prefix", pools, rooms);
  } else {
    refuse("names.stream_prefix", rooms, pools);
  }
}

}  // namespace

void add_at(const Config& config, const std::string& key, std::string text, Problems& problems) {
  Problem problem;
  if (const EffectiveValue* value = find_value(config, key); value != nullptr) {
    problem.file = value->file;
    problem.line = value->line;
    problem.column = value->column;
  }
  problem.key = key;
  problem.text = std::move(text);
  problems.add(std::move(problem));
}

void check_names(const Config& config, Problems& problems) {
  const policies::Names& names = config.names;
  const std::vector<Prefix> prefixes = {{"names.chat_prefix", names.chat_prefix},
                                        {"names.user_prefix", names.user_prefix},
                                        {"names.admin_prefix", names.admin_prefix},
                                        {"", std::string(policies::audit_prefix)}};
  check_subjects(config, prefixes, problems);
  check_inboxes(config, prefixes, problems);
  check_streams(config, problems);
}

void cross_check(const Config& config, Problems& problems) {
  check_credentials(config, "nats.", config.nats.credentials, problems);
  if (config.nats.system) check_credentials(config, "nats.system.", *config.nats.system, problems);
  check_tls(config, problems);
  check_http(config, problems);
  check_names(config, problems);
}

}  // namespace roomkeeper::config
