#include "cli/names_of_config.h"

#include "cli/arguments.h"
#include "config/load.h"

namespace roomkeeper::cli {

api::ApiResult<policies::PermissionNames> names_of_config(const Invocation& invocation) {
  const std::string file = invocation.arguments.value("names-from-config");
  if (file.empty()) return policies::PermissionNames{};
  const auto loaded = config::load(file, {.flags = {}, .environment = invocation.environment});
  if (!loaded) return usage_error(config::to_string(loaded.error().front()));
  return policies::PermissionNames{.names = loaded->names, .js_domain = loaded->nats.js_domain};
}

}  // namespace roomkeeper::cli
