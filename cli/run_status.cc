#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "cli/backend.h"
#include "cli/output.h"
#include "cli/render.h"
#include "cli/run_commands.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {

Outcome run_status(const Invocation& invocation) {
  const auto status =
      call<api::StatusReply>(invocation.backend, api::Verb::status, api::NoRequest{});
  if (!status) return tl::unexpected<api::ApiError>(status.error());
  Output& output = invocation.output;
  if (invocation.arguments.has("json")) {
    print_json(output, api::encode(*status));
  } else {
    output.print(render_status(*status, invocation.backend.clock().wall(), output.width()));
  }
  return exit_ok;
}

Outcome run_doctor(const Invocation& invocation) {
  if (invocation.arguments.has("as")) return run_doctor_as(invocation);
  const auto doctor =
      call<api::DoctorReply>(invocation.backend, api::Verb::doctor, api::NoRequest{});
  if (!doctor) return tl::unexpected<api::ApiError>(doctor.error());
  if (invocation.arguments.has("json")) {
    print_json(invocation.output, api::encode(*doctor));
  } else {
    invocation.output.print(render_doctor(*doctor));
  }
  const bool found = std::any_of(
      doctor->findings.begin(), doctor->findings.end(),
      [](const api::Finding& finding) { return finding.severity >= api::Severity::warning; });
  return found ? exit_changes : exit_ok;
}

Outcome run_version(const Invocation& invocation) {
  nlohmann::ordered_json versions{{"roomctl", ROOMKEEPER_VERSION}};
  if (!invocation.arguments.has("client")) {
    const auto status =
        call<api::StatusReply>(invocation.backend, api::Verb::status, api::NoRequest{});
    if (status) {
      versions["roomkeeper"] = status->version;
      if (!status->server_version.empty()) versions["nats-server"] = status->server_version;
    } else {
      // Not an error: the question was mostly about this program.
      invocation.output.note("roomkeeper: " + safe_text(status.error().message) + "\n");
    }
  }
  if (invocation.arguments.has("json")) {
    print_json(invocation.output,
               versions.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return exit_ok;
  }
  for (const auto& [name, version] : versions.items()) {
    invocation.output.print(name + " " + safe_text(version.get_ref<const std::string&>()) + "\n");
  }
  return exit_ok;
}

}  // namespace roomkeeper::cli
