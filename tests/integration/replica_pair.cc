#include "tests/integration/replica_pair.h"

#include <fstream>
#include <utility>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"
#include "tests/metrics/http_connection.h"

namespace roomkeeper::testing {

using namespace std::chrono_literals;

void ReplicaPair::write_config(const std::string& name, const std::string& yaml) const {
  const auto fresh = directory_ / "fresh.tmp";
  std::ofstream(fresh, std::ios::binary) << header_ << yaml;
  std::filesystem::rename(fresh, file_of(name));
}

bool ReplicaPair::start(const std::string& name, const std::string& yaml) {
  write_config(name, yaml);
  ChildOptions child;
  child.program = ROOMKEEPER_BIN_DIR "/roomkeeper";
  child.arguments = {"--config", file_of(name).string(), "--replica-name", name};
  Replica& replica = replicas_[name];
  replica.process = std::make_unique<ChildProcess>(std::move(child));
  const bool listens = replica.process->wait_for_output("http\\.listening .*port=[0-9]+", 15s);
  replica.http_port = listening_port(replica.process->err());
  return listens;
}

void ReplicaPair::send_signal(const std::string& name, int signo) {
  replicas_.at(name).process->send_signal(signo);
}

bool ReplicaPair::end(const std::string& name, int signo) {
  ChildProcess& process = *replicas_.at(name).process;
  process.send_signal(signo);
  return process.wait(15s).has_value();
}

bool ReplicaPair::logged(const std::string& name, const std::string& regex,
                         std::chrono::milliseconds longest) {
  return replicas_.at(name).process->wait_for_output(regex, longest);
}

double ReplicaPair::metric(const std::string& name, const std::string& series) const {
  const Replica& replica = replicas_.at(name);
  if (!replica.process->running()) return -1;
  return series_value(http_get(replica.http_port, "/metrics").body, series);
}

bool ReplicaPair::is_ready(const std::string& name) const {
  return http_get(replicas_.at(name).http_port, "/readyz").status == 200;
}

std::optional<std::chrono::milliseconds> ReplicaPair::until_leads(
    const std::string& name, std::chrono::milliseconds longest) const {
  const auto began = std::chrono::steady_clock::now();
  if (!becomes_true([&] { return leads(name); }, longest)) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               began);
}

}  // namespace roomkeeper::testing
