// Listings over many pages: STREAM.NAMES (1024 a page) and STREAM.LIST (256 a page).
#include <algorithm>
#include <cstdio>

#include "tests/contract/contract.h"

namespace roomkeeper::testing {
namespace {

using sidecar::nats::JetStream;
using sidecar::nats::ListPage;
using sidecar::nats::NamesPage;

class ListingContract : public Contract {
 protected:
  /// Streams S0000, S0001, ... on s.<number>.*, pipelined.
  void make(int count) {
    int done = 0;
    for (int i = 0; i < count; ++i) {
      js().create(
          priority, name(i), memory_stream({"s." + std::to_string(i) + ".*"}), 0,
          [&done](const policies::Result<sidecar::nats::StreamInfo>& made) { done += made ? 1 : 0; });
    }
    ASSERT_TRUE(world().run_until([&] { return done == count; })) << done << " of " << count;
  }
  static std::string name(int number) {
    char text[32];
    std::snprintf(text, sizeof(text), "S%04d", number);
    return text;
  }
  NamesPage names(std::uint64_t offset, const std::string& filter = {}) {
    auto page =
        wait<NamesPage>([&](auto done) { js().names(priority, offset, filter, std::move(done)); });
    EXPECT_TRUE(page) << page.error().text;
    return page.value_or(NamesPage{});
  }
  ListPage list(std::uint64_t offset) {
    auto page = wait<ListPage>([&](auto done) { js().list(priority, offset, std::move(done)); });
    EXPECT_TRUE(page) << page.error().text;
    return page ? std::move(*page) : ListPage{};
  }
};

TEST_P(ListingContract, IsEmptyAtFirst) {
  EXPECT_TRUE(names(0).names.empty());
  EXPECT_EQ(names(0).total, 0u);
  EXPECT_TRUE(list(0).streams.empty());
  EXPECT_EQ(list(0).total, 0u);
  const auto all =
      wait<policies::ObservedStreams>([&](auto done) { js().list_all(priority, std::move(done)); });
  ASSERT_TRUE(all) << all.error().text;
  EXPECT_TRUE(all->complete);
  EXPECT_TRUE(all->streams.empty());
}

TEST_P(ListingContract, ListsOverPages) {
  make(300);
  store("s.299.x", 2);
  const ListPage first = list(0);
  EXPECT_EQ(first.total, 300u);
  EXPECT_EQ(first.limit, 256u);
  ASSERT_EQ(first.streams.size(), 256u);
  EXPECT_EQ(first.streams.front().name, name(0));
  EXPECT_EQ(first.streams.back().name, name(255));
  EXPECT_TRUE(first.missing.empty());
  const ListPage second = list(256);
  EXPECT_EQ(second.offset, 256u);
  ASSERT_EQ(second.streams.size(), 44u);
  EXPECT_EQ(second.streams.back().name, name(299));
  EXPECT_EQ(second.streams.back().stored.messages, 2u);
  EXPECT_EQ(second.streams.back().config, memory_stream({"s.299.*"}));
  EXPECT_GE(second.server_time, second.streams.back().stored.created);
  const ListPage beyond = list(5000);
  EXPECT_TRUE(beyond.streams.empty());
  EXPECT_EQ(beyond.total, 300u);

  const auto all =
      wait<policies::ObservedStreams>([&](auto done) { js().list_all(priority, std::move(done)); });
  ASSERT_TRUE(all) << all.error().text;
  EXPECT_TRUE(all->complete);
  ASSERT_EQ(all->streams.size(), 300u);
  EXPECT_TRUE(std::is_sorted(all->streams.begin(), all->streams.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  ASSERT_NE(all->find(name(299)), nullptr);
  EXPECT_EQ(all->find(name(299))->stored.messages, 2u);
  EXPECT_EQ(all->find("NO"), nullptr);
}

TEST_P(ListingContract, NamesOverPages) {
  make(1100);
  const NamesPage first = names(0);
  EXPECT_EQ(first.total, 1100u);
  EXPECT_EQ(first.names.size(), 1024u);
  const NamesPage second = names(1024);
  EXPECT_EQ(second.offset, 1024u);
  ASSERT_EQ(second.names.size(), 76u);
  EXPECT_EQ(second.names.back(), name(1099));
  EXPECT_TRUE(names(99999).names.empty());
  const NamesPage filtered = names(0, "s.7.bob");
  EXPECT_EQ(filtered.names, (std::vector<std::string>{name(7)}));
  EXPECT_EQ(filtered.total, 1u);

  const auto all =
      wait<JetStream::AllNames>([&](auto done) { js().names_all(priority, std::move(done)); });
  ASSERT_TRUE(all) << all.error().text;
  EXPECT_TRUE(all->complete);
  ASSERT_EQ(all->names.size(), 1100u);
  EXPECT_TRUE(std::is_sorted(all->names.begin(), all->names.end()));
  EXPECT_EQ(all->names.front(), name(0));
  EXPECT_EQ(all->names.back(), name(1099));
}

TEST_P(ListingContract, TellsOfConsumersAndForeignProperties) {
  ask("$JS.API.STREAM.CREATE.A",
      R"({"name":"A","subjects":["a"],"storage":"memory","allow_rollup_hdrs":true,"allow_direct":true,)"
      R"("republish":{"src":"a","dest":"b"},"metadata":{"k":"v"}})");
  ask("$JS.API.CONSUMER.DURABLE.CREATE.A.worker",
      R"({"stream_name":"A","config":{"durable_name":"worker","deliver_policy":"all","ack_policy":"explicit"}})");
  const ListPage page = list(0);
  ASSERT_EQ(page.streams.size(), 1u);
  EXPECT_EQ(page.streams[0].consumers, 1u);
  EXPECT_TRUE(page.streams[0].traits.allow_rollup);
  EXPECT_TRUE(page.streams[0].traits.republish);
  EXPECT_FALSE(page.streams[0].traits.sealed);
  EXPECT_EQ(page.streams[0].config.mark, std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(On, ListingContract, ::testing::ValuesIn(all_worlds()), world_name);

}  // namespace
}  // namespace roomkeeper::testing
