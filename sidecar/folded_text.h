// Text as a search compares it: ASCII letters in lower case, Hangul as whole syllables.
//
// Some systems hand out Hangul as single letters (macOS does in file names): the same title in
// other bytes. Other scripts are compared byte by byte. Pure; thread: any.
#ifndef ROOMKEEPER_SIDECAR_FOLDED_TEXT_H_
#define ROOMKEEPER_SIDECAR_FOLDED_TEXT_H_

#include <string>
#include <string_view>

namespace roomkeeper::sidecar {

std::string fold(std::string_view text);

/// What is searched for in many texts.
class FoldedPattern {
 public:
  explicit FoldedPattern(std::string_view text);
  const std::string& text() const { return text_; }  ///< folded
  /// True when fold(text) contains it. Allocates only where Hangul stands as single letters.
  bool is_in(std::string_view text) const;

 private:
  std::string text_;
  bool has_letters_;  ///< ASCII ones, which have two cases
};

/// Below, at or above 0: order by fold(), except that Hangul stays as it is. Allocates nothing.
int compare_folded(std::string_view a, std::string_view b);

}  // namespace roomkeeper::sidecar

#endif  // ROOMKEEPER_SIDECAR_FOLDED_TEXT_H_
