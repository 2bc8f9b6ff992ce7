// Pages and searches of `room.ls` over 100,000 rooms, asked of the daemon over NATS: from sending
// the request to its reply.
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/figures.h"
#include "bench/pool_house.h"
#include "bench/stopwatch.h"

namespace roomkeeper::bench {
namespace {

constexpr int times = 200;
constexpr double longest = 0.020;

struct Question {
  const char* name;
  const char* request;
  std::size_t total;  ///< that it has to find
};

constexpr Question questions[] = {
    {"a page of 100 by id", R"({"limit": 100})", pool_rooms},
    {"the last page by id", R"({"limit": 100, "sort": "-id"})", pool_rooms},
    {"a page of 100 by messages", R"({"limit": 100, "sort": "-messages"})", pool_rooms},
    {"a page of 100 by title", R"({"limit": 100, "sort": "title"})", pool_rooms},
    {"a page of 500 by last message", R"({"limit": 500, "sort": "-last_message"})", pool_rooms},
    {"search by a glob of the id", R"({"match": "lobby-*99", "limit": 100})", 1000},
    {"search by a part of the title", R"({"match": "대화방 777", "limit": 100})", 111},
    {"search that finds nothing", R"({"match": "없는 방", "limit": 100})", 0},
    {"search by tag", R"({"tag": "t7", "limit": 100})", 1000},
    {"search by state and template", R"({"state": "ready", "template": "lobby", "limit": 100})",
     pool_rooms},
};

}  // namespace

Figures measure_search() {
  const PoolHouse house;
  fill_pool(house.server, pool_rooms / 5, 1);
  const auto admin = house.server.connect("admin");
  Figures figures;
  std::vector<double> all;
  for (const Question& question : questions) {
    std::vector<double> took;
    for (int i = 0; i < times; ++i) {
      const Stopwatch watch;
      const std::string reply = ask(*admin, "roomkeeper.admin.room.ls", question.request);
      took.push_back(watch.seconds());
      if (i > 0) continue;
      const auto page = nlohmann::json::parse(reply, nullptr, false);
      if (!page.is_object() || page.value("total", std::size_t{1}) != question.total)
        throw std::runtime_error(std::string(question.name) + ": " + reply.substr(0, 200));
    }
    all.insert(all.end(), took.begin(), took.end());
    std::printf("  %s: median %s, p99 %s\n", question.name, time_text(median(took)).c_str(),
                time_text(percentile(took, 0.99)).c_str());
    figures.push_back({.name = std::string("100,000 rooms, ") + question.name + ", p99",
                       .measured = time_text(percentile(took, 0.99)),
                       .target = "<= 20 ms",
                       .met = percentile(took, 0.99) <= longest});
  }
  return figures;
}

}  // namespace roomkeeper::bench
