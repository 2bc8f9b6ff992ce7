// The system account of the fake: who is connected, server statistics, ending a connection, and the
// events.
//
// `$SYS.REQ.SERVER.PING.{CONNZ,STATSZ,VARZ,JSZ,IDZ}`,
// `$SYS.REQ.SERVER.<id>.{CONNZ,STATSZ,VARZ,JSZ,IDZ,KICK}`,
// `$SYS.REQ.USER.INFO` (every account) and, for its own account only, `$SYS.REQ.SERVER.PING.CONNZ`
// from an ordinary one. CONNZ knows `acc`, `user`, `cid`, `auth`, `subscriptions`, `offset` and
// `limit`.
#ifndef ROOMKEEPER_TESTS_SUPPORT_FAKE_SYSTEM_H_
#define ROOMKEEPER_TESTS_SUPPORT_FAKE_SYSTEM_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "tests/support/fake_core.h"

namespace roomkeeper::testing::fake_system {

/// Returns how many servers took the request; 0: no responders.
std::size_t request(FakeCore& core, const std::string& account, FakeConnectionId from,
                    const sidecar::Message& message);

/// `$SYS.ACCOUNT.<account>.CONNECT` and `.DISCONNECT`, to whoever listens in the system account.
void announce_connect(FakeCore& core, const FakeConnection& connection);
void announce_disconnect(FakeCore& core, const FakeConnection& connection, std::string_view reason);

}  // namespace roomkeeper::testing::fake_system

#endif  // ROOMKEEPER_TESTS_SUPPORT_FAKE_SYSTEM_H_
