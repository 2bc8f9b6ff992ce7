// Streams made by hand become rooms and are let go again, and rooms move to another installation:
// the real programs with real servers.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/integration/installation.h"
#include "tests/integration/waiting.h"

namespace roomkeeper::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* templates = R"(
templates:
  default: { retention: { until: midnight, days: 0, timezone: Asia/Seoul } }
  archive: { retention: { max_age: 30d }, stream: { max_messages: 1000 } }
)";

class RoomctlBulkTest : public ::testing::TestWithParam<std::string> {
 protected:
  RoomctlBulkTest()
      : installed_({.version = GetParam(), .yaml = std::string(templates) + "rooms: []\n"}) {}
  void SetUp() override { ASSERT_TRUE(installed_.ready()); }

  std::string good(std::vector<std::string> arguments, std::string input = {}) {
    const ChildResult result = installed_.roomctl(std::move(arguments), {}, std::move(input));
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    return result.out;
  }
  /// Twenty streams as people make them.
  void make_streams() {
    for (int i = 0; i < 20; ++i) {
      const std::string id = "old-" + std::to_string(i);
      json config{{"name", "ROOM_" + id}, {"subjects", {"chat." + id + ".*"}}};
      if (i % 2 == 0) config["max_msgs"] = 100 + i;
      if (i % 3 == 0) config["max_age"] = std::int64_t{3'600'000'000'000} * (i + 24);
      if (i % 4 == 0) config["storage"] = "memory";
      if (i % 5 == 0) config["metadata"] = {{"team", "design"}};
      if (i % 7 == 0) config["discard"] = "new";
      const json made = installed_.jetstream("STREAM.CREATE.ROOM_" + id, config.dump());
      ASSERT_FALSE(made.contains("error")) << made;
    }
  }
  json configs() {
    json all = json::object();
    for (int i = 0; i < 20; ++i) {
      const std::string id = "old-" + std::to_string(i);
      all[id] = installed_.stream_info(id)["config"];
      json& metadata = all[id]["metadata"];
      if (!metadata.is_object()) metadata = json::object();
      for (const char* key : {"instance", "room", "owner", "template", "retention"})
        metadata.erase(std::string("roomkeeper.") + key);
    }
    return all;
  }

  Installation installed_;
};

TEST_P(RoomctlBulkTest, StreamsAreImportedAdoptedAndReleasedWithoutAChange) {
  make_streams();
  const auto bob = installed_.client("bob");
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(bob->store("chat.old-" + std::to_string(i) + ".bob", "hello"));
  const json before = configs();
  ASSERT_TRUE(becomes_true(
      [&] { return installed_.roomctl_json({"room", "import"})["streams"].size() == 20; }));
  const std::string file = installed_.file("imported.yaml");
  good({"room", "import", "--match", "ROOM_*", "--template", "archive", "-o", file});
  std::ifstream in(file);
  const std::string rooms{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  installed_.write_config(std::string(templates) + rooms);
  ASSERT_TRUE(installed_.logged("config.loaded .*rooms=20"));
  EXPECT_EQ(installed_.roomctl({"plan"}).exit_code, 2) << "twenty are held back";

  EXPECT_THAT(good({"room", "adopt", "--match", "*", "--yes"}),
              HasSubstr("20 streams taken over, 0 already Roomkeeper's, 0 refused."));
  EXPECT_THAT(good({"plan"}),
              HasSubstr("0 to create, 0 to update, 0 to adopt, 0 to remove, 0 held"));
  EXPECT_EQ(configs(), before);
  EXPECT_EQ(installed_.roomctl_json({"room", "ls", "--state", "ready"})["total"], 20);

  EXPECT_EQ(installed_.roomctl({"room", "release", "old-3", "--yes"}).exit_code, 1)
      << "a file names it";
  installed_.write_config(std::string(templates) + "rooms: []\n");
  ASSERT_TRUE(installed_.logged("config.loaded .*rooms=0"));
  std::vector<std::string> release = {"room", "release", "--yes"};
  for (int i = 0; i < 20; ++i) release.push_back("old-" + std::to_string(i));
  good(release);
  EXPECT_EQ(configs(), before);
  for (int i = 0; i < 20; ++i) {
    json info = installed_.stream_info("old-" + std::to_string(i));
    EXPECT_FALSE(info["config"]["metadata"].contains("roomkeeper.instance")) << info;
    EXPECT_EQ(info["state"]["messages"], 1);
  }
  EXPECT_THAT(good({"audit", "--reason", "released", "--last", "100"}), HasSubstr("old-19"));
}

TEST_P(RoomctlBulkTest, RoomsMoveToAnotherInstallationAndBack) {
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    lines += R"({"id": "room-)" + std::to_string(i) + R"(", "title": "방: )" + std::to_string(i) +
             R"( #1", "template": "archive", "stream": {"max_messages": )" +
             std::to_string(100 + i) + "}}\n";
  }
  EXPECT_THAT(good({"apply", "-f", "-"}, lines),
              AllOf(HasSubstr("300 rooms: 300 created"), HasSubstr("changes made.")));
  const std::string exported = good({"room", "export"});
  EXPECT_THAT(good({"apply", "-f", "-"}, exported), HasSubstr("300 unchanged, 0 refused"));
  EXPECT_THAT(good({"apply", "-f", "-"}, good({"room", "export", "--format", "jsonl"})),
              HasSubstr("300 unchanged, 0 refused"));

  Installation other({.version = GetParam(), .yaml = std::string(templates) + exported});
  ASSERT_TRUE(other.ready());
  EXPECT_EQ(other.roomctl({"room", "export"}).out, exported);
  EXPECT_EQ(other.stream_info("room-7")["config"]["max_msgs"], 107);
  const ChildResult conflicts = other.roomctl({"apply", "-f", "-"}, {},
                                              R"({"id": "room-1"})"
                                              "\n"
                                              R"({"id": "room-2"})"
                                              "\n");
  EXPECT_EQ(conflicts.exit_code, 1);
  EXPECT_THAT(conflicts.err, AllOf(HasSubstr("standard input:1: room-1: owned_by_file: "),
                                   HasSubstr("standard input:2: room-2: owned_by_file: ")));
}

INSTANTIATE_TEST_SUITE_P(Versions, RoomctlBulkTest,
                         ::testing::ValuesIn(std::vector<std::string>{"2.15", "2.10"}),
                         [](const auto& instance) {
                           return instance.param == "2.10" ? "Oldest" : "Newest";
                         });

}  // namespace
}  // namespace roomkeeper::testing
