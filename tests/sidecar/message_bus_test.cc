#include "sidecar/message_bus.h"

#include <gtest/gtest.h>

namespace roomkeeper::testing {
namespace {

TEST(Message, HeadersAreFoundWithoutCaseAndTheFirstCounts) {
  sidecar::Message message;
  message.headers = {{"Nats-Msg-Id", "1"}, {"nats-msg-id", "2"}, {"Empty", ""}};
  EXPECT_EQ(message.header("NATS-MSG-ID"), "1");
  EXPECT_EQ(message.header("Nats-Msg"), "");
  EXPECT_EQ(message.header("Empty"), "");
}

TEST(BusState, EveryStateHasItsName) {
  using sidecar::BusState;
  EXPECT_EQ(to_string(BusState::connecting), "connecting");
  EXPECT_EQ(to_string(BusState::connected), "connected");
  EXPECT_EQ(to_string(BusState::refused), "refused");
  EXPECT_EQ(to_string(BusState::closed), "closed");
}

}  // namespace
}  // namespace roomkeeper::testing
