// One file of the tree as the rules see it: raw lines, and the code without comments and literals.
//
// Thread: any. Ownership: values. No errors: a file that does not parse as C++ only gives a useless
// `code`.
#ifndef ROOMKEEPER_TESTS_HYGIENE_SOURCE_TEXT_H_
#define ROOMKEEPER_TESTS_HYGIENE_SOURCE_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace roomkeeper::testing {

/// A file by its path from the repository root ("sidecar/nats/connection.cc").
struct SourceFile {
  std::string path;
  std::string text;
};

/// C++ text with comments and the insides of string and character literals blanked. Every newline
/// stays, so that positions still tell the line. Include lines keep what stands between their
/// quotes.
std::string code_of(std::string_view text);

/// 1-based line of a position.
int line_at(std::string_view text, std::size_t position);

/// Number of lines; a last line without a newline counts.
int line_count(std::string_view text);

/// A function body found by its braces.
struct FunctionSpan {
  std::string name;    ///< the last identifier before the parameter list; may be empty (a lambda)
  int first_line = 0;  ///< of the opening brace, 1-based
  int lines = 0;       ///< up to the closing brace, both included
};

/// The functions of blanked code, by a brace heuristic: a block outside any function whose head has
/// a parameter list and no class, enum or namespace keyword. Lambdas and local classes count as
/// part of their function.
std::vector<FunctionSpan> functions_of(std::string_view code);

/// True for a .cc or .h file.
bool is_cpp(std::string_view path);
/// The part of the path before the first slash ("sidecar"); "sidecar/nats" for what lies there; ""
/// at the root.
std::string folder_of(std::string_view path);
/// True for the folders that are shipped: policies, config, api, metrics, sidecar, cli.
bool is_product(std::string_view path);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_HYGIENE_SOURCE_TEXT_H_
