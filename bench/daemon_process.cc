#include "bench/daemon_process.h"

#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "bench/http_get.h"
#include "bench/stopwatch.h"

namespace roomkeeper::bench {
namespace {

constexpr std::size_t log_tail = 2000;

}  // namespace

House::House(HouseOptions options) : options_(std::move(options)) {
  if (options_.http_port == 0) options_.http_port = port_.number();
  directory_.write("password", "pw");
  directory_.write("roomkeeper.yaml", house_yaml(options_));
}

DaemonProcess::DaemonProcess(const House& house) : http_port_(house.http_port()) {
  testing::ChildOptions options;
  options.program = std::string(ROOMKEEPER_BIN_DIR) + "/roomkeeper";
  options.arguments = {"--config", house.path()};
  process_ = std::make_unique<testing::ChildProcess>(std::move(options));
  if (process_->pid() < 0) throw std::runtime_error("roomkeeper: " + process_->err());
}

void DaemonProcess::wait_ready(std::chrono::milliseconds longest) const {
  await(
      "roomkeeper is ready",
      [this] {
        if (!running()) {
          const std::string said = log();
          throw std::runtime_error("roomkeeper has ended: " +
                                   said.substr(said.size() - std::min(said.size(), log_tail)));
        }
        return http_get(http_port_, "/readyz").status == 200;
      },
      longest);
}

void DaemonProcess::wait_rooms_ready(std::size_t rooms, std::chrono::milliseconds longest) const {
  await(
      std::to_string(rooms) + " rooms are ready",
      [this, rooms] {
        return metric("roomkeeper_rooms{", R"(state="ready")") >= static_cast<double>(rooms);
      },
      longest, std::chrono::milliseconds(500));
}

std::string DaemonProcess::page(const std::string& path) const {
  HttpReply reply = http_get(http_port_, path);
  if (reply.status != 200)
    throw std::runtime_error(path + ": status " + std::to_string(reply.status));
  return std::move(reply.body);
}

double DaemonProcess::metric(const std::string& name, const std::string& label) const {
  std::istringstream lines(page("/metrics"));
  std::string line;
  double sum = 0;
  while (std::getline(lines, line)) {
    if (line.starts_with(name) && line.find(label) != line.npos)
      sum += std::atof(line.c_str() + line.rfind(' '));
  }
  return sum;
}

}  // namespace roomkeeper::bench
