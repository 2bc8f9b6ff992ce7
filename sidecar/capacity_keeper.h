// Knows the limits of the account and of the servers, and holds back what does not fit them.
//
// Each plan asks for fresh figures, at most every ten seconds and without waiting for them: what it
// is judged by are the last ones. Without figures, or after a look that failed, nothing is held
// back: the server refuses what does not fit. Thread: the loop's. Ownership: everything given to it
// must outlive it.
#ifndef ROOMKEEPER_SIDECAR_CAPACITY_KEEPER_H_
#define ROOMKEEPER_SIDECAR_CAPACITY_KEEPER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "policies/capacity.h"
#include "sidecar/lifetime.h"
#include "sidecar/message_bus.h"
#include "sidecar/nats/jetstream.h"
#include "sidecar/nats/system_requests.h"
#include "sidecar/runtime.h"

namespace roomkeeper::sidecar {

class CapacityKeeper {
 public:
  /// `requests`: null without a system account; then only the account's limits are known.
  CapacityKeeper(Runtime& runtime, const MessageBus& app, nats::JetStream& js,
                 nats::SystemRequests* requests);

  /// Called when there may be room for what was held back.
  void on_room(std::function<void()> handler) { on_room_ = std::move(handler); }
  /// Connected: figures are asked for at once.
  void start();
  /// Not connected: nothing is known any more.
  void stop();

  /// Takes out of the plan what provably does not fit beside `observed`.
  void hold_back(policies::Plan& plan, const policies::ObservedStreams& observed);
  /// Of the last plan.
  const policies::CapacityReport& report() const { return report_; }
  /// What is not known, and why; empty: the limits of the account and of the servers are.
  std::vector<std::string> doubts() const;
  bool checks() const { return runtime_.config->capacity.check; }

 private:
  void look();
  void took_account(policies::Result<nats::AccountInfo> account);
  void took_stores(nats::StoresSeen seen);
  void end_look();
  policies::CapacityLimits limits() const;
  void publish() const;

  Runtime& runtime_;
  const MessageBus& app_;
  nats::JetStream& js_;
  nats::SystemRequests* requests_;
  std::function<void()> on_room_ = [] {};
  bool running_ = false;
  std::optional<policies::MonoTime> asked_;  ///< when the last look began
  std::uint64_t look_ = 0;                   ///< answers to an older one are not taken
  int open_ = 0;                             ///< answers that are still to come
  policies::CapacityLimits next_;            ///< of the look under way
  policies::CapacityLimits figures_;         ///< of the last one that ended
  std::string account_problem_ = "not asked yet";
  std::string servers_problem_ = "not asked yet";
  std::string next_account_problem_;
  std::string next_servers_problem_;
  std::string next_domain_;
  nats::StoresSeen next_stores_;
  policies::CapacityReport report_;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_CAPACITY_KEEPER_H_
