// The files of the source tree, read once for all rules.
#ifndef ROOMKEEPER_TESTS_HYGIENE_TREE_H_
#define ROOMKEEPER_TESTS_HYGIENE_TREE_H_

#include <string>

#include "tests/hygiene/rules.h"

namespace roomkeeper::testing {

/// Every text file under `root`, by path, without build folders (build, build-*), shared/ and what
/// begins with a dot and is not ours (.git, editors' folders). Larger than 1 MiB or with a NUL
/// byte: not text. Throws std::filesystem::filesystem_error when the tree cannot be read.
SourceFiles read_tree(const std::string& root);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_HYGIENE_TREE_H_
