// What holds for every plan, whatever the world.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policies/plan.h"
#include "tests/policies/random_world.h"

namespace roomkeeper::testing {
namespace {

using namespace policies;

constexpr std::uint64_t seeds = 5000;

/// Everything of a plan that can be compared, as text.
std::string as_text(const Plan& plan) {
  std::string text;
  for (const Change& change : plan.changes) {
    text += std::string(to_string(change.kind)) + " " + change.stream + " " +
            std::string(to_string(change.reason)) + " " + std::to_string(change.first_seq) + "\n";
    for (const FieldChange& field : change.fields) {
      text +=
          "  " + std::string(to_string(field.field)) + " " + field.from + " -> " + field.to + "\n";
    }
  }
  for (const RoomVerdict& v : plan.verdicts) {
    text += v.room.text() + " " + std::string(to_string(v.state)) + " " +
            std::string(to_string(v.reason)) + " " + v.detail + "\n";
  }
  return text;
}

const ObservedStream* stream_of(const World& world, const Change& change) {
  return world.observed.find(change.stream);
}

/// A world in which nothing is in doubt, so that all that can be done gets done.
World certain_world(std::uint64_t seed) {
  World world = random_world(seed);
  world.desired.complete = true;
  world.observed.complete = true;
  for (ObservedStream& stream : world.observed.streams) stream.has_leader = true;
  return world;
}

bool limit_shrank(std::int64_t from, std::int64_t to) {
  return to > 0 && (from <= 0 || to < from);
}

TEST(PlanProperty, NothingIsRemovedWhenAnythingIsIncomplete) {
  int doubtful = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const World world = random_world(seed);
    if (world.desired.complete && world.observed.complete) continue;
    ++doubtful;
    for (const Change& change : world.plan().changes) {
      ASSERT_NE(change.kind, ChangeKind::remove) << "seed " << seed << " " << change.stream;
      if (!world.observed.complete) {
        ASSERT_NE(change.kind, ChangeKind::create) << "seed " << seed << " " << change.stream;
      }
    }
  }
  EXPECT_GT(doubtful, 1000);
}

TEST(PlanProperty, StreamsOfOthersAreNeverTouched) {
  int untouched = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const World world = random_world(seed);
    for (const Change& change : world.plan().changes) {
      const ObservedStream* stream = stream_of(world, change);
      ASSERT_EQ(change.kind == ChangeKind::create, stream == nullptr) << "seed " << seed;
      if (stream == nullptr) continue;
      const auto& mark = stream->config.mark;
      ASSERT_EQ(change.kind == ChangeKind::adopt, !mark.has_value()) << "seed " << seed;
      if (mark) {
        ASSERT_EQ(mark->instance, world.limits.instance) << "seed " << seed;
        ASSERT_EQ(mark->room, change.room.text()) << "seed " << seed;
      } else {
        ASSERT_NE(world.limits.adopt, Adopt::never) << "seed " << seed;
      }
    }
    untouched += static_cast<int>(std::count_if(
        world.observed.streams.begin(), world.observed.streams.end(), [&](const ObservedStream& s) {
          return !s.config.mark || s.config.mark->instance != world.limits.instance;
        }));
  }
  EXPECT_GT(untouched, 1000);
}

TEST(PlanProperty, TheGuardHoldsAndOnlyEvidenceRemoves) {
  int removed = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const World world = random_world(seed);
    const Plan plan = world.plan();
    int in_plan = 0;
    for (const Change& change : plan.changes) {
      if (change.kind != ChangeKind::remove) continue;
      ++in_plan;
      ASSERT_EQ(world.desired.find(change.room), nullptr) << "seed " << seed;
      const Mark& mark = *stream_of(world, change)->config.mark;
      const auto& asked = world.desired.removed_by_api;
      const bool by_api = std::find(asked.begin(), asked.end(), change.room) != asked.end();
      ASSERT_TRUE(mark.owner == "api" ? by_api : world.limits.on_removal != OnRemoval::orphan)
          << "seed " << seed;
    }
    ASSERT_LE(in_plan, removals_allowed(world.limits, plan.verdicts.size())) << "seed " << seed;
    removed += in_plan;
  }
  EXPECT_GT(removed, 300);
}

TEST(PlanProperty, APlanWithConsentIsDoneInTwoRounds) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    World world = certain_world(seed);
    world.limits.consent.all = true;
    for (int round = 0; round < 2; ++round) {
      const std::vector<std::string> refused = world.apply(world.plan());
      ASSERT_TRUE(refused.empty()) << "seed " << seed << ": " << refused.front();
    }
    const Plan rest = world.plan();
    ASSERT_TRUE(rest.empty()) << "seed " << seed << "\n" << as_text(rest);
    for (const RoomVerdict& v : rest.verdicts) {
      ASSERT_NE(v.state, RoomState::pending) << "seed " << seed << " " << v.room.text();
      ASSERT_NE(v.state, RoomState::pending_consent) << "seed " << seed << " " << v.room.text();
    }
  }
}

