// A world to plan in: what is wanted, what the server holds, and a model of what the server does
// with a plan.
#ifndef ROOMKEEPER_TESTS_POLICIES_PLAN_WORLD_H_
#define ROOMKEEPER_TESTS_POLICIES_PLAN_WORLD_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/plan.h"

namespace roomkeeper::testing {

/// The IANA database; nullptr for an unknown name.
policies::ZoneLookup zones();
/// REQUIRES: `name` is in the database.
policies::UntilMidnight midnight(int days, std::string_view name = "Asia/Seoul");
/// REQUIRES: a valid id.
policies::RoomId room_id(std::string_view text);

/// A room of the file, `retention: { until: midnight }` in Seoul, 1,000 messages and 1 MiB at most,
/// drop_old.
policies::RoomSpec room(std::string_view id);
/// The same with other settings.
policies::RoomSpec room(std::string_view id,
                        const std::function<void(policies::RoomSettings&)>& change);

struct World {
  World();

  policies::Names names;
  policies::DesiredRooms desired;
  policies::ObservedStreams observed;
  policies::SeenStreams seen;
  policies::PlanLimits limits;  ///< instance `seoul`

  /// Wants `spec`, in place of the room of its id.
  void want(policies::RoomSpec spec);
  void forget(std::string_view id);
  /// Puts a stream on the server, in place of the one of its name.
  policies::ObservedStream& put(policies::ObservedStream stream);
  /// The stream that `spec` wants, with `messages` stored, on the server.
  policies::ObservedStream& put_stream_of(const policies::RoomSpec& spec,
                                          std::uint64_t messages = 5);
  /// A stream of nobody's.
  policies::ObservedStream& put_plain(std::string name, std::vector<std::string> subjects);

  policies::Plan plan() const;
  /// Does on the server what the plan says, as nats-server would. Returns what the server refused.
  std::vector<std::string> apply(const policies::Plan& plan);
};

/// One room `general`, in order on the server with `messages` stored, that now asks for something
/// else.
World world_where_general_asks(const std::function<void(policies::RoomSettings&)>& change,
                               std::uint64_t messages = 5);

void expect_verdict(const policies::Plan& plan, std::string_view id, policies::RoomState state,
                    policies::Reason reason);
/// The verdict on a room. REQUIRES: there is one.
const policies::RoomVerdict& verdict(const policies::Plan& plan, std::string_view id);
/// The fields of a list, in its order.
std::vector<policies::Field> fields(const std::vector<policies::FieldChange>& changes);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_POLICIES_PLAN_WORLD_H_
