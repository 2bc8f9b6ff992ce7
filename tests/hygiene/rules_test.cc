// Each rule on a sample that breaks it and on its nearest neighbour that does not: a rule that
// cannot fail holds nothing.
#include "tests/hygiene/rules.h"

#include <gtest/gtest.h>

namespace roomkeeper::testing {
namespace {

std::size_t count(Findings (*rule)(const SourceFiles&), const std::string& path,
                  const std::string& text) {
  return rule({{path, text}}).size();
}

std::string lines(int number) {
  std::string text;
  for (int i = 0; i < number; ++i) text += "x;\n";
  return text;
}

TEST(Rules, LongFile) {
  EXPECT_EQ(count(long_files, "cli/a.cc", lines(file_lines_max)), 0U);
  EXPECT_EQ(count(long_files, "cli/a.cc", lines(file_lines_max + 1)), 1U);
  EXPECT_EQ(count(long_files, "docs/a.md", lines(file_lines_max + 1)), 0U);
}

TEST(Rules, LongFunction) {
  EXPECT_EQ(
      count(long_functions, "cli/a.cc", "int f() {\n" + lines(function_lines_max - 2) + "}\n"), 0U);
  const auto findings =
      long_functions({{"cli/a.cc", "\nint f() {\n" + lines(function_lines_max - 1) + "}\n"}});
  EXPECT_EQ(findings, (Findings{{"cli/a.cc", 2, "f has 71 lines"}}));
}

TEST(Rules, VagueName) {
  EXPECT_EQ(count(vague_names, "sidecar/room_manager.cc", ""), 1U);
  EXPECT_EQ(count(vague_names, "util/text.h", ""), 1U);
  EXPECT_EQ(count(vague_names, "cli/json_helpers.h", ""), 1U);
  EXPECT_EQ(count(vague_names, "sidecar/commonality.cc", ""), 0U);
}

TEST(Rules, UnbuiltSource) {
  const SourceFile source{"sidecar/nats/a.cc", ""};
  EXPECT_EQ(unbuilt_sources({source}).size(), 1U);
  EXPECT_EQ(
      unbuilt_sources({source, {"sidecar/nats/CMakeLists.txt", "add_library(x\n  a.cc)\n"}}).size(),
      0U);
  EXPECT_EQ(
      unbuilt_sources({source, {"sidecar/CMakeLists.txt", "add_library(x nats/a.cc)\n"}}).size(),
      0U);
  EXPECT_EQ(
      unbuilt_sources({source, {"CMakeLists.txt", "add_library(x sidecar/nats/a.cc)\n"}}).size(),
      0U);
  EXPECT_EQ(
      unbuilt_sources({source, {"sidecar/nats/CMakeLists.txt", "# a.cc\nadd_library(x aa.cc)\n"}})
          .size(),
      1U);
  EXPECT_EQ(unbuilt_sources({source, {"cli/CMakeLists.txt", "add_library(x a.cc)\n"}}).size(), 1U);
}

TEST(Rules, FolderIncludes) {
  const auto included = [](const std::string& path, const std::string& name) {
    return count(forbidden_includes, path, "#include \"" + name + "\"\n");
  };
  EXPECT_EQ(included("policies/plan.cc", "policies/plan.h"), 0U);
  EXPECT_EQ(included("policies/plan.cc", "config/config.h"), 1U);
  EXPECT_EQ(included("config/load.cc", "api/types.h"), 1U);
  EXPECT_EQ(included("api/types.h", "policies/room.h"), 0U);
  EXPECT_EQ(included("metrics/names.h", "sidecar/clock.h"), 1U);
  EXPECT_EQ(included("sidecar/main.cc", "sidecar/nats/connection.h"), 0U);
  EXPECT_EQ(included("sidecar/main.cc", "cli/table.h"), 1U);
  EXPECT_EQ(included("cli/main.cc", "sidecar/nats/connection.h"), 0U);
  EXPECT_EQ(included("cli/main.cc", "sidecar/clock.h"), 0U);
  EXPECT_EQ(included("cli/main.cc", "sidecar/reconciler.h"), 1U);
  EXPECT_EQ(included("cli/main.cc", "metrics/names.h"), 1U);
  EXPECT_EQ(included("sidecar/main.cc", "tests/support/manual_loop.h"), 1U);
  EXPECT_EQ(included("sidecar/main.cc", "options.h"), 1U);
  EXPECT_EQ(included("tests/cli/main_test.cc", "sidecar/reconciler.h"), 0U);
}

TEST(Rules, LibraryIncludes) {
  const auto included = [](const std::string& path, const std::string& name) {
    return count(forbidden_includes, path, "#pragma once\n  # include <" + name + ">\n");
  };
  EXPECT_EQ(included("sidecar/nats/connection.cc", "nats.h"), 0U);
  EXPECT_EQ(included("sidecar/nats/connection.cc", "nats/nats.h"), 0U);
  EXPECT_EQ(included("sidecar/nats/connection.h", "nats.h"), 1U);
  EXPECT_EQ(included("sidecar/log.cc", "nats.h"), 1U);
  EXPECT_EQ(included("cli/main.cc", "nlohmann/json.hpp"), 0U);
  EXPECT_EQ(included("cli/main.h", "nlohmann/json.hpp"), 1U);
  EXPECT_EQ(included("cli/main.h", "nlohmann/json_fwd.hpp"), 0U);
  EXPECT_EQ(included("sidecar/log.h", "spdlog/spdlog.h"), 1U);
  EXPECT_EQ(included("config/load.h", "yaml-cpp/yaml.h"), 1U);
  EXPECT_EQ(included("cli/options.h", "boost/program_options.hpp"), 1U);
  EXPECT_EQ(included("policies/plan.cc", "vector"), 0U);
  EXPECT_EQ(included("policies/plan.cc", "tl/expected.hpp"), 0U);
  EXPECT_EQ(included("policies/plan.cc", "date/tz.h"), 0U);
  EXPECT_EQ(included("policies/plan.cc", "sys/stat.h"), 1U);
  EXPECT_EQ(included("policies/plan.cc", "nlohmann/json.hpp"), 1U);
}

TEST(Rules, ClockCalls) {
  const auto calls = [](const std::string& code) {
    return count(clock_calls, "sidecar/a.cc", code);
  };
  EXPECT_EQ(calls("auto t = std::chrono::steady_clock::now();"), 1U);
  EXPECT_EQ(calls("std::this_thread::sleep_for(1s);"), 1U);
  EXPECT_EQ(calls("usleep(3); nanosleep(&a, &b);"), 2U);
  EXPECT_EQ(calls("auto t = time(nullptr);"), 1U);
  EXPECT_EQ(calls("auto t = clock.wall(); // system_clock::now()"), 0U);
  EXPECT_EQ(calls("auto t = read_time(nullptr); auto d = \"sleep(1)\";"), 0U);
  const std::string now = "std::chrono::system_clock::now();";
  EXPECT_EQ(count(clock_calls, "sidecar/system_clock.cc", now), 0U);
  EXPECT_EQ(count(clock_calls, "sidecar/thread_loop.cc", now), 0U);
  EXPECT_EQ(count(clock_calls, "tests/cli/a_test.cc", now), 0U);
}

TEST(Rules, ThreadCalls) {
  const auto calls = [](const std::string& code) {
    return count(thread_calls, "sidecar/a.cc", code);
  };
  EXPECT_EQ(calls("std::thread t(run);"), 1U);
  EXPECT_EQ(calls("std::vector<std::jthread> all;"), 1U);
  EXPECT_EQ(calls("auto f = std::async(run);"), 1U);
  EXPECT_EQ(calls("pthread_create(&t, 0, run, 0);"), 1U);
  EXPECT_EQ(calls("std::thread::id owner = std::this_thread::get_id();"), 0U);
  EXPECT_EQ(count(thread_calls, "sidecar/nats/a.cc", "std::thread t(run);"), 0U);
  EXPECT_EQ(count(thread_calls, "metrics/http_server.cc", "std::thread t(run);"), 0U);
  EXPECT_EQ(count(thread_calls, "metrics/names.cc", "std::thread t(run);"), 1U);
}

TEST(Rules, JsonCalls) {
  const auto calls = [](const std::string& code) {
    return count(bare_json_calls, "cli/a.cc", code);
  };
  EXPECT_EQ(calls("out << value.dump();"), 1U);
  EXPECT_EQ(calls("out << value->dump(2);"), 1U);
  EXPECT_EQ(calls("out << value\n    .dump(-1, ' ', false, json::error_handler_t::replace);"), 0U);
  EXPECT_EQ(calls("int n = v.get<int>();"), 1U);
  EXPECT_EQ(calls("auto n = v[\"a\"].get<std::uint64_t>();"), 1U);
  EXPECT_EQ(calls("auto n = v.get< double >();"), 1U);
  EXPECT_EQ(calls("auto s = v.get<std::string>(); auto n = std::get<int>(variant);"), 0U);
  EXPECT_EQ(count(bare_json_calls, "api/json_fields.cc", "int n = v.get<int>();"), 0U);
  EXPECT_EQ(count(bare_json_calls, "tests/a_test.cc", "int n = v.get<int>();"), 0U);
}

// The words stand in two halves, or the rule would find them here.
TEST(Rules, LooseEnds) {
  EXPECT_EQ(count(loose_ends, "cli/a.cc",
                  "// TO"
                  "DO: later"),
            1U);
  EXPECT_EQ(count(loose_ends, "tools/x",
                  "# FIX"
                  "ME"),
            1U);
  EXPECT_EQ(count(loose_ends, "cli/a.cc",
                  "f();  // NO"
                  "LINTNEXTLINE(x)"),
            1U);
  EXPECT_EQ(count(loose_ends, "tests/a_test.cc",
                  "GTEST_"
                  "SKIP() << 1;"),
            1U);
  EXPECT_EQ(count(loose_ends, "tests/a_test.cc",
                  "TEST(A, DIS"
                  "ABLED_B) {}"),
            1U);
  EXPECT_EQ(count(loose_ends, "cli/a.cc", "// today, a method"), 0U);
}

TEST(Rules, MachineDetails) {
  EXPECT_EQ(count(machine_details, "docs/a.md",
                  "see /ho"
                  "me/someone/x"),
            1U);
  EXPECT_EQ(count(machine_details, "tools/x",
                  "/ro"
                  "ot/.cache"),
            1U);
  EXPECT_EQ(count(machine_details, "tools/x",
                  "GOPROXY=https://proxy.golang"
                  ".org"),
            1U);
  EXPECT_EQ(count(machine_details, "docs/a.md",
                  "examples/work/x, $root/build, a/ho"
                  "me/b"),
            0U);
  EXPECT_EQ(count(machine_details, "tools/x", "golang.org/toolchain"), 0U);
}

}  // namespace
}  // namespace roomkeeper::testing
