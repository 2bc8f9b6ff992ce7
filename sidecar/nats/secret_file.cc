#include "sidecar/nats/secret_file.h"

#include <algorithm>
#include <fstream>

namespace roomkeeper::sidecar::nats {
namespace {

using policies::ErrorCode;

constexpr std::streamsize secret_max = 65'536;

std::string_view line_that_starts_with(std::string_view start, std::string_view text) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
    if (line.starts_with(start)) return line.substr(0, line.find_last_not_of(" \t") + 1);
  }
  return {};
}

}  // namespace

policies::Result<std::string> read_secret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return policies::fail(ErrorCode::invalid, "cannot read " + path);
  std::string text(static_cast<std::size_t>(secret_max), '\0');
  file.read(text.data(), secret_max);
  if (file.bad()) return policies::fail(ErrorCode::invalid, "cannot read " + path);
  text.resize(static_cast<std::size_t>(file.gcount()));
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  if (text.empty()) return policies::fail(ErrorCode::invalid, path + " is empty");
  return text;
}

std::string_view seed_line(std::string_view text) {
  return line_that_starts_with("SU", text);
}

std::string_view jwt_line(std::string_view text) {
  // `{"` in base64, which every header of a JWT begins with.
  return line_that_starts_with("eyJ", text);
}

}  // namespace roomkeeper::sidecar::nats
