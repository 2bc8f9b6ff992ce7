// The files that settings name: whether a connection could read them.
#include "config/cross_check.h"
#include "config/load.h"
#include "config/setting_row.h"
#include "config/source.h"
#include "config/units.h"

namespace roomkeeper::config {

std::vector<Problem> check_files(const Config& config) {
  constexpr std::size_t most_bytes = std::size_t{1024} * 1024;
  Problems problems;
  for (const EffectiveValue& value : config.effective) problems.note_file(value.file);
  for (const SettingRow& row : setting_rows()) {
    const std::string path = row.type == "path" ? row.show(config) : std::string();
    if (path.empty()) continue;
    const auto text = read_source(path, most_bytes);
    if (!text) {
      add_at(config, row.key, quote(path) + " " + text.error().text, problems);
    } else if (text->find_first_not_of(" \t\r\n") == std::string::npos) {
      add_at(config, row.key, "expected something in " + quote(path) + ", which is empty",
             problems);
    }
  }
  return problems.take();
}

}  // namespace roomkeeper::config
