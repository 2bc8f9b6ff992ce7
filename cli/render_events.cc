#include <algorithm>
#include <array>
#include <string_view>

#include "cli/display_width.h"
#include "cli/format.h"
#include "cli/render_connections.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {
namespace {

// 8 + 10 + 14 + 14 columns and what is left: 80 in all with the gaps.
constexpr int what_width = 10;
constexpr int user_width = 14;
constexpr int place_width = 14;

/// Padded; cut as well where the line has to fit a terminal, elsewhere nothing is lost.
std::string cell(std::string_view text, int columns, bool cut) {
  std::string out = safe_text(text);
  if (cut) out = cut_to_width(out, columns);
  const int missing = std::max(0, columns - display_width(out));
  return out + std::string(static_cast<std::size_t>(missing), ' ') + "  ";
}

std::string line(const std::string& time, std::string_view what, std::string_view user,
                 std::string_view place, const std::string& rest, int width) {
  const bool cut = width > 0;
  std::string out = time + "  " + cell(what, what_width, cut) + cell(user, user_width, cut) +
                    cell(place, place_width, cut);
  const int left = cut ? std::max(1, width - display_width(out)) : 0;
  const std::string safe = safe_text(rest);
  out += cut ? cut_to_width(safe, left) : safe;
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

std::string rest_of(const api::ConnectionEvent& event) {
  const std::array<const std::string*, 3> parts =
      event.what == "connect"
          ? std::array<const std::string*, 3>{&event.host, &event.kind, &event.name}
          : std::array<const std::string*, 3>{&event.limit, &event.reason, &event.host};
  std::string text;
  for (const std::string* part : parts) {
    if (part->empty()) continue;
    if (!text.empty()) text += ' ';
    text += *part;
  }
  return text;
}

}  // namespace

std::string events_head() {
  return line("TIME    ", "WHAT", "USER", "CID@SERVER", "FROM, OR WHY", 0);
}

std::string render_event(const api::ConnectionEvent& event, int width) {
  return line(local_clock(event.at, "%H:%M:%S"), event.what, event.user,
              std::to_string(event.cid) + "@" + event.server_name, rest_of(event), width);
}

}  // namespace roomkeeper::cli
