// What fits: limits of an account and of the server, what is reserved, and how the server refuses.
#include "sidecar/nats/system_requests.h"
#include "tests/contract/contract.h"

namespace roomkeeper::testing {
namespace {

using policies::Storage;
using policies::StreamConfig;
using sidecar::nats::AccountInfo;
using sidecar::nats::StoresSeen;
using sidecar::nats::StreamInfo;
using sidecar::nats::SystemRequests;
namespace server_code = sidecar::nats::server_code;
using namespace std::chrono_literals;

constexpr std::int64_t mib = std::int64_t{1} << 20;
constexpr std::int64_t gib = std::int64_t{1} << 30;

StreamConfig stream_of(const std::string& subject, std::int64_t max_bytes,
                       Storage storage = Storage::file) {
  StreamConfig config;
  config.subjects = {subject};
  config.settings.storage = storage;
  config.settings.max_bytes = max_bytes;
  return config;
}

class CapacityContract : public Contract {
 protected:
  void SetUp() override {
    Contract::SetUp();
    tight_ = connect("TIGHT", "tight");
    tight_queue_ = std::make_unique<sidecar::nats::RequestQueue>(
        *tight_, world().loop(), world().clock(), sidecar::nats::QueueLimits{});
    tight_js_ = std::make_unique<sidecar::nats::JetStream>(*tight_queue_);
    system_queue_ = std::make_unique<sidecar::nats::RequestQueue>(
        sys(), world().loop(), world().clock(), sidecar::nats::QueueLimits{});
    system_ = std::make_unique<SystemRequests>(*system_queue_, world().loop(), 2s);
  }
  void TearDown() override {
    system_.reset();
    system_queue_.reset();
    tight_js_.reset();
    tight_queue_.reset();
    tight_.reset();
    Contract::TearDown();
  }
  /// In the account with limits of its own: 0, or the code of the refusal.
  int make_tight(const std::string& name, std::int64_t max_bytes, Storage storage = Storage::file) {
    return code_of(wait<StreamInfo>([&](auto done) {
      tight_js_->create(priority, name, stream_of("tight." + name, max_bytes, storage), 0,
                        std::move(done));
    }));
  }
  int make(const std::string& name, std::int64_t max_bytes, Storage storage = Storage::file) {
    return code_of(create(name, stream_of("app." + name, max_bytes, storage)));
  }
  AccountInfo account(sidecar::nats::JetStream& js) {
    const auto info = wait<AccountInfo>([&](auto done) { js.account(priority, std::move(done)); });
    EXPECT_TRUE(info) << info.error().text;
    return info.value_or(AccountInfo{});
  }
  StoresSeen stores() {
    std::optional<StoresSeen> seen;
    system_->stores([&](StoresSeen all) { seen = std::move(all); });
    EXPECT_TRUE(world().run_until([&] { return seen.has_value(); }));
    return seen.value_or(StoresSeen{});
  }
  sidecar::nats::JetStream& tight() { return *tight_js_; }

 private:
  static int code_of(const policies::Result<StreamInfo>& made) {
    if (made) return 0;
    EXPECT_TRUE(sidecar::nats::lacks_capacity(made.error())) << made.error().text;
    return made.error().server_code;
  }

