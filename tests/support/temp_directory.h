// A directory of a test's own, gone with the object; kept for reading when the test has failed.
#ifndef ROOMKEEPER_TESTS_SUPPORT_TEMP_DIRECTORY_H_
#define ROOMKEEPER_TESTS_SUPPORT_TEMP_DIRECTORY_H_

#include <filesystem>
#include <string>
#include <string_view>

namespace roomkeeper::testing {

class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Writes a file below it, with its folders; returns its path.
  std::filesystem::path write(const std::string& name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

/// A whole file; empty when it cannot be read.
std::string read_text_file(const std::filesystem::path& path);

}  // namespace roomkeeper::testing

#endif  // ROOMKEEPER_TESTS_SUPPORT_TEMP_DIRECTORY_H_
