// A KV bucket with one writer: sidecar/nats/key_value.h.
#include <map>

#include "sidecar/nats/key_value.h"
#include "tests/contract/contract.h"

namespace roomkeeper::testing {
namespace {

using policies::ErrorCode;
using sidecar::nats::KeyValue;
using sidecar::nats::KeyValueSnapshot;
using Entries = std::map<std::string, std::string, std::less<>>;

class KeyValueContract : public Contract {
 protected:
  policies::Result<bool> ensure(KeyValue& bucket) {
    return wait<bool>([&](auto done) { bucket.ensure(1, std::move(done)); });
  }
  policies::Result<KeyValueSnapshot> load(KeyValue& bucket) {
    return wait<KeyValueSnapshot>([&](auto done) { bucket.load(std::move(done)); });
  }
  policies::Result<std::uint64_t> put(KeyValue& bucket, const std::string& key,
                                      const std::string& value) {
    return wait<std::uint64_t>([&](auto done) { bucket.put(key, value, std::move(done)); });
  }
  policies::Result<std::uint64_t> erase(KeyValue& bucket, const std::string& key) {
    return wait<std::uint64_t>([&](auto done) { bucket.erase(key, std::move(done)); });
  }
};

TEST_P(KeyValueContract, IsMadeOnce) {
  KeyValue bucket(queue(), js(), "state");
  EXPECT_EQ(failure(load(bucket)), ErrorCode::not_found);
  const auto first = ensure(bucket);
  ASSERT_TRUE(first) << first.error().text;
  EXPECT_TRUE(*first);
  const auto second = ensure(bucket);
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_FALSE(*second);
  const auto empty = load(bucket);
  ASSERT_TRUE(empty) << empty.error().text;
  EXPECT_TRUE(empty->entries.empty());
  EXPECT_EQ(empty->created, stored("KV_state").created);
}

TEST_P(KeyValueContract, KeepsWhatWasWritten) {
  KeyValue bucket(queue(), js(), "state");
  ASSERT_TRUE(ensure(bucket));
  ASSERT_TRUE(load(bucket));
  EXPECT_EQ(put(bucket, "room.a", "1").value_or(0), 1u);
  EXPECT_EQ(put(bucket, "room.b", "{\"title\":\"자유\"}").value_or(0), 2u);
  EXPECT_EQ(put(bucket, "room.a", "2").value_or(0), 3u);
  EXPECT_EQ(put(bucket, "room.c", "").value_or(0), 4u);
  EXPECT_EQ(erase(bucket, "room.b").value_or(0), 5u);
  KeyValue reader(queue(), js(), "state");
  const auto seen = load(reader);
  ASSERT_TRUE(seen) << seen.error().text;
  EXPECT_EQ(seen->entries, (Entries{{"room.a", "2"}, {"room.c", ""}}));
  EXPECT_EQ(seen->last_seq, 5u);
}

TEST_P(KeyValueContract, LoadsManyKeys) {
  KeyValue bucket(queue(), js(), "state");
  ASSERT_TRUE(ensure(bucket));
  ASSERT_TRUE(load(bucket));
  constexpr int count = 1200;
  int written = 0;
  Entries expected;
  for (int i = 0; i < count; ++i) {
    const std::string key = "room." + std::to_string(i);
    expected[key] = std::to_string(i * i);
    bucket.put(key, expected[key],
               [&](const policies::Result<std::uint64_t>& done) { written += done ? 1 : 0; });
  }
  ASSERT_TRUE(world().run_until([&] { return written == count; })) << written;
  const auto seen = load(bucket);
  ASSERT_TRUE(seen) << seen.error().text;
  EXPECT_EQ(seen->entries.size(), expected.size());
  EXPECT_EQ(seen->entries, expected);
}

TEST_P(KeyValueContract, StopsAtTheFirstForeignWrite) {
  KeyValue ours(queue(), js(), "state");
  KeyValue theirs(queue(), js(), "state");
  ASSERT_TRUE(ensure(ours));
  ASSERT_TRUE(load(ours));
  ASSERT_TRUE(load(theirs));
  ASSERT_TRUE(put(ours, "lease", "ours"));
  const auto late = put(theirs, "other", "theirs");
  ASSERT_FALSE(late);
  EXPECT_EQ(failure(late), ErrorCode::conflict);
  EXPECT_EQ(failure(put(theirs, "other", "again")),
            ErrorCode::conflict);  // until it has read again
  const auto reread = load(theirs);
  ASSERT_TRUE(reread) << reread.error().text;
  EXPECT_EQ(reread->entries, (Entries{{"lease", "ours"}}));
  EXPECT_TRUE(put(theirs, "other", "theirs"));
  EXPECT_EQ(failure(put(ours, "lease", "x")), ErrorCode::conflict);
}

TEST_P(KeyValueContract, StopsAPipelineAtTheFirstMiss) {
  KeyValue ours(queue(), js(), "state");
  ASSERT_TRUE(ensure(ours));
  ASSERT_TRUE(load(ours));
  ask("$KV.state.foreign", "x");
  int completed = 0;
  int conflicts = 0;
  for (int i = 0; i < 50; ++i) {
    ours.put("k" + std::to_string(i), "v", [&](const policies::Result<std::uint64_t>& done) {
      ++completed;
      conflicts += !done && done.error().code == ErrorCode::conflict ? 1 : 0;
    });
  }
  ASSERT_TRUE(world().run_until([&] { return completed == 50; }));
  EXPECT_EQ(conflicts, 50);
  KeyValue reader(queue(), js(), "state");
  const auto seen = load(reader);
  ASSERT_TRUE(seen) << seen.error().text;
  EXPECT_EQ(seen->entries, (Entries{{"foreign", "x"}}));
}

TEST_P(KeyValueContract, RefusesBadKeys) {
  KeyValue bucket(queue(), js(), "state");
  ASSERT_TRUE(ensure(bucket));
  ASSERT_TRUE(load(bucket));
  for (const auto* key : {"", "a b", "a.*", ">", "자유"}) {
    EXPECT_EQ(failure(put(bucket, key, "x")), ErrorCode::invalid) << key;
  }
  EXPECT_TRUE(put(bucket, "a", "x"));  // and goes on
}

INSTANTIATE_TEST_SUITE_P(On, KeyValueContract, ::testing::ValuesIn(all_worlds()), world_name);

}  // namespace
}  // namespace roomkeeper::testing
