// What the page shows of the audit, when much happens between two looks at it.
#include "sidecar/recent_audit.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/audit.h"
#include "config/load.h"
#include "policies/audit_names.h"
#include "sidecar/nats/request_queue.h"
#include "tests/support/fake_nats.h"
#include "tests/support/manual_clock.h"
#include "tests/support/manual_loop.h"

namespace roomkeeper::sidecar {
namespace {

using namespace std::chrono_literals;
using api::AuditKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RecentAuditOnFake : public ::testing::Test {
 protected:
  void make_stream() {
    ASSERT_TRUE(nats_.create_stream(std::string(policies::audit_stream),
                                    R"({"name": "ROOMKEEPER_AUDIT",
                                        "subjects": ["roomkeeper.audit.*"]})"));
  }
  void write(AuditKind kind, const std::string& room) {
    api::AuditRecord record;
    record.kind = kind;
    record.room = room;
    nats_.publish(api::audit_subject(kind), api::encode_audit(record));
  }
  void write_many(int count) {
    for (int i = 0; i < count; ++i) write(AuditKind::stream_created, "made");
  }
  nlohmann::json look() {
    loop_.advance(RecentAudit::fresh_for);
    audit_.refresh();
    loop_.advance(1s);
    return nlohmann::json::parse(audit_.json());
  }
  /// The rooms of the purges that are shown, newest first.
  static std::vector<std::string> purged(const nlohmann::json& shown) {
    std::vector<std::string> rooms;
    for (const auto& entry : shown.at("purges")) rooms.push_back(entry.value("room", ""));
    return rooms;
  }

  testing::ManualClock clock_;
  testing::ManualLoop loop_{clock_};
  testing::FakeNats nats_{loop_};
  std::unique_ptr<MessageBus> bus_ = nats_.connect("APP", "roomkeeper");
  metrics::Metrics metrics_;
  Log log_{clock_, {}, [](config::LogLevel, const std::string&) {}};
  Runtime runtime_{.loop = loop_,
                   .clock = clock_,
                   .log = log_,
                   .metrics = metrics_,
                   .config = std::make_shared<config::Config>(),
                   .zones = config::find_zone};
  nats::RequestQueue queue_{*bus_, loop_, clock_, {}};
  nats::JetStream js_{queue_, ""};
  RecentAudit audit_{runtime_, js_};
};

TEST_F(RecentAuditOnFake, WithoutAStreamItSaysSo) {
  EXPECT_EQ(look()["state"], "missing");
}

TEST_F(RecentAuditOnFake, TheNewestComeFirstAndNoMoreThanFifty) {
  make_stream();
  write_many(60);
  write(AuditKind::purge, "general");
  const nlohmann::json shown = look();
  EXPECT_EQ(shown["state"], "read");
  ASSERT_EQ(shown["entries"].size(), RecentAudit::entries_max);
  EXPECT_EQ(shown["entries"][0].value("room", ""), "general");
  EXPECT_THAT(purged(shown), ElementsAre("general"));
}

TEST_F(RecentAuditOnFake, ThePurgeBeforeTheEntriesThatAreReadIsShown) {
  make_stream();
  write(AuditKind::purge, "old");
  write_many(60);
  EXPECT_THAT(purged(look()), ElementsAre("old"));
}

TEST_F(RecentAuditOnFake, APurgeBetweenTwoLooksIsShownHoweverMuchCameAfterIt) {
  make_stream();
  write(AuditKind::purge, "first");
  EXPECT_THAT(purged(look()), ElementsAre("first"));
  write(AuditKind::purge, "between");
  write_many(60);
  EXPECT_THAT(purged(look()), ElementsAre("between", "first"));
  write_many(60);
  EXPECT_THAT(purged(look()), ElementsAre("between", "first")) << "none twice";
}

TEST_F(RecentAuditOnFake, AStreamThatWasMadeAnewIsReadAnew) {
  make_stream();
  write(AuditKind::purge, "old");
  EXPECT_THAT(purged(look()), ElementsAre("old"));
  nats_.delete_stream(std::string(policies::audit_stream));
  loop_.advance(1s);
  make_stream();
  write_many(1);
  EXPECT_THAT(purged(look()), IsEmpty());
}

}  // namespace
}  // namespace roomkeeper::sidecar
