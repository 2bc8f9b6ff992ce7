#include "tests/simulation/history_run.h"

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "tests/simulation/retention_history.h"

namespace roomkeeper::testing {
namespace {

struct Totals {
  std::uint64_t histories = 0;
  std::uint64_t midnights = 0;
  std::uint64_t messages = 0;
  std::uint64_t purged = 0;
  std::uint64_t unfenced = 0;
};

std::string lines(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += "\n  " + text;
  return all;
}

/// False when it went wrong.
bool run_one(std::uint64_t seed, bool tell, Totals& totals) {
  RetentionHistory history(seed);
  std::string thrown;
  try {
    history.run();
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  ++totals.histories;
  totals.midnights += history.midnights();
  totals.messages += history.ledger().seen();
  totals.purged += history.ledger().purged();
  totals.unfenced += history.ledger().unfenced();
  if (tell) std::cout << "seed " << seed << lines(history.story()) << '\n';
  if (tell) std::cout << "log" << lines(history.log()) << '\n';
  if (history.complaints().empty() && thrown.empty()) return true;
  ADD_FAILURE() << "seed " << seed << ":" << lines(history.complaints()) << thrown
                << "\nhistory:" << lines(history.story())
                << "\nto run it alone: ROOMKEEPER_SEED=" << seed
                << " build/bin/retention_property_test";
  return false;
}

}  // namespace

void run_histories(std::uint64_t first, std::uint64_t last) {
  const char* only = std::getenv("ROOMKEEPER_SEED");
  if (only != nullptr) first = last = std::strtoull(only, nullptr, 10);
  const auto began = std::chrono::steady_clock::now();
  Totals totals;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    if (!run_one(seed, only != nullptr, totals)) return;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << totals.histories << " histories, seeds " << first << " to " << last << ", in "
            << took.count() << " s: " << totals.midnights << " midnights, " << totals.messages
            << " messages, " << totals.purged << " purged, " << totals.unfenced
            << " by purges that were on their way when a stream was made anew\n";
  if (only != nullptr) return;
  EXPECT_GT(totals.purged, totals.messages / 20) << "the histories see purges";
  EXPECT_LT(totals.unfenced, totals.purged / 50) << "nearly everything is judged";
}

}  // namespace roomkeeper::testing
