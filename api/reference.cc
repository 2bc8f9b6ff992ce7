#include "api/reference.h"

#include <initializer_list>
#include <string_view>

#include "api/types.h"
#include "api/verbs.h"

namespace roomkeeper::api {
namespace {

void append(std::string& out, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) out += part;
}

}  // namespace

std::string api_markdown() {
  std::string out = "| verb | changes something | what it does |\n|---|---|---|\n";
  for (const VerbInfo& verb : verbs()) {
    append(out, {"| [`", verb.name, "`](#", verb.name, ") | ", verb.writes ? "yes" : "no", " | ",
                 verb.summary, " |\n"});
  }
  for (const VerbInfo& verb : verbs()) {
    append(out, {"\n<a id=\"", verb.name, "\"></a>\n\n### `", verb.name, "`\n\n", verb.summary,
                 "\n\nRequest:\n\n", "```json\n", verb.request, "\n```\n\nReply:\n\n```json\n",
                 verb.reply, "\n```\n"});
  }
  out += "\n### Error codes\n\n| code | number | meaning |\n|---|---|---|\n";
  for (std::size_t i = 0; i < api_code_count; ++i) {
    const auto code = static_cast<ApiCode>(i);
    append(out, {"| `", to_string(code), "` | ", std::to_string(number(code)), " | ", explain(code),
                 " |\n"});
  }
  return out;
}

}  // namespace roomkeeper::api
