// The configuration in force: one YAML file, flags and environment (docs/configuration.md).
//
// Thread: any; immutable once loaded. Ownership: value type; RoomSettings are shared between rooms.
#ifndef ROOMKEEPER_CONFIG_CONFIG_H_
#define ROOMKEEPER_CONFIG_CONFIG_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "policies/limits.h"
#include "policies/plan.h"
#include "policies/room.h"
#include "policies/subjects.h"
#include "policies/time.h"

namespace roomkeeper::config {

/// Credentials of one connection. Secrets are read from files when the connection is made, so that
/// a rotated secret is used at the next reconnect; only an environment variable's secret stands
/// here.
struct Credentials {
  std::string user;
  std::string password;       ///< from ROOMKEEPER_NATS_PASSWORD only, never from YAML
  std::string password_file;  ///< absolute after loading
  std::string creds;          ///< path of a .creds file
  std::string nkey_seed_file;
  std::string token_file;
};

struct Tls {
  std::string ca;
  std::string cert;
  std::string key;
  bool any() const { return !ca.empty() || !cert.empty() || !key.empty(); }
};

struct NatsConfig {
  std::vector<std::string> urls = {"nats://127.0.0.1:4222"};
  Credentials credentials;
  Tls tls;
  std::string js_domain;
  std::optional<Credentials> system;  ///< without it: no connection limits, and status says so
  policies::Nanoseconds request_timeout = std::chrono::seconds(5);
};

struct HttpConfig {
  std::string host = "127.0.0.1";  ///< numeric address
  int port = 7780;                 ///< 0: any free one; -1: off (`listen: ""`)
  /// Lines `user:password` or `user:hash` (crypt(3)), absolute after loading; empty: no login.
  std::string basic_auth_file;
  bool basic_auth_all = false;  ///< the login is asked for metrics and health too
  bool page = true;             ///< the status page on `/`
};

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { text, json };
std::string_view to_string(LogLevel value);
std::string_view to_string(LogFormat value);

struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};

struct ReconcileConfig {
  policies::Nanoseconds interval = std::chrono::seconds(60);
  int in_flight = 16;  ///< 1..256
  policies::OnRemoval on_removal = policies::OnRemoval::orphan;
  int max_removals = 10;
  policies::Adopt adopt = policies::Adopt::never;
  bool allow_lossy = false;
};

struct LimitsConfig {
  policies::ConnectionLimits connections;
  policies::KickBounds kicks;
  policies::Nanoseconds interval = std::chrono::seconds(30);  ///< a look without an event
};

struct AuditConfig {
  bool enabled = true;
  policies::Nanoseconds max_age = std::chrono::hours(24 * 90);
  std::int64_t max_bytes = std::int64_t{256} << 20;
};

/// Whether what is wanted fits (docs/operations.md, "Capacity").
struct CapacityConfig {
  bool check = true;
  int file_handles = 0;  ///< of one nats-server; 0: not known
};

/// What Roomkeeper keeps in JetStream: its state, its lease, its audit.
struct StateConfig {
  int replicas = 0;  ///< of each of these streams, 1..5; 0: the cluster's size, at most 3
};

/// One of several Roomkeepers of an instance (docs/operations.md, "Two replicas").
struct ReplicaConfig {
  std::string name;                                       ///< one token; empty: the host's name
  policies::Nanoseconds lease = std::chrono::seconds(4);  ///< 1 s to 60 s
  /// Higher: newer. Two different configurations of the same revision are told apart by when they
  /// were read.
  int configuration_revision = 0;
};

/// Purge jobs, all of them together.
struct JobsConfig {
  int in_flight = 16;             ///< rooms worked on at the same time; 1..256
  int rooms_per_second = 20'000;  ///< 1..1000000
};

/// One scalar outside `templates` and `rooms`, for `--print-config`.
struct EffectiveValue {
  std::string key;    ///< "nats.url"
  std::string value;  ///< as text; secrets are "***"
  std::string
      origin;  ///< "default", "rk.yaml:3:8", "environment ROOMKEEPER_NATS_URL", "flag --nats-url"
  /// Where it is written, for problems found later: a file's name, "flag" or "environment"; empty
  /// for a default.
  std::string file;
  int line = 0;    ///< 1-based; 0: not of a file
  int column = 0;  ///< 1-based
};

struct Config {
  std::string instance = "roomkeeper";
  NatsConfig nats;
  HttpConfig http;
  LogConfig log;
  ReconcileConfig reconcile;
  LimitsConfig limits;
  CapacityConfig capacity;
  JobsConfig jobs;
  AuditConfig audit;
  StateConfig state;
  ReplicaConfig replica;
  policies::Names names;
  /// Effective settings of every template by name; "default" always exists.
  std::map<std::string, std::shared_ptr<const policies::RoomSettings>> templates;
  policies::DesiredRooms rooms;  ///< of the files; the API's are merged in by the daemon
  /// All that was read, absolute: watched for changes. Files of a pattern that matches nothing any
  /// more stay here, so that the doubt about their rooms outlives the next reload.
  std::vector<std::string> files;
  std::vector<std::string> globs;  ///< absolute patterns of room_files
  std::vector<EffectiveValue> effective;
  /// Equal for replicas that were given the same files and, apart from what belongs to one replica
  /// (its name, its connection, its HTTP, its log), the same flags and environment.
  std::string content_hash;
};

/// One thing wrong with the input, with where and what was expected.
struct Problem {
  std::string file;          ///< as the user named it; "flag", "environment" for those
  int line = 0;              ///< 1-based; 0: not of a file
  int column = 0;            ///< 1-based
  std::string key;           ///< "templates.default.retention.days"
  std::string text;          ///< what is wrong and what was expected
  std::string did_you_mean;  ///< empty when nothing is near
};

/// `file:line:column: key: text (did you mean "x"?)`
std::string to_string(const Problem& problem);

template <class T>
using Loaded = tl::expected<T, std::vector<Problem>>;

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_CONFIG_H_
