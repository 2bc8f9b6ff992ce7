#include "policies/arrivals.h"

#include <chrono>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policies/limit_world.h"

namespace roomkeeper::testing {
namespace {

using namespace std::chrono_literals;
using policies::Arrivals;
using policies::Connection;
using policies::ConnectionKey;
using Looks = std::vector<std::uint64_t>;

std::vector<const Connection*> sorted(const std::vector<Connection>& all) {
  std::vector<const Connection*> pointers;
  for (const Connection& one : all) pointers.push_back(&one);
  std::sort(pointers.begin(), pointers.end(),
            [](const Connection* a, const Connection* b) { return a->key < b->key; });
  return pointers;
}

Looks see(Arrivals& arrivals, const std::vector<Connection>& all, policies::Nanoseconds now) {
  Looks looks = arrivals.see(sorted(all), at(now));
  arrivals.end_look();
  return looks;
}

TEST(Arrivals, TheLookThatSawItFirst) {
  Arrivals arrivals;
  EXPECT_EQ(see(arrivals, crowd(1, 2), 0s), (Looks{1, 1}));
  EXPECT_EQ(see(arrivals, crowd(1, 3), 1s), (Looks{1, 1, 2}));
  EXPECT_EQ(see(arrivals, together(crowd(2, 2), crowd(1, 1, "NB")), 2s), (Looks{1, 2, 3}));
}

TEST(Arrivals, WhoIsMissedKeepsThePlaceForAMinute) {
  Arrivals arrivals;
  see(arrivals, crowd(1, 2), 0s);
  see(arrivals, crowd(2, 1), 59s);
  EXPECT_EQ(see(arrivals, crowd(1, 2), 60s), (Looks{1, 1}));
  see(arrivals, crowd(2, 1), 90s);
  see(arrivals, crowd(2, 1), 120s);
  EXPECT_EQ(see(arrivals, crowd(1, 2), 121s), (Looks{6, 1}));
}

TEST(Arrivals, RoomsHaveTheirOwnOrder) {
  Arrivals arrivals;
  const std::vector<Connection> all = crowd(1, 2);
  arrivals.see(sorted(all), at(0s));
  EXPECT_EQ(arrivals.see_in_room(room("a"), {&all[1]}), (Looks{1}));
  arrivals.end_look();
  arrivals.see(sorted(all), at(1s));
  EXPECT_EQ(arrivals.see_in_room(room("a"), sorted(all)), (Looks{2, 1}));
  EXPECT_EQ(arrivals.see_in_room(room("b"), {&all[0]}), (Looks{2}));
  arrivals.end_look();
}

TEST(Arrivals, WhatIsGoneIsForgotten) {
  Arrivals arrivals;
  const std::vector<Connection> all = crowd(1, 1000);
  arrivals.see(sorted(all), at(0s));
  arrivals.see_in_room(room("a"), sorted(all));
  arrivals.end_look();
  EXPECT_EQ(arrivals.size(), 2000U);
  see(arrivals, {}, 60s);
  EXPECT_EQ(arrivals.size(), 0U);
}

// Against a map of every key, with servers that come and go.
TEST(Arrivals, AgreeWithAMapOfEverything) {
  std::mt19937_64 random(1);
  Arrivals arrivals;
  struct Known {
    std::uint64_t first = 0;
    policies::Nanoseconds last{};
  };
  std::map<ConnectionKey, Known> model;
  for (std::uint64_t look = 1; look <= 2000; ++look) {
    const policies::Nanoseconds now = look * 7s;
    std::vector<Connection> all;
    for (const char* server : {"NA", "NB", "NC"}) {
      if (random() % 4 == 0) continue;
      for (std::uint64_t cid = 1; cid <= 12; ++cid) {
        if (random() % 3 != 0) all.push_back(client(cid, "bob", server));
      }
    }
    Looks expected;
    for (const Connection* one : sorted(all)) {
      Known& known = model.try_emplace(one->key, Known{look, now}).first->second;
      known.last = now;
      expected.push_back(known.first);
    }
    std::erase_if(model,
                  [&](const auto& entry) { return now - entry.second.last >= Arrivals::keep; });
    ASSERT_EQ(see(arrivals, all, now), expected) << look;
    ASSERT_EQ(arrivals.size(), model.size()) << look;
  }
}

}  // namespace
}  // namespace roomkeeper::testing
