// Makers of setting rows by type. `access` is a generic lambda from a configuration (const or not)
// to the field.
#ifndef ROOMKEEPER_CONFIG_ROW_MAKERS_H_
#define ROOMKEEPER_CONFIG_ROW_MAKERS_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/nearest.h"
#include "config/reader.h"
#include "config/setting_row.h"
#include "config/source.h"
#include "config/units.h"
#include "policies/result.h"

namespace roomkeeper::config {

/// A row with its names made from the key; apply and show are still to be set.
SettingRow make_row(std::string_view key, std::string_view type, std::string_view help);
/// Refuses with an error's text.
tl::unexpected<SettingRefusal> refuse(std::size_t item, std::string text,
                                      std::string did_you_mean = {});
/// Not empty, at most 1024 bytes, UTF-8 without control characters.
policies::Result<void> check_text(std::string_view text);

/// Any text that `check` lets by.
template <class Access, class Check>
SettingRow text_row(std::string_view key, std::string_view help, Access access, Check check) {
  SettingRow row = make_row(key, "text", help);
  row.apply = [access, check](Config& config, const SettingInput& input) -> Applied {
    auto good = check(input.items.front());
    if (!good) return refuse(0, std::move(good.error().text));
    access(config) = input.items.front();
    return {};
  };
  row.show = [access](const Config& config) { return std::string(access(config)); };
  return row;
}

template <class Access>
SettingRow path_row(std::string_view key, std::string_view help, Access access) {
  SettingRow row = make_row(key, "path", help);
  row.apply = [access](Config& config, const SettingInput& input) -> Applied {
    auto good = check_text(input.items.front());
    if (!good) return refuse(0, std::move(good.error().text));
    access(config) = absolute_path(input.items.front(), input.base);
    return {};
  };
  row.show = [access](const Config& config) { return std::string(access(config)); };
  return row;
}

/// A secret of the environment.
template <class Access>
SettingRow secret_row(std::string_view key, std::string_view help, Access access) {
  SettingRow row = make_row(key, "text", help);
  row.flag.clear();
  row.secret = true;
  row.apply = [access](Config& config, const SettingInput& input) -> Applied {
    // The text is not repeated in the message: it is a secret.
    if (!check_text(input.items.front())) {
      return refuse(0, "expected 1 to 1024 bytes of UTF-8 without control characters");
    }
    access(config) = input.items.front();
    return {};
  };
  row.show = [access](const Config& config) {
    return std::string(access(config).empty() ? "" : "***");
  };
  return row;
}

template <class Access>
SettingRow integer_row(std::string_view key, std::string_view help, int low, int high,
                       Access access) {
  SettingRow row = make_row(key, "int", help);
  row.help += " (" + std::to_string(low) + " to " + std::to_string(high) + ")";
  row.apply = [access, low, high](Config& config, const SettingInput& input) -> Applied {
    auto value = parse_integer(input.items.front(), low, high);
    if (!value) return refuse(0, std::move(value.error().text));
    access(config) = static_cast<int>(*value);
    return {};
  };
  row.show = [access](const Config& config) { return std::to_string(access(config)); };
  return row;
}

template <class Access>
SettingRow bool_row(std::string_view key, std::string_view help, Access access) {
  SettingRow row = make_row(key, "bool", help);
  row.apply = [access](Config& config, const SettingInput& input) -> Applied {
    auto value = parse_bool(input.items.front());
    if (!value) return refuse(0, std::move(value.error().text));
    access(config) = *value;
    return {};
  };
  row.show = [access](const Config& config) {
    return std::string(access(config) ? "true" : "false");
  };
  return row;
}

template <class Access>
SettingRow duration_row(std::string_view key, std::string_view help, policies::Nanoseconds low,
                        policies::Nanoseconds high, Access access) {
  SettingRow row = make_row(key, "duration", help);
  row.help += " (" + format_duration(low) + " to " + format_duration(high) + ")";
  row.apply = [access, low, high](Config& config, const SettingInput& input) -> Applied {
    auto value = parse_duration(input.items.front());
    if (!value) return refuse(0, std::move(value.error().text));
    if (*value < low || *value > high) {
      return refuse(0, "expected a duration from " + format_duration(low) + " to " +
                           format_duration(high) + ", not " + quote(input.items.front()));
    }
    access(config) = *value;
    return {};
  };
  row.show = [access](const Config& config) { return format_duration(access(config)); };
  return row;
}

/// One of an enum's values, by the name that to_string gives it.
template <class Enum, std::size_t N, class Access>
SettingRow choice_row(std::string_view key, std::string_view help, std::array<Enum, N> values,
                      Access access) {
  std::vector<std::string_view> names;
  std::string type = "choice ";
  for (const Enum value : values) {
    names.push_back(to_string(value));
    type += std::string(names.size() > 1 ? "|" : "") + std::string(names.back());
  }
  SettingRow row = make_row(key, type, help);
  row.apply = [access, values, names](Config& config, const SettingInput& input) -> Applied {
    const std::string& text = input.items.front();
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) {
      return refuse(0, "expected " + listed(names) + ", not " + quote(text), nearest(text, names));
    }
    access(config) = values[static_cast<std::size_t>(found - names.begin())];
    return {};
  };
  row.show = [access](const Config& config) { return std::string(to_string(access(config))); };
  return row;
}

/// A list of texts, each of which `check` lets by; from `least` to `most` of them, none twice.
template <class Access, class Check>
SettingRow list_row(std::string_view key, std::string_view help, std::size_t least,
                    std::size_t most, Access access, Check check) {
  SettingRow row = make_row(key, "list", help);
  row.list = true;
  row.apply = [access, check, least, most](Config& config, const SettingInput& input) -> Applied {
    if (input.items.size() < least || input.items.size() > most) {
      return refuse(0, "expected " + std::to_string(least) + " to " + std::to_string(most) +
                           " entries, not " + std::to_string(input.items.size()));
    }
    for (std::size_t i = 0; i < input.items.size(); ++i) {
      auto good = check(input.items[i]);
      if (!good) return refuse(i, std::move(good.error().text));
      const auto here = input.items.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::find(input.items.begin(), here, input.items[i]) != here) {
        return refuse(i, "expected each entry once, not " + quote(input.items[i]) + " again");
      }
    }
    access(config, input);
    return {};
  };
  return row;
}

/// `a,b`
std::string joined(const std::vector<std::string>& items);

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_ROW_MAKERS_H_
