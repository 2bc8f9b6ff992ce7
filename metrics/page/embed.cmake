# Writes OUTPUT, a source file with the page's files of FOLDER as they are: cmake -DFOLDER=... -DOUTPUT=... -P embed.cmake
# A byte is a number there, so that nothing has to be escaped.
set(rows "")
set(arrays "")
foreach(entry
    "index.html|/|text/html; charset=utf-8"
    "page.css|/page/page.css|text/css; charset=utf-8"
    "page.js|/page/page.js|text/javascript; charset=utf-8"
    "rooms.js|/page/rooms.js|text/javascript; charset=utf-8"
    "texts.js|/page/texts.js|text/javascript; charset=utf-8"
    "icon.svg|/page/icon.svg|image/svg+xml")
  string(REPLACE "|" ";" parts "${entry}")
  list(GET parts 0 name)
  list(GET parts 1 path)
  # The rest is one text again: a type may have a semicolon.
  string(REGEX REPLACE "^[^|]*[|][^|]*[|]" "" type "${entry}")
  file(READ "${FOLDER}/${name}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(REGEX REPLACE "[^a-z]" "_" variable "${name}")
  string(APPEND arrays "constexpr char ${variable}[] = {${bytes}};\n")
  string(APPEND rows "    {\"${path}\", \"${type}\", {${variable}, sizeof ${variable}}},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made from metrics/page by embed.cmake.
#include \"metrics/page_routes.h\"

namespace roomkeeper::metrics {
namespace {

${arrays}
constexpr PageFile files[] = {
${rows}};

}  // namespace

const PageFile* find_page_file(std::string_view path) {
  for (const PageFile& file : files) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

}  // namespace roomkeeper::metrics
")
