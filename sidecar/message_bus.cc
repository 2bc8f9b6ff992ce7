#include "sidecar/message_bus.h"

#include <algorithm>

namespace roomkeeper::sidecar {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view Message::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_without_case(key, name)) return value;
  }
  return {};
}

std::string_view to_string(BusState state) {
  switch (state) {
    case BusState::connecting:
      return "connecting";
    case BusState::connected:
      return "connected";
    case BusState::refused:
      return "refused";
    case BusState::closed:
      return "closed";
  }
  return "unknown";
}

}  // namespace roomkeeper::sidecar
