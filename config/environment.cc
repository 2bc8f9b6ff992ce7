// Which ROOMKEEPER_* variables mean nothing to us.
#include <algorithm>
#include <array>

#include "config/nearest.h"
#include "config/setting_values.h"
#include "config/units.h"

namespace roomkeeper::config {
namespace {

constexpr std::string_view ours = "ROOMKEEPER_";
constexpr std::size_t most_warnings = 32;

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// `<SERVICE>_PORT_7780_TCP`, and the same with _PROTO, _PORT or _ADDR.
bool is_port_of_service(std::string_view name) {
  for (const std::string_view detail : {"_PROTO", "_PORT", "_ADDR"}) {
    if (take_suffix(name, detail)) break;
  }
  const bool protocol =
      take_suffix(name, "_TCP") || take_suffix(name, "_UDP") || take_suffix(name, "_SCTP");
  const std::size_t dash = name.rfind('_');
  return protocol && dash != std::string_view::npos && is_number(name.substr(dash + 1)) &&
         name.substr(0, dash).ends_with("_PORT");
}

/// Kubernetes puts such variables into every pod beside a Service called roomkeeper or
/// roomkeeper-something.
bool is_from_kubernetes(std::string_view name, std::string_view value) {
  if (name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos)
    return true;
  if (is_port_of_service(name)) return true;
  const bool address =
      value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
  return name.ends_with("_PORT") && address;
}

}  // namespace

std::vector<std::string> unknown_variables(const std::map<std::string, std::string>& environment) {
  std::vector<std::string_view> known = {"ROOMKEEPER_CONFIG"};
  for (const SettingRow& row : setting_rows()) known.push_back(row.environment);
  std::vector<std::string> warnings;
  for (auto entry = environment.lower_bound(std::string(ours)); entry != environment.end();
       ++entry) {
    const std::string_view name = entry->first;
    if (!name.starts_with(ours)) break;
    const bool means_something = std::find(known.begin(), known.end(), name) != known.end();
    if (means_something || is_from_kubernetes(name, entry->second)) continue;
    if (warnings.size() == most_warnings) {
      warnings.emplace_back("there are more unknown environment variables");
      break;
    }
    std::string text = "unknown environment variable " + quote(name);
    const std::string mean = nearest(name, known);
    if (!mean.empty()) text += " (did you mean \"" + mean + "\"?)";
    warnings.push_back(std::move(text));
  }
  return warnings;
}

}  // namespace roomkeeper::config