  Bus tight_;
  std::unique_ptr<sidecar::nats::RequestQueue> tight_queue_;
  std::unique_ptr<sidecar::nats::JetStream> tight_js_;
  std::unique_ptr<sidecar::nats::RequestQueue> system_queue_;
  std::unique_ptr<SystemRequests> system_;
};

TEST_P(CapacityContract, TellsTheLimitsOfAnAccount) {
  const AccountInfo unlimited = account(js());
  ASSERT_EQ(unlimited.limits.size(), 1u);
  EXPECT_EQ(unlimited.limits.front().tier, "");
  EXPECT_EQ(unlimited.limits.front().max_streams, -1);
  EXPECT_EQ(unlimited.limits.front().max_storage, -1);
  EXPECT_EQ(unlimited.limits.front().max_memory, -1);
  EXPECT_EQ(unlimited.domain, "");
  const AccountInfo limited = account(tight());
  ASSERT_EQ(limited.limits.size(), 1u);
  EXPECT_EQ(limited.limits.front().max_streams, tight_account.max_streams);
  EXPECT_EQ(limited.limits.front().max_storage, tight_account.max_storage);
  EXPECT_EQ(limited.limits.front().max_memory, tight_account.max_memory);
}

TEST_P(CapacityContract, ReservesMaxBytesInFull) {
  EXPECT_EQ(make_tight("a", 6 * mib), 0);
  EXPECT_EQ(make_tight("b", 2 * mib + 1), server_code::storage_resources);
  EXPECT_EQ(make_tight("b", 2 * mib), 0);  // to the last byte
  // Nothing is reserved without max_bytes, but a byte has to be free.
  EXPECT_EQ(make_tight("c", -1), server_code::storage_resources);
  EXPECT_EQ(make_tight("c", mib, Storage::memory), 0);
}

TEST_P(CapacityContract, AStreamWithoutMaxBytesReservesNothing) {
  EXPECT_EQ(make_tight("a", -1), 0);
  EXPECT_EQ(make_tight("b", 8 * mib), 0);
}

TEST_P(CapacityContract, ReservesMemoryOnItsOwn) {
  EXPECT_EQ(make_tight("a", mib + 1, Storage::memory), server_code::memory_resources);
  EXPECT_EQ(make_tight("a", mib, Storage::memory), 0);
  EXPECT_EQ(make_tight("b", 8 * mib), 0);
}

TEST_P(CapacityContract, CountsTheStreamsOfAnAccount) {
  for (const std::string name : {"a", "b", "c"}) EXPECT_EQ(make_tight(name, -1), 0) << name;
  EXPECT_EQ(make_tight("d", -1), server_code::max_streams);
}

TEST_P(CapacityContract, RefusesAnUpdateThatDoesNotFit) {
  ASSERT_EQ(make_tight("a", 6 * mib), 0);
  const auto updated = [&](std::int64_t max_bytes) {
    const auto now =
        wait<StreamInfo>([&](auto done) { tight().info(priority, "a", std::move(done)); });
    EXPECT_TRUE(now);
    return server_failure(wait<StreamInfo>([&](auto done) {
      tight().update(priority, "a", now->raw_config, stream_of("tight.a", max_bytes),
                     std::move(done));
    }));
  };
  EXPECT_EQ(updated(8 * mib + 1), server_code::storage_resources);
  EXPECT_EQ(updated(8 * mib), 0);
  EXPECT_EQ(updated(mib), 0);
}

TEST_P(CapacityContract, TheServersStoreIsSharedByAllAccounts) {
  ASSERT_EQ(make("a", 3 * gib), 0);
  EXPECT_EQ(make("b", gib + 1), server_code::storage_resources);
  ASSERT_EQ(make_tight("t", 8 * mib), 0);
  EXPECT_EQ(make("b", gib), server_code::storage_resources);
  EXPECT_EQ(make("b", gib - 8 * mib), 0);
  EXPECT_EQ(make("c", 256 * mib + 1, Storage::memory), server_code::memory_resources);
}

TEST_P(CapacityContract, TellsWhatAServerCanStore) {
  const policies::WallTime before =
      stores().stores.empty() ? policies::WallTime{} : stores().stores.front().now;
  ASSERT_EQ(make("a", 3 * gib), 0);
  ASSERT_EQ(make_tight("t", mib, Storage::memory), 0);
  const StoresSeen seen = stores();
  EXPECT_TRUE(seen.complete);
  ASSERT_EQ(seen.stores.size(), 1u);
  const sidecar::nats::StoreStats& store = seen.stores.front();
  EXPECT_EQ(store.id, sys().server().id);
  EXPECT_EQ(store.name, sys().server().name);
  EXPECT_EQ(store.cluster, "");
  EXPECT_FALSE(store.clustered);
  EXPECT_EQ(store.max_storage, world_store.max_storage);
  EXPECT_EQ(store.max_memory, world_store.max_memory);
  EXPECT_EQ(store.reserved_storage, static_cast<std::uint64_t>(3 * gib));
  EXPECT_EQ(store.reserved_memory, static_cast<std::uint64_t>(mib));
  EXPECT_EQ(store.ha_assets, 0u);
  EXPECT_EQ(store.max_ha_assets, 0);
  EXPECT_GE(store.now, before);
  EXPECT_NE(before, policies::WallTime{});
}

INSTANTIATE_TEST_SUITE_P(On, CapacityContract, ::testing::ValuesIn(all_worlds()), world_name);

}  // namespace
}  // namespace roomkeeper::testing
