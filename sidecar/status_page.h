// What the status page is told: the answers of the verbs status and room.ls, and the newest entries
// of the audit.
//
// The endpoint's questions come here over the loop. Thread: the loop's.
#ifndef ROOMKEEPER_SIDECAR_STATUS_PAGE_H_
#define ROOMKEEPER_SIDECAR_STATUS_PAGE_H_

#include "metrics/page_source.h"
#include "sidecar/admin_context.h"
#include "sidecar/recent_audit.h"

namespace roomkeeper::sidecar {

class StatusPage {
 public:
  static constexpr std::uint64_t rooms_max = 100;  ///< a page

  /// The context must outlive this.
  explicit StatusPage(AdminContext& context);

  /// status: {"as_of","now","status","audit"}, `now` being the server's time. rooms:
  /// {"total","next_cursor","rooms":[{"room":...,"stored":...}]}; `stored` are figures and limits
  /// of the stream that has the room's messages, null when there is none.
  void answer(const metrics::PageQuestion& question, const metrics::PageAnswer& done);

 private:
  void answer_status(const metrics::PageAnswer& done);
  void answer_rooms(const metrics::PageQuestion& question, const metrics::PageAnswer& done);
  std::string stored_json(const std::string& room) const;

  AdminContext& context_;
  RecentAudit audit_;
};

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_STATUS_PAGE_H_
