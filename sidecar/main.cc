// roomkeeper: parses the command line, builds the parts, runs the loop until a signal.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <malloc.h>
#include <unistd.h>

#include "config/load.h"
#include "config/options.h"
#include "config/print.h"
#include "sidecar/daemon.h"
#include "sidecar/http_endpoint.h"
#include "sidecar/log.h"
#include "sidecar/nats/connection.h"
#include "sidecar/service_notifier.h"
#include "sidecar/thread_loop.h"

namespace roomkeeper::sidecar {
namespace {

using namespace std::chrono_literals;

/// SIGTERM must end in 10 s (docs/operations.md): what has not closed by then is left.
constexpr policies::Nanoseconds stop_max = 8s;

/// glibc's allocator keeps what was freed. A plan or a listing of 10,000 rooms is a few large
/// blocks: with mappings of their own, and one arena for all threads, they are given back, which
/// halves what an idle daemon holds.
void keep_memory_small() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 64 * 1024);
  mallopt(M_TRIM_THRESHOLD, 512 * 1024);
#endif
}

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

void complain(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    std::fprintf(stderr, "roomkeeper: %s\n", config::to_string(problem).c_str());
  }
}

nats::SettingNames system_setting_names() {
  nats::SettingNames names;
  names.user = "nats.system.user";
  names.password = "ROOMKEEPER_NATS_SYSTEM_PASSWORD";
  names.password_file = "nats.system.password_file";
  names.creds = "nats.system.creds";
  names.nkey_seed_file = "nats.system.nkey_seed_file";
  names.token_file = "nats.system.token_file";
  return names;
}

nats::ConnectionOptions options_for(const config::Config& config, const config::Credentials& who,
                                    nats::SettingNames names, const char* name, const Log& log) {
  nats::ConnectionOptions options;
  options.urls = config.nats.urls;
  options.name = name;
  options.user = who.user;
  options.password = who.password;
  // A password from the environment wins over a file named in YAML.
  if (who.password.empty()) options.password_file = who.password_file;
  options.creds = who.creds;
  options.nkey_seed_file = who.nkey_seed_file;
  options.token_file = who.token_file;
  options.tls_ca = config.nats.tls.ca;
  options.tls_cert = config.nats.tls.cert;
  options.tls_key = config.nats.tls.key;
  options.setting_names = std::move(names);
  options.on_trouble = [&log, name](const nats::Trouble& trouble) {
    log.warn("nats.trouble", {{"connection", name},
                              {"kind", to_string(trouble.kind)},
                              {"text", trouble.text},
                              {"count", trouble.count}});
  };
  return options;
}

int check(const config::Config& config) {
  const std::vector<config::Problem> problems = config::check_files(config);
  complain(problems);
  if (!problems.empty()) return EXIT_FAILURE;
  if (const std::string problem = login_file_problem(config.http); !problem.empty()) {
    std::fprintf(stderr, "roomkeeper: %s\n", problem.c_str());
    return EXIT_FAILURE;
  }
  std::printf("%zu rooms, %zu templates: good\n", config.rooms.rooms.size(),
              config.templates.size());
  return EXIT_SUCCESS;
}

