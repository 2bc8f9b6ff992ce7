// The admin API on `roomkeeper.admin.*`, and its discovery by the NATS micro protocol (ADR-32:
// `$SRV.PING|INFO|STATS`).
//
// Every request is answered only when its reply subject lies under a configured inbox prefix
// (design.md, "Trust"): otherwise it is counted and dropped, because our connection may publish
// where the requester may not. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_ADMIN_SERVICE_H_
#define ROOMKEEPER_SIDECAR_ADMIN_SERVICE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/verbs.h"
#include "sidecar/admin_context.h"
#include "sidecar/lifetime.h"
#include "sidecar/message_bus.h"
#include "sidecar/micro_protocol.h"

namespace roomkeeper::sidecar {

class AdminService {
 public:
  explicit AdminService(AdminContext& context);

  /// Subscribes; the subscriptions survive reconnects. Errors: invalid, unavailable.
  policies::Result<> start();
  std::uint64_t untrusted() const { return untrusted_; }

 private:
  bool is_trusted(const Message& request);
  bool answers_elsewhere() const;
  std::optional<std::string> verb_for_us(const Message& request) const;
  void handle(const Message& request);
  void dispatch(api::Verb verb, const Message& request);
  void answer(const std::string& reply, api::Verb verb, const api::ApiResult<std::string>& result);
  void refuse_unknown(const std::string& reply, const std::string& verb);
  void discover(const Message& request);

  AdminContext& context_;
  std::string id_;        ///< of this process, for discovery
  std::size_t open_ = 0;  ///< requests being worked on
  std::uint64_t untrusted_ = 0;
  micro::Stats stats_;
  Lifetime lifetime_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_ADMIN_SERVICE_H_
