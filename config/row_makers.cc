#include "config/row_makers.h"

#include "config/utf8.h"

namespace roomkeeper::config {

SettingRow make_row(std::string_view key, std::string_view type, std::string_view help) {
  SettingRow row;
  row.key = key;
  row.type = type;
  row.help = help;
  row.environment = "ROOMKEEPER_";
  for (const char c : key) {
    const bool joint = c == '.' || c == '_';
    row.flag += joint ? '-' : c;
    const bool small = c >= 'a' && c <= 'z';
    row.environment += joint ? '_' : static_cast<char>(small ? c - 'a' + 'A' : c);
  }
  return row;
}

tl::unexpected<SettingRefusal> refuse(std::size_t item, std::string text,
                                      std::string did_you_mean) {
  return tl::unexpected(SettingRefusal{item, std::move(text), std::move(did_you_mean)});
}

policies::Result<void> check_text(std::string_view text) {
  constexpr std::size_t longest = 1024;
  const bool good = !text.empty() && text.size() <= longest &&
                    find_broken_utf8(text) == std::string_view::npos &&
                    find_control(text, false) == std::string_view::npos;
  if (good) return {};
  return policies::fail(
      policies::ErrorCode::invalid,
      "expected 1 to 1024 bytes of UTF-8 without control characters, not " + quote(text));
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) {
    if (!out.empty()) out += ',';
    out += item;
  }
  return out;
}

}  // namespace roomkeeper::config