TEST(PlanProperty, APlanWithoutConsentIsDoneInTwoRoundsToo) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    World world = certain_world(seed);
    for (int round = 0; round < 2; ++round) {
      const std::vector<std::string> refused = world.apply(world.plan());
      ASSERT_TRUE(refused.empty()) << "seed " << seed << ": " << refused.front();
    }
    ASSERT_TRUE(world.plan().empty()) << "seed " << seed << "\n" << as_text(world.plan());
  }
}

/// The rule that is in force on a stream: its mark's, or where that says nothing its max_age.
RetentionRule rule_in_force(const StreamConfig& config) {
  if (config.mark) {
    if (auto rule = parse_retention(config.mark->retention, zones())) return *rule;
  }
  if (config.max_age > Nanoseconds::zero()) return KeepFor{config.max_age};
  return KeepForever{};
}

void expect_no_loss(const StreamConfig& before, const StreamConfig& after, std::uint64_t seed) {
  const StreamSettings& from = before.settings;
  const StreamSettings& to = after.settings;
  EXPECT_FALSE(limit_shrank(from.max_messages, to.max_messages)) << "seed " << seed;
  EXPECT_FALSE(limit_shrank(from.max_bytes, to.max_bytes)) << "seed " << seed;
  EXPECT_FALSE(limit_shrank(from.max_messages_per_subject, to.max_messages_per_subject))
      << "seed " << seed;
  EXPECT_FALSE(from.on_full == OnFull::reject_new && to.on_full == OnFull::drop_old)
      << "seed " << seed;
  EXPECT_TRUE(to.retention == from.retention || to.retention == StreamRetention::limits)
      << "seed " << seed;
  const RetentionRule in_force = rule_in_force(before);
  const std::string text_before = to_text(in_force);
  const std::string text_after = to_text(rule_in_force(after));
  EXPECT_TRUE(text_before == text_after || !may_shorten(in_force, rule_in_force(after)))
      << "seed " << seed << " " << text_before << " -> " << text_after;
  // Under a midnight rule max_age is a backstop: it may come back to where it takes nothing that is
  // in force.
  if (limit_shrank(before.max_age.count(), after.max_age.count())) {
    EXPECT_TRUE(std::holds_alternative<UntilMidnight>(in_force)) << "seed " << seed;
    EXPECT_GE(after.max_age, backstop_max_age(in_force)) << "seed " << seed;
  }
}

TEST(PlanProperty, WithoutConsentNoStoredMessageEndsEarlier) {
  int updates = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const World world = random_world(seed);
    for (const Change& change : world.plan().changes) {
      if (change.kind != ChangeKind::update && change.kind != ChangeKind::adopt) continue;
      for (const FieldChange& field : change.fields) {
        EXPECT_FALSE(field.lossy || field.impossible) << "seed " << seed;
      }
      const ObservedStream& stream = *stream_of(world, change);
      if (stream.stored.messages == 0) continue;
      ++updates;
      expect_no_loss(stream.config, *change.wanted, seed);
      ASSERT_FALSE(HasFailure()) << "seed " << seed << " " << change.stream;
    }
  }
  EXPECT_GT(updates, 1000);
}

TEST(PlanProperty, ThePlanIsTheSameEveryTimeAndInOrder) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const World world = random_world(seed);
    const Plan plan = world.plan();
    ASSERT_EQ(as_text(plan), as_text(random_world(seed).plan())) << "seed " << seed;
    const auto rank = [](const Change& change) {
      const int phase = change.kind == ChangeKind::create   ? 1
                        : change.kind == ChangeKind::remove ? 2
                                                            : 0;
      return std::pair(phase, change.room.text());
    };
    for (std::size_t i = 1; i < plan.changes.size(); ++i) {
      ASSERT_LT(rank(plan.changes[i - 1]), rank(plan.changes[i])) << "seed " << seed;
    }
    for (std::size_t i = 1; i < plan.verdicts.size(); ++i) {
      ASSERT_LT(plan.verdicts[i - 1].room, plan.verdicts[i].room) << "seed " << seed;
    }
    for (const RoomSpec& spec : world.desired.rooms) {
      ASSERT_NO_THROW(verdict(plan, spec.id.text())) << "seed " << seed;
    }
  }
}

TEST(PlanProperty, ReadyRoomsHaveNothingPlannedAndTheirStreamIsAsWanted) {
  int ready = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const World world = random_world(seed);
    const Plan plan = world.plan();
    std::set<std::string> changed;
    for (const Change& change : plan.changes) changed.insert(change.room.text());
    for (const RoomVerdict& v : plan.verdicts) {
      if (v.state != RoomState::ready) continue;
      ++ready;
      ASSERT_FALSE(changed.contains(v.room.text())) << "seed " << seed;
      const RoomSpec* spec = world.desired.find(v.room);
      ASSERT_NE(spec, nullptr) << "seed " << seed;
      const ObservedStream* stream = world.observed.find(world.names.stream_of(v.room));
      ASSERT_NE(stream, nullptr) << "seed " << seed;
      const StreamConfig wanted = wanted_stream(*spec, world.names, world.limits.instance);
      ASSERT_TRUE(diff_stream(*stream, wanted, zones()).empty()) << "seed " << seed;
    }
  }
  EXPECT_GT(ready, 1000);
}

}  // namespace
}  // namespace roomkeeper::testing
