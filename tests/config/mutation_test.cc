// Mutated documents: whatever comes in, either a configuration or a problem with a place comes out.
#include <random>

#include <gtest/gtest.h>

#include "config/load.h"
#include "tests/config/config_folder.h"
#include "tests/config/whole_example.h"

namespace roomkeeper::testing {
namespace {

constexpr int documents = 24'000;

const std::vector<std::string>& seeds() {
  static const std::vector<std::string> all = {
      std::string(whole_example).substr(0, whole_example.rfind("room_files")),
      "templates:\n  a: {extends: b}\n  b: {stream: {max_bytes: 1GiB, placement: {tags: [x, "
      "y]}}}\nrooms: [{id: r, "
      "template: a, retention: {until: midnight, days: 7, timezone: America/Havana}}]\n",
      "{\"instance\": \"a\", \"rooms\": [{\"id\": \"\\u0061\", \"title\": \"\\ud55c\"}, "
      "{\"range\": \"g{01..20}\"}]}\n",
      "nats:\n  url:\n    - nats://a:1\n    - tls://[::1]:2\n  tls: {ca: a, cert: b, key: "
      "c}\nnames: {chat_prefix: "
      "a.b, inbox_prefixes: [_INBOX., _X_]}\n",
      "limits:\n  server_connections: {max: 5000, reserved_for_admins: 5, enforce_now: false}\n"
      "  users: {bob: {connections: 10}, 'bot-*': {connections: unlimited, on_limit: "
      "reject_new}}\ntemplates: {lobby: {layout: pooled, room_connections: {max: 200}}}\n"
      "rooms: [{id: a, template: lobby, room_connections: {max: 0, on_limit: evict_oldest}}]\n",
      "rooms:\n- id: a\n  title: >-\n    folded\n    text\n  topic: |-\n    literal\n- id: b\n  "
      "tags:\n  - x\n  - 'y'\n  "
      "- \"z\"\n"};
  return all;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string text = seeds()[below(seeds().size())];
    const std::size_t changes = 1 + below(4);
    for (std::size_t i = 0; i < changes; ++i) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  void mutate(std::string& text) {
    static const std::vector<std::string> pieces = {"{",
                                                    "}",
                                                    "[",
                                                    "]",
                                                    ":",
                                                    "- ",
                                                    "? ",
                                                    "&a ",
                                                    "*a",
                                                    "!!str ",
                                                    "!x ",
                                                    "|\n",
                                                    ">\n",
                                                    "'",
                                                    "\"",
                                                    "#",
                                                    "\n",
                                                    "\r\n",
                                                    "\t",
                                                    "---\n",
                                                    "...\n",
                                                    "%A\n",
                                                    "<<: ",
                                                    "~",
                                                    "null",
                                                    "\\",
                                                    "\\u0000",
                                                    "\\x1b",
                                                    "\xEF\xBB\xBF",
                                                    "\xFF",
                                                    "자",
                                                    "\xC2\x85",
                                                    "-1",
                                                    "99999999999999999999",
                                                    "1e9",
                                                    ": :",
                                                    ",",
                                                    ",,",
                                                    "@",
                                                    "`",
                                                    "  ",
                                                    std::string(1, '\0')};
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = std::min(below(12), text.size() - at);
    switch (below(6)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, pieces[below(pieces.size())]);
        break;
      case 2:
        text.replace(at, length, pieces[below(pieces.size())]);
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 4:
        text.insert(below(text.size() + 1), text.substr(at, below(80)));
        break;
      default:
        text.resize(at);
        break;
    }
  }

  std::mt19937_64 random_;
};

TEST(Mutations, LoadOrSayWhere) {
  const ConfigFolder folder;
  Mutator mutator(20261122);
  int well = 0;
  for (int i = 0; i < documents; ++i) {
    const std::string text = mutator.next();
    folder.write("rk.yaml", text);
    const auto config = folder.load();
    if (config) {
      ++well;
      continue;
    }
    ASSERT_FALSE(config.error().empty()) << text;
    for (const config::Problem& problem : config.error()) {
      ASSERT_GT(problem.line, 0) << text << "\n" << to_string(problem);
      ASSERT_GT(problem.column, 0) << text << "\n" << to_string(problem);
      ASSERT_FALSE(problem.text.empty()) << text;
    }
  }
  // Neither everything nor nothing: else the mutations test nothing.
  EXPECT_GT(well, documents / 100);
  EXPECT_LT(well, documents / 2);
}

TEST(Mutations, ApiRooms) {
  const config::Config config = loaded("templates: {a: {}}\n");
  Mutator mutator(3);
  for (int i = 0; i < documents / 4; ++i) {
    const std::string text = mutator.next();
    const auto room = parse_api_room(text, config);
    if (room) continue;
    ASSERT_GT(room.error().front().line, 0) << text;
  }
}

}  // namespace
}  // namespace roomkeeper::testing
