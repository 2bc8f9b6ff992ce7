// Writes one manual page in the man(7) macros. Pure; thread: any.
#ifndef ROOMKEEPER_CONFIG_MANUAL_PAGE_H_
#define ROOMKEEPER_CONFIG_MANUAL_PAGE_H_

#include <string>
#include <string_view>

namespace roomkeeper::config {

/// Texts are plain UTF-8; what stands in `backticks` is set in bold. No text can become a request.
class ManualPage {
 public:
  struct Name {
    std::string_view name;     ///< "roomctl"
    int section = 1;           ///< of the manual
    std::string_view summary;  ///< behind the name, without a full stop
  };
  ManualPage(const Name& name, std::string_view version);

  void section(std::string_view title);
  void subsection(std::string_view title);
  void paragraph(std::string_view text);
  /// A term in bold, and what it means, indented.
  void item(std::string_view term, std::string_view meaning);
  /// Lines as they are.
  void example(std::string_view lines);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace roomkeeper::config

#endif  // ROOMKEEPER_CONFIG_MANUAL_PAGE_H_