int serve(const std::shared_ptr<const config::Config>& config, const config::CommandLine& line,
          config::Overrides overrides, const std::vector<std::string>& warnings) {
  const SystemClock clock;
  ThreadLoop loop(clock);
  Log log(clock, config->log);
  metrics::Metrics metrics;
  metrics::Health health;
  for (const std::string& warning : warnings) log.warn("config.warning", {{"text", warning}});
  std::unique_ptr<metrics::HttpServer> http;
  Daemon* serving = nullptr;  // read on the loop only, which runs once it is set
  if (config->http.port >= 0) {
    auto started = open_http_endpoint(
        config->http, clock, log, metrics, health,
        [&loop, &serving](metrics::PageQuestion question, metrics::PageAnswer answer) {
          return loop.post([&serving, question = std::move(question), answer = std::move(answer)] {
            serving->page(question, answer);
          });
        });
    if (!started) {
      std::fprintf(stderr, "roomkeeper: %s\n", started.error().text.c_str());
      return EXIT_FAILURE;
    }
    http = std::move(*started);
  }
  ServiceManager manager = service_manager(overrides.environment, getpid());
  Daemon daemon(
      {.loop = loop,
       .clock = clock,
       .log = log,
       .metrics = metrics,
       .health = health,
       .config = config,
       .config_path = line.config_path,
       .overrides = std::move(overrides),
       .app = nats::connect(
           loop, clock,
           options_for(*config, config->nats.credentials, {}, app_connection_name, log)),
       .system = config->nats.system
                     ? nats::connect(loop, clock,
                                     options_for(*config, *config->nats.system,
                                                 system_setting_names(), "roomkeeper-system", log))
                     : nullptr,
       .zones = {},
       .mailbox_rejected = [&loop] { return loop.rejected(); }});
  ServiceNotifier service(loop, clock, std::move(manager), [&] { return daemon.status_line(); });
  serving = &daemon;
  bool stopping = false;
  const auto stop = [&] {
    if (std::exchange(stopping, true)) return;
    log.info("stopping", {});
    service.stopping();
    loop.run_after(stop_max, [&loop] { loop.stop(); });
    daemon.stop([&loop] { loop.stop(); });
  };
  loop.add_signal(SIGTERM, stop);
  loop.add_signal(SIGINT, stop);
  loop.add_signal(SIGHUP, [&] {
    service.reloading();
    daemon.reload();
    service.ready();
  });
  log.info("started", {{"version", ROOMKEEPER_VERSION},
                       {"instance", config->instance},
                       {"config", line.config_path},
                       {"rooms", config->rooms.rooms.size()}});
  daemon.start();
  service.ready();
  loop.run();
  log.info("stopped", {});
  return EXIT_SUCCESS;
}

int run(int argc, const char* const* argv) {
  const policies::Result<config::CommandLine> line = config::parse_command_line(argc, argv);
  if (!line) {
    std::fprintf(stderr, "roomkeeper: %s\nTry 'roomkeeper --help'.\n", line.error().text.c_str());
    return EXIT_FAILURE;
  }
  if (line->help) {
    std::fputs(config::usage().c_str(), stdout);
    return EXIT_SUCCESS;
  }
  if (line->version) {
    std::printf("roomkeeper %s\n", ROOMKEEPER_VERSION);
    return EXIT_SUCCESS;
  }
  const config::Overrides overrides{.flags = line->flags, .environment = environment()};
  config::CommandLine effective = *line;
  if (effective.config_path.empty()) {
    const auto from_environment = overrides.environment.find("ROOMKEEPER_CONFIG");
    if (from_environment != overrides.environment.end())
      effective.config_path = from_environment->second;
  }
  if (effective.config_path.empty()) {
    std::fputs("roomkeeper: no configuration: give --config FILE or set ROOMKEEPER_CONFIG\n",
               stderr);
    return EXIT_FAILURE;
  }
  std::vector<std::string> warnings;
  config::Loaded<config::Config> loaded =
      config::load(effective.config_path, overrides, nullptr, &warnings);
  if (!loaded) {
    complain(loaded.error());
    return EXIT_FAILURE;
  }
  if (effective.print_config) {
    std::fputs(config::print_config(*loaded).c_str(), stdout);
    return EXIT_SUCCESS;
  }
  if (effective.check) {
    for (const std::string& warning : warnings)
      std::fprintf(stderr, "roomkeeper: warning: %s\n", warning.c_str());
    return check(*loaded);
  }
  return serve(std::make_shared<const config::Config>(std::move(*loaded)), effective, overrides,
               warnings);
}

}  // namespace
}  // namespace roomkeeper::sidecar

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  roomkeeper::sidecar::keep_memory_small();
  return roomkeeper::sidecar::run(argc, argv);
}
