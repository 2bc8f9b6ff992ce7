#include "cli/manual.h"

#include "cli/command.h"
#include "cli/help.h"
#include "config/manual_page.h"

namespace roomkeeper::cli {
namespace {

std::string spelling(const OptionInfo& option) {
  std::string text = option.letter == '\0' ? "" : std::string("-") + option.letter + ", ";
  text += "--" + std::string(option.name);
  if (!option.value.empty()) text += " " + std::string(option.value);
  return text;
}

void add_options(config::ManualPage& page, const std::vector<OptionInfo>& options) {
  for (const OptionInfo& option : options) {
    page.item(spelling(option),
              std::string(option.help) + (option.many ? " (may be repeated)" : ""));
  }
}

void add_command(config::ManualPage& page, const CommandInfo& command) {
  std::string title = "roomctl " + std::string(command.name);
  if (!command.arguments.empty()) title += " " + std::string(command.arguments);
  page.subsection(title);
  page.paragraph(command.summary);
  if (!command.details.empty()) page.paragraph(command.details);
  add_options(page, command.options);
  std::string examples;
  for (const std::string_view example : command.examples) examples += std::string(example) + "\n";
  page.example(examples);
}

}  // namespace

std::string roomctl_manual(std::string_view version) {
  config::ManualPage page(
      {"roomctl", 1, "the command line of Roomkeeper, chat rooms on NATS JetStream"}, version);
  page.section("SYNOPSIS");
  page.paragraph("`roomctl` COMMAND [options]");
  page.section("DESCRIPTION");
  page.paragraph(
      "Asks a running roomkeeper(8) through nats-server what it does and sees, and gives it "
      "orders. Options may stand before, between and after the words of a command; what follows "
      "`--` are arguments. `conn` is short for `connection`.");
  page.section("OPTIONS OF EVERY COMMAND");
  add_options(page, global_options());
  page.section("COMMANDS");
  for (const CommandInfo& command : commands()) add_command(page, command);
  page.section("ENVIRONMENT");
  page.paragraph("An option wins over a variable, and a variable over the context.");
  for (const EnvironmentInfo& variable : environment_table())
    page.item(variable.name, variable.help);
  page.section("EXIT STATUS");
  page.example(exit_codes_help());
  page.section("SEE ALSO");
  page.paragraph("roomkeeper(8), roomkeeper.yaml(5)");
  return page.text();
}

}  // namespace roomkeeper::cli
