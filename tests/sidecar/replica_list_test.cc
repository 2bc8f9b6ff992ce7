// What replicas say to each other: read as a stranger's.
#include "sidecar/replica_list.h"

#include <string>

#include <gtest/gtest.h>

namespace roomkeeper::sidecar {
namespace {

TEST(ReplicaSayingText, ComesBackAsItWas) {
  const ReplicaSaying said{.name = "a",
                           .process = "p",
                           .leader = true,
                           .note = "because",
                           .version = "1.2.3",
                           .configuration = "0123456789abcdef",
                           .started = policies::WallTime(std::chrono::hours(1)),
                           .connection = {"SERVER", 42},
                           .gone = true};
  const auto back = decode_saying(encode_saying(said));
  ASSERT_TRUE(back) << back.error().text;
  EXPECT_EQ(back->name, "a");
  EXPECT_EQ(back->process, "p");
  EXPECT_TRUE(back->leader);
  EXPECT_EQ(back->note, "because");
  EXPECT_EQ(back->version, "1.2.3");
  EXPECT_EQ(back->configuration, "0123456789abcdef");
  EXPECT_EQ(back->started, said.started);
  EXPECT_EQ(back->connection, said.connection);
  EXPECT_TRUE(back->gone);
}

TEST(ReplicaSayingText, WhatAStrangerSaysIsRefusedOrBounded) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("{}"),
        std::string(R"({"name":"a"})"), std::string(R"({"name":"","process":"p"})"),
        "{\"name\":\"" + std::string(5000, 'x') + "\",\"process\":\"p\"}"}) {
    EXPECT_FALSE(decode_saying(text)) << text.substr(0, 40);
  }
  const auto strange = decode_saying(
      R"({"name":"a","process":"p","leader":"yes","client_id":-1,"started":"soon","note":[1]})");
  ASSERT_TRUE(strange);
  EXPECT_FALSE(strange->leader);
  EXPECT_EQ(strange->connection.cid, 0U);
  const auto lengthy =
      decode_saying(R"({"name":"a","process":"p","note":")" + std::string(2000, 'x') + "\"}");
  ASSERT_TRUE(lengthy);
  EXPECT_LE(lengthy->note.size(), 256U);
}

}  // namespace
}  // namespace roomkeeper::sidecar
