#include "tests/config/random_definitions.h"

#include <array>
#include <set>

#include "config/text_quoting.h"

namespace roomkeeper::testing {
namespace {

using config::quoted_json;

constexpr std::array<std::string_view, 34> parts = {
    "자유 대화방",  "🎉",      "\"quoted\"", "'single'", ": ",    " #no comment",
    "- item",       "&anchor", "*alias",     "!tag",     "{a: b", "[x, y",
    "%YAML",        "@at",     "`tick`",     "true",     "null",  "~",
    "1.5e3",        "0x1F",    "2026-11-22", "<<",       "\\n",   "a\\\\b",
    "  ",           "?",       "|",          ">",        "é",     "\xE2\x80\xA8",
    "\xEF\xBB\xBF", "日本語",  "y",          "=",
};

}  // namespace

std::string RandomDefinitions::id(std::size_t number) {
  static constexpr std::array<std::string_view, 10> heads = {"room", "null",  "true", "no",  "1e",
                                                             "0x",   "-dash", "_",    "NaN", "12"};
  return std::string(heads[below(heads.size())]) + (one_in(2) ? "-" : "") + std::to_string(number);
}

std::string RandomDefinitions::text(std::size_t most_parts) {
  std::string out;
  for (std::size_t left = 1 + below(most_parts); left > 0; --left)
    out += parts[below(parts.size())];
  return out;
}

std::string RandomDefinitions::tags() {
  std::set<std::string> distinct;
  for (std::size_t left = 1 + below(3); left > 0; --left) distinct.insert(text(2));
  std::string out;
  for (const std::string& tag : distinct) out += (out.empty() ? "" : ",") + quoted_json(tag);
  return "[" + out + "]";
}

std::string RandomDefinitions::retention() {
  static constexpr std::array<std::string_view, 4> zones = {"Asia/Seoul", "America/Havana",
                                                            "Etc/GMT+5", "Europe/Berlin"};
  switch (below(3)) {
    case 0:
      return R"({"forever": true})";
    case 1:
      return R"({"max_age": ")" + std::to_string(20 + below(1000)) + R"(h"})";
    default:
      return R"({"until": "midnight", "days": )" + std::to_string(below(30)) +
             R"(, "timezone": ")" + std::string(zones[below(zones.size())]) + "\"}";
  }
}

/// `long_window`: messages are kept long enough for one.
std::string RandomDefinitions::stream(bool long_window) {
  std::string out;
  const auto add = [&](const std::string& pair) { out += (out.empty() ? "" : ",") + pair; };
  const auto number = [&] { return std::to_string(1 + below(1'000'000)); };
  if (one_in(3)) add(R"("max_messages": )" + number());
  if (one_in(3)) add(R"("max_bytes": ")" + number() + "\"");
  if (one_in(3)) add(R"("max_message_size": ")" + std::to_string(1 + below(64)) + "KiB\"");
  if (one_in(3)) add(R"("max_messages_per_subject": )" + number());
  if (one_in(3)) add(R"("max_consumers": )" + number());
  if (one_in(3)) add(R"("on_full": ")" + std::string(one_in(2) ? "drop_old" : "reject_new") + "\"");
  if (one_in(4)) add(R"("retention": ")" + std::string(one_in(2) ? "limits" : "interest") + "\"");
  if (one_in(3) && long_window)
    add(R"("duplicate_window": ")" + std::to_string(100 + below(900'000)) + "ms\"");
  if (one_in(3)) add(R"("compression": ")" + std::string(one_in(2) ? "none" : "s2") + "\"");
  if (one_in(4)) {
    add(R"("placement": {"cluster": )" + quoted_json("c:" + number()) + R"(, "tags": [)" +
        quoted_json("az:" + number()) + R"(, "a,b", "#ssd"]})");
  }
  return "{" + out + "}";
}

std::string RandomDefinitions::connections() {
  std::string out;
  const auto add = [&](const std::string& pair) { out += (out.empty() ? "" : ",") + pair; };
  if (!one_in(3))
    add(R"("max": )" + (one_in(4) ? std::string(R"("unlimited")") : std::to_string(below(1000))));
  if (one_in(3))
    add(R"("on_limit": ")" + std::string(one_in(2) ? "reject_new" : "evict_oldest") + "\"");
  if (one_in(3)) add(R"("reserved_for_admins": )" + std::to_string(below(10'001)));
  if (one_in(3)) add(R"("enforce_now": )" + std::string(one_in(2) ? "true" : "false"));
  return "{" + out + "}";
}

std::string RandomDefinitions::own_settings(const std::string& template_name) {
  std::string out;
  if (one_in(3)) out += R"(, "room_connections": )" + connections();
  if (template_name == "lobby") return out;
  bool long_window = template_name != "brief";
  if (one_in(3)) {
    out += R"(, "retention": )" + retention();
    long_window = true;
  }
  if (one_in(4)) out += std::string(R"(, "storage": ")") + (one_in(2) ? "file" : "memory") + "\"";
  if (one_in(4)) out += R"(, "replicas": )" + std::to_string(1 + below(5));
  if (!one_in(3)) out += R"(, "stream": )" + stream(long_window);
  return out;
}

std::string RandomDefinitions::definition(std::size_t number) {
  static constexpr std::array<std::string_view, 4> names = {"default", "archive", "brief", "lobby"};
  const std::string name(names[below(pools_ ? 4 : 3)]);
  std::string out = R"({"id": )" + quoted_json(id(number));
  if (!one_in(4)) out += R"(, "title": )" + quoted_json(text(4));
  if (one_in(3)) out += R"(, "topic": )" + quoted_json(text(8));
  if (one_in(3)) out += R"(, "tags": )" + tags();
  if (name != "default" || one_in(4)) out += R"(, "template": ")" + name + "\"";
  return out + own_settings(name) + "}";
}

std::vector<std::string> RandomDefinitions::make(std::size_t count) {
  std::vector<std::string> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) out.push_back(definition(i));
  return out;
}

}  // namespace roomkeeper::testing
