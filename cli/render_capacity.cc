#include "cli/format.h"
#include "cli/render.h"
#include "cli/safe_text.h"

namespace roomkeeper::cli {

std::string render_capacity(const api::CapacityView& capacity) {
  if (capacity.advice.empty() && capacity.held == 0) return {};
  std::string out = "Capacity: " + format_count(capacity.fitting) + " of " +
                    counted(capacity.creates, "new stream") + " fit";
  if (capacity.held > 0) out += ", " + format_count(capacity.held) + " held back";
  out += "\n";
  for (const std::string& advice : capacity.advice) out += "    " + safe_text(advice) + "\n";
  for (const std::string& doubt : capacity.doubts) out += "    " + safe_text(doubt) + "\n";
  return out;
}

}  // namespace roomkeeper::cli
