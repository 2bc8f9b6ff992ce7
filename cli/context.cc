#include "cli/context.h"

#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

namespace roomkeeper::cli {
namespace {

constexpr std::size_t longest_file = 1U << 20U;

std::string variable(const Environment& environment, const std::string& name) {
  const auto it = environment.find(name);
  return it == environment.end() ? std::string() : it->second;
}

/// The nats CLI expands a leading `~`.
std::string expanded(std::string path, const Environment& environment) {
  if (path == "~" || path.starts_with("~/")) path.replace(0, 1, variable(environment, "HOME"));
  return path;
}

api::ApiResult<std::string> read_context(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return usage_error("context " + path +
                       ": cannot be read; `nats context ls` lists the ones there are");
  std::string text(longest_file + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > longest_file) return usage_error("context " + path + ": longer than 1 MiB");
  return text;
}

}  // namespace

std::string context_path(std::string_view text, const Environment& environment) {
  if (text.find('/') != std::string_view::npos || text.ends_with(".json"))
    return expanded(std::string(text), environment);
  std::string base = variable(environment, "XDG_CONFIG_HOME");
  if (base.empty()) base = variable(environment, "HOME") + "/.config";
  return base + "/nats/context/" + std::string(text) + ".json";
}

api::ApiResult<Context> load_context(std::string_view text, const Environment& environment) {
  const std::string path = context_path(text, environment);
  const auto content = read_context(path);
  if (!content) return tl::unexpected<api::ApiError>(content.error());
  const nlohmann::json json = nlohmann::json::parse(*content, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return usage_error("context " + path + ": not a JSON object");
  Context context;
  const std::array<std::pair<const char*, std::string*>, 10> fields{
      {{"url", &context.url},
       {"user", &context.user},
       {"password", &context.password},
       {"creds", &context.creds},
       {"nkey", &context.nkey},
       {"token", &context.token},
       {"cert", &context.cert},
       {"key", &context.key},
       {"ca", &context.ca},
       {"inbox_prefix", &context.inbox_prefix}}};
  for (const auto& [name, target] : fields) {
    const auto it = json.find(name);
    if (it == json.end() || it->is_null()) continue;
    if (!it->is_string())
      return usage_error("context " + path + ": \"" + name + "\" is not a text");
    *target = it->get_ref<const std::string&>();
  }
  for (std::string* file :
       {&context.creds, &context.nkey, &context.cert, &context.key, &context.ca}) {
    *file = expanded(std::move(*file), environment);
  }
  return context;
}

}  // namespace roomkeeper::cli
