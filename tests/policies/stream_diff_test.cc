// Which differences there are between a stream and what its room wants, and what each means for
// stored messages.
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/plan.h"
#include "tests/policies/plan_world.h"

namespace roomkeeper::testing {
namespace {

using namespace policies;
using std::chrono::hours;
using std::chrono::minutes;
using Settings = StreamSettings;

/// The differences after `on_server` was done to a stream of a room in order, and `asked` to its
/// settings.
struct Case {
  explicit Case(std::uint64_t messages = 5)
      : stream(world.put_stream_of(room("general"), messages)) {}

  std::vector<FieldChange> diff(const std::function<void(RoomSettings&)>& asked) {
    return diff_with(room("general", asked));
  }
  std::vector<FieldChange> diff_with(const RoomSpec& spec) {
    wanted = wanted_stream(spec, world.names, world.limits.instance);
    return diff_stream(stream, wanted, zones());
  }
  std::vector<FieldChange> drift() { return diff_with(room("general")); }

  World world;
  ObservedStream& stream;
  StreamConfig wanted;
};

const FieldChange& only(const std::vector<FieldChange>& changes) {
  EXPECT_EQ(changes.size(), 1U);
  return changes.at(0);
}

TEST(WantedStream, MapsTheRoomOneToOne) {
  const World world;
  const RoomSpec spec = room("general", [](RoomSettings& s) {
    s.template_name = "archive";
    s.retention = KeepFor{hours(720)};
    s.stream.on_full = OnFull::reject_new;
    s.stream.replicas = 3;
  });
  const StreamConfig config = wanted_stream(spec, world.names, "seoul");
  EXPECT_EQ(config.subjects, std::vector<std::string>{"chat.general.*"});
  EXPECT_EQ(config.settings, spec.settings->stream);
  EXPECT_EQ(config.max_age, hours(720));
  const Mark mark{"seoul", "general", "file", "archive", to_text(KeepFor{hours(720)})};
  EXPECT_EQ(config.mark, mark);
}

TEST(WantedStream, MidnightRoomsHaveTheBackstop) {
  const World world;
  EXPECT_EQ(wanted_stream(room("general"), world.names, "seoul").max_age,
            backstop_max_age(midnight(0)));
}

// The server refuses a window longer than max_age, and takes 0 for its default.
TEST(WantedStream, DuplicateWindowIsOneTheServerKeeps) {
  const World world;
  const auto window = [&](Nanoseconds asked, RetentionRule rule) {
    const RoomSpec spec = room("general", [&](RoomSettings& s) {
      s.retention = rule;
      s.stream.duplicate_window = asked;
    });
    return wanted_stream(spec, world.names, "seoul").settings.duplicate_window;
  };
  EXPECT_EQ(window(minutes(2), KeepFor{minutes(1)}), minutes(1));
  EXPECT_EQ(window(minutes(2), KeepForever{}), minutes(2));
  EXPECT_EQ(window(Nanoseconds::zero(), KeepForever{}), minutes(2));
}

TEST(StreamDiff, AStreamInOrderHasNone) {
  EXPECT_TRUE(Case().drift().empty());
}

TEST(StreamDiff, UnlimitedIsUnlimitedHoweverItIsWritten) {
  Case c;
  c.stream.config.settings.max_messages_per_subject = 0;
  c.stream.config.settings.max_message_size = 0;
  c.stream.config.settings.max_consumers = 0;
  EXPECT_TRUE(c.drift().empty());
}

struct FieldCase {
  Field field;
  std::function<void(Settings&)> set;
  bool lossy;
  bool impossible;
};

std::vector<FieldCase> setting_cases() {
  return {
      {Field::storage, [](Settings& s) { s.storage = Storage::memory; }, false, true},
      {Field::replicas, [](Settings& s) { s.replicas = 3; }, false, false},
      {Field::max_messages, [](Settings& s) { s.max_messages = 999; }, true, false},
      {Field::max_messages, [](Settings& s) { s.max_messages = 1001; }, false, false},
      {Field::max_messages, [](Settings& s) { s.max_messages = -1; }, false, false},
      {Field::max_bytes, [](Settings& s) { s.max_bytes = 1024; }, true, false},
      {Field::max_bytes, [](Settings& s) { s.max_bytes = -1; }, false, false},
      {Field::max_messages_per_subject, [](Settings& s) { s.max_messages_per_subject = 9; }, true,
       false},
      {Field::max_message_size, [](Settings& s) { s.max_message_size = 1; }, false, false},
      {Field::on_full, [](Settings& s) { s.on_full = OnFull::reject_new; }, false, false},
      {Field::retention, [](Settings& s) { s.retention = StreamRetention::interest; }, true, false},
      {Field::retention, [](Settings& s) { s.retention = StreamRetention::workqueue; }, true, true},
      {Field::max_consumers, [](Settings& s) { s.max_consumers = 9; }, false, true},
      {Field::duplicate_window, [](Settings& s) { s.duplicate_window = minutes(1); }, false, false},
      {Field::compression, [](Settings& s) { s.compression = Compression::s2; }, false, false},
      {Field::placement, [](Settings& s) { s.placement.tags = {"ssd"}; }, false, false},
  };
}

TEST(StreamDiff, EverySettingIsJudged) {
  for (const FieldCase& field : setting_cases()) {
    Case c;
    const auto changes = c.diff([&](RoomSettings& s) { field.set(s.stream); });
    const FieldChange& change = only(changes);
    EXPECT_EQ(change.field, field.field) << to_string(field.field);
    EXPECT_EQ(change.lossy, field.lossy) << change.from << " -> " << change.to;
    EXPECT_EQ(change.impossible, field.impossible) << change.from << " -> " << change.to;
    EXPECT_NE(change.from, change.to);
  }
}

TEST(StreamDiff, AnEmptyStreamLosesNothing) {
  for (const FieldCase& field : setting_cases()) {
    Case c(0);
    EXPECT_FALSE(only(c.diff([&](RoomSettings& s) { field.set(s.stream); })).lossy);
  }
  Case c(0);
  for (const FieldChange& change :
       c.diff([](RoomSettings& s) { s.retention = KeepFor{hours(1)}; })) {
    EXPECT_FALSE(change.lossy) << to_string(change.field);
  }
}

TEST(StreamDiff, ReturningFromRejectNewToDropOldIsLossy) {
  Case c;
  c.stream.config.settings.on_full = OnFull::reject_new;
  EXPECT_TRUE(only(c.drift()).lossy);
}

TEST(StreamDiff, ReturningFromInterestToLimitsIsNot) {
  Case c;
  c.stream.config.settings.retention = StreamRetention::interest;
  EXPECT_FALSE(only(c.drift()).lossy);
  EXPECT_FALSE(only(c.drift()).impossible);
}

TEST(StreamDiff, ValuesAreWrittenInTheUnitsOfTheConfiguration) {
  Case c;
  c.stream.config.max_age = hours(100);
  const auto changes = c.diff([](RoomSettings& s) {
    s.stream.max_bytes = 64 * 1024;
    s.stream.max_messages = -1;
    s.stream.duplicate_window = std::chrono::seconds(90);
  });
  ASSERT_EQ(fields(changes), (std::vector<Field>{Field::max_age, Field::max_messages,
                                                 Field::max_bytes, Field::duplicate_window}));
  EXPECT_EQ(changes[0].from, "100h");
  EXPECT_EQ(changes[1].from, "1000");
  EXPECT_EQ(changes[1].to, "unlimited");
  EXPECT_EQ(changes[2].from, "1MiB");
  EXPECT_EQ(changes[2].to, "64KiB");
  EXPECT_EQ(changes[3].from, "2m");
  EXPECT_EQ(changes[3].to, "90s");
}

TEST(StreamDiff, AShorterRuleIsLossyALongerIsNot) {
  Case c;
  const auto longer = c.diff([](RoomSettings& s) { s.retention = midnight(1); });
  EXPECT_EQ(fields(longer), (std::vector<Field>{Field::max_age, Field::retention_rule}));
  for (const FieldChange& change : longer) EXPECT_FALSE(change.lossy) << to_string(change.field);

  const auto shorter = c.diff([](RoomSettings& s) { s.retention = KeepFor{hours(1)}; });
  EXPECT_EQ(fields(shorter), (std::vector<Field>{Field::max_age, Field::retention_rule}));
  for (const FieldChange& change : shorter) EXPECT_TRUE(change.lossy) << to_string(change.field);
}

TEST(StreamDiff, AnotherZoneIsLossy) {
  Case c;
  const auto changes = c.diff([](RoomSettings& s) { s.retention = midnight(0, "Asia/Tokyo"); });
  ASSERT_EQ(fields(changes).back(), Field::retention_rule);
  EXPECT_TRUE(changes.back().lossy);
}

TEST(StreamDiff, BringingALengthenedMaxAgeBackIsNotLossyUnderAMidnightRule) {
  Case c;
  for (const Nanoseconds age : {Nanoseconds(hours(100)), Nanoseconds::zero()}) {
    c.stream.config.max_age = age;
    EXPECT_EQ(only(c.drift()).field, Field::max_age);
    EXPECT_FALSE(only(c.drift()).lossy);
  }
}

TEST(StreamDiff, BringingALengthenedMaxAgeBackIsLossyUnderAnAgeRule) {
  World world;
  const RoomSpec spec = room("general", [](RoomSettings& s) { s.retention = KeepFor{hours(24)}; });
  ObservedStream& stream = world.put_stream_of(spec);
  stream.config.max_age = hours(100);
  const auto changes = diff_stream(stream, wanted_stream(spec, world.names, "seoul"), zones());
  EXPECT_EQ(only(changes).field, Field::max_age);
  EXPECT_TRUE(only(changes).lossy);
}

TEST(StreamDiff, AMarkThatCannotBeReadStandsForTheStreamsMaxAge) {
  Case c;
  c.stream.config.mark->retention = "until the cows come home";
  const auto changes = c.drift();
  const FieldChange& rule = only(changes);
  EXPECT_EQ(rule.field, Field::retention_rule);
  EXPECT_EQ(rule.from, describe(KeepFor{c.stream.config.max_age}));
  EXPECT_TRUE(rule.lossy);
}

TEST(StreamDiff, OwnerAndTemplateAreFieldsOfTheMark) {
  Case c;
  c.stream.config.mark->template_name = "archive";
  EXPECT_EQ(only(c.drift()).field, Field::mark);
  EXPECT_NE(only(c.drift()).from.find("template archive"), std::string::npos);
}

TEST(StreamDiff, StrangersBytesAreCutAndCleaned) {
  Case c;
  c.stream.config.mark->template_name = "\x1b[31m" + std::string(100000, 'x');
  const auto changes = c.drift();
  EXPECT_LT(only(changes).from.size(), 1000U);
  EXPECT_EQ(only(changes).from.find('\x1b'), std::string::npos);
}

struct TraitCase {
  bool StreamTraits::* trait;
  const char* name;
  bool for_ever;
};

TEST(StreamDiff, DangerousTraitsAreDifferences) {
  const std::vector<TraitCase> traits = {
      {&StreamTraits::sealed, "sealed", true},
      {&StreamTraits::mirror, "mirror", true},
      {&StreamTraits::deny_purge, "deny_purge", true},
      {&StreamTraits::deny_delete, "deny_delete", true},
      {&StreamTraits::allow_msg_ttl, "allow_msg_ttl", true},
      {&StreamTraits::allow_msg_schedules, "allow_msg_schedules", true},
      {&StreamTraits::allow_rollup, "allow_rollup_hdrs", false},
      {&StreamTraits::delete_markers, "subject_delete_marker_ttl", false}};
  for (const TraitCase& trait : traits) {
    Case c;
    c.stream.traits.*trait.trait = true;
    const auto changes = c.drift();
    EXPECT_EQ(only(changes).field, Field::traits);
    EXPECT_EQ(only(changes).from, trait.name);
    EXPECT_EQ(only(changes).impossible, trait.for_ever) << trait.name;
  }
}

TEST(StreamDiff, RollupsCannotGoWhileSchedulesNeedThem) {
  Case c;
  c.stream.traits.allow_rollup = true;
  c.stream.traits.allow_msg_schedules = true;
  for (const FieldChange& change : c.drift()) EXPECT_TRUE(change.impossible) << change.from;
}

TEST(WithoutLossy, AppliesWhatIsHarmlessAndLeavesTheRest) {
  Case c;
  c.diff([](RoomSettings& s) {
    s.stream.storage = Storage::memory;  // impossible
    s.stream.max_messages = 10;          // lossy
    s.stream.max_bytes = -1;
    s.stream.replicas = 3;
  });
  const StreamConfig now = without_lossy(c.stream, c.wanted, zones());
  StreamConfig expected = c.stream.config;
  expected.settings.max_bytes = -1;
  expected.settings.replicas = 3;
  EXPECT_EQ(now, expected);
}

TEST(WithoutLossy, OfASealedStreamNothingIsChanged) {
  Case c;
  c.stream.traits.sealed = true;
  c.diff([](RoomSettings& s) {
    s.retention = midnight(5);
    s.template_name = "archive";
    s.stream.max_bytes = -1;
    s.stream.duplicate_window = hours(1);
  });
  EXPECT_EQ(without_lossy(c.stream, c.wanted, zones()), c.stream.config);
}

TEST(WithoutLossy, KeepsTheRuleLastAppliedWithItsMaxAge) {
  Case c;
  c.stream.config.max_age = hours(100);
  c.diff([](RoomSettings& s) {
    s.retention = KeepFor{hours(1)};
    s.template_name = "short";
  });
  const StreamConfig now = without_lossy(c.stream, c.wanted, zones());
  EXPECT_EQ(now.mark->retention, to_text(midnight(0)));
  EXPECT_EQ(now.mark->template_name, "short");
  EXPECT_EQ(now.max_age, backstop_max_age(midnight(0)));
}

TEST(WithoutLossy, KeepsTheDuplicateWindowWithinTheMaxAgeThatStays) {
  World world;
  const auto kept = [](Nanoseconds age) {
    return room("general", [age](RoomSettings& s) {
      s.retention = KeepFor{age};
      s.stream.duplicate_window = hours(40);
    });
  };
  ObservedStream& stream = world.put_stream_of(kept(hours(27)));
  // Another rule whose max_age is longer, and which yet may end a message earlier.
  RoomSpec spec = room("general", [](RoomSettings& s) {
    s.retention = midnight(1);
    s.stream.duplicate_window = hours(40);
  });
  const StreamConfig wanted = wanted_stream(spec, world.names, "seoul");
  ASSERT_EQ(wanted.settings.duplicate_window, hours(40));
  const StreamConfig now = without_lossy(stream, wanted, zones());
  ASSERT_EQ(now.max_age, hours(27));
  EXPECT_EQ(now.settings.duplicate_window, hours(27));
}

}  // namespace
}  // namespace roomkeeper::testing
