// 100,000 rooms: what the heap holds at most, counted byte by byte, so that it says the same on
// every machine.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <new>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include "config/load.h"
#include "tests/config/config_folder.h"

namespace {

std::atomic<std::int64_t> held{0};
std::atomic<std::int64_t> most_held{0};

void* counted_or_null(std::size_t size) noexcept {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) return nullptr;
  const auto bytes = static_cast<std::int64_t>(malloc_usable_size(memory));
  const std::int64_t now = held.fetch_add(bytes) + bytes;
  std::int64_t most = most_held.load();
  while (now > most && !most_held.compare_exchange_weak(most, now)) {
  }
  return memory;
}

void* counted(std::size_t size) {
  void* memory = counted_or_null(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(void* memory) {
  if (memory == nullptr) return;
  held.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(memory)));
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(size);
}
void* operator new[](std::size_t size) {
  return counted(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return counted_or_null(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return counted_or_null(size);
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete[](void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  release(memory);
}

namespace roomkeeper::testing {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t mebi = 1 << 20;
constexpr int rooms = 100'000;

struct Cost {
  std::int64_t peak = 0;
  std::int64_t kept = 0;
  double seconds = 0;
};

Cost cost_of(const ConfigFolder& folder, std::size_t expected) {
  const std::int64_t before = held.load();
  most_held.store(before);
  const std::clock_t start = std::clock();
  const config::Config config = loaded(folder);
  Cost cost;
  cost.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  cost.peak = most_held.load() - before;
  cost.kept = held.load() - before;
  EXPECT_EQ(config.rooms.rooms.size(), expected);
  std::cout << "peak " << cost.peak / mebi << " MiB, kept " << cost.kept / mebi << " MiB, "
            << cost.seconds << " s of CPU\n";
  return cost;
}

TEST(Scale, AHundredThousandRoomsFitInSixtyMebibytes) {
  const ConfigFolder folder;
  std::string text = "rooms:\n";
  for (int i = 0; i < rooms; ++i)
    text += "  - { id: room-" + std::to_string(i) + ", title: 자유 대화방 }\n";
  folder.write("rk.yaml", text);
  text = {};
  EXPECT_LT(cost_of(folder, rooms).peak, 60 * mebi);
}

TEST(Scale, AHundredThousandPooledRoomsWithTitlesAndTags) {
  const ConfigFolder folder;
  std::string text = "templates: {lobby: {layout: pooled}}\nrooms:\n";
  for (int i = 0; i < rooms; ++i) {
    text += "  - { id: room-" + std::to_string(i) + ", title: 자유 대화방 " + std::to_string(i) +
            ", tags: [seoul], template: lobby }\n";
  }
  EXPECT_GT(text.size(), 7'000'000U);
  folder.write("rk.yaml", text);
  text = {};
  const Cost cost = cost_of(folder, rooms);
  EXPECT_LT(cost.peak, 60 * mebi);
  EXPECT_LT(cost.kept, 40 * mebi);
}

TEST(Scale, ARangeCostsOnlyItsRooms) {
  const ConfigFolder folder;
  folder.write("rk.yaml", "rooms: [{range: 'room-{1..100000}'}]\n");
  EXPECT_LT(cost_of(folder, rooms).peak, 45 * mebi);
}

TEST(Scale, AJsonFileIsNotHeldWhole) {
  const ConfigFolder folder;
  std::string text = "{\"rooms\": [";
  for (int i = 0; i < rooms; ++i)
    text += (i > 0 ? ",{\"id\": \"room-" : "{\"id\": \"room-") + std::to_string(i) + "\"}";
  folder.write("rk.yaml", text + "]}");
  text = {};
  EXPECT_LT(cost_of(folder, rooms).peak, 60 * mebi);
}

TEST(Scale, TenThousandRoomsWithSettingsOfTheirOwn) {
  const ConfigFolder folder;
  std::string text = "rooms:\n";
  for (int i = 0; i < rooms / 10; ++i)
    text += "  - { id: room-" + std::to_string(i) + ", stream: {max_bytes: 1MiB} }\n";
  folder.write("rk.yaml", text);
  EXPECT_LT(cost_of(folder, rooms / 10).peak, 60 * mebi);
}

TEST(Scale, TenThousandRoomsOfAPoolWithConnectionsOfTheirOwn) {
  const ConfigFolder folder;
  std::string text = "templates: {lobby: {layout: pooled}}\nrooms:\n";
  for (int i = 0; i < rooms / 10; ++i) {
    text +=
        "  - { id: room-" + std::to_string(i) + ", template: lobby, room_connections: {max: 5} }\n";
  }
  folder.write("rk.yaml", text);
  EXPECT_LT(cost_of(folder, rooms / 10).peak, 60 * mebi);
}

TEST(Scale, MoreThanAMillionAreRefusedOnce) {
  std::string text = "rooms:\n";
  for (int i = 0; i < 11; ++i) text += "  - {range: 'r" + std::to_string(i) + "-{1..100000}'}\n";
  EXPECT_THAT(
      problems_of(text),
      ElementsAre("rk.yaml:12:13: rooms: expected at most 1000000 rooms; this is one more"));
}

}  // namespace
}  // namespace roomkeeper::testing
