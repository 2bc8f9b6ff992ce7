// A limit of messages per subject that is put on a stream which has more: when the surplus goes.
#include "tests/contract/contract.h"

namespace roomkeeper::testing {
namespace {

class SubjectLimitContract : public Contract {
 protected:
  /// Four messages of each of two subjects, in a file.
  policies::StreamConfig filled(std::int64_t limit) {
    policies::StreamConfig config;
    config.subjects = {"a.*"};
    config.settings.max_messages_per_subject = limit;
    EXPECT_TRUE(create("A", config));
    store("a.x", 4);
    store("a.y", 4);
    return config;
  }
  void restart() {
    world().stop_server();
    ASSERT_TRUE(world().run_until([&] { return app().state() != sidecar::BusState::connected; }));
    world().start_server();
    ASSERT_TRUE(world().run_until([&] { return app().state() == sidecar::BusState::connected; }));
  }
};

TEST_P(SubjectLimitContract, ALowerOneTakesAtOnce) {
  policies::StreamConfig config = filled(4);
  config.settings.max_messages_per_subject = 2;
  ASSERT_TRUE(update("A", config));
  EXPECT_EQ(stored("A").messages, 4U);
}

TEST_P(SubjectLimitContract, ANewOneTakesAtOnceOrWithTheNextMessageOfTheSubject) {
  policies::StreamConfig config = filled(-1);
  config.settings.max_messages_per_subject = 2;
  ASSERT_TRUE(update("A", config));
  EXPECT_EQ(stored("A").messages, is_2_10() ? 8U : 4U);
  store("a.x");
  EXPECT_EQ(stored("A").messages, is_2_10() ? 6U : 4U) << "a.x has two, a.y what it had";
  store("a.y");
  EXPECT_EQ(stored("A").messages, 4U);
}

TEST_P(SubjectLimitContract, ANewOneTakesWhenTheServerStarts) {
  policies::StreamConfig config = filled(-1);
  config.settings.max_messages_per_subject = 2;
  ASSERT_TRUE(update("A", config));
  ASSERT_EQ(stored("A").messages, is_2_10() ? 8U : 4U);
  restart();
  EXPECT_EQ(stored("A").messages, 4U);
  EXPECT_EQ(stored("A").last_seq, 8U);
}

TEST_P(SubjectLimitContract, TheSameUpdateOnceMoreTakesNothing) {
  policies::StreamConfig config = filled(-1);
  config.settings.max_messages_per_subject = 2;
  ASSERT_TRUE(update("A", config));
  ASSERT_TRUE(update("A", config));
  EXPECT_EQ(stored("A").messages, is_2_10() ? 8U : 4U);
}

INSTANTIATE_TEST_SUITE_P(On, SubjectLimitContract, ::testing::ValuesIn(all_worlds()), world_name);

}  // namespace
}  // namespace roomkeeper::testing
