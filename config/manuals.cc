#include "config/manuals.h"

#include "config/load.h"
#include "config/manual_page.h"
#include "config/room_fields.h"

namespace roomkeeper::config {
namespace {

/// Lists say what can stand in them, scalars what they are.
std::string type_and_default(const Setting& setting) {
  std::string text(setting.type);
  if (!setting.secret) {
    text += "; default ";
    text +=
        setting.fallback.empty() ? std::string("none") : "`" + std::string(setting.fallback) + "`";
  }
  return text;
}

void add_flags(ManualPage& page) {
  page.item("-c, --config FILE",
            "The configuration, roomkeeper.yaml(5). Environment: `ROOMKEEPER_CONFIG`.");
  page.item(
      "--check",
      "Check the configuration and the files that it names, then end: exit code 0 when all is "
      "well, 1 when something is not.");
  page.item("--print-config", "Print every value with where it came from, then end.");
  page.item("-h, --help", "Print the flags, then end.");
  page.item("-V, --version", "Print the version, then end.");
  for (const Setting& setting : settings()) {
    if (setting.flag.empty()) continue;
    page.item("--" + std::string(setting.flag) + " VALUE",
              std::string(setting.help) + " (" + type_and_default(setting) + "; key `" +
                  std::string(setting.key) + "`)");
  }
}

void add_signals_and_files(ManualPage& page) {
  page.section("SIGNALS");
  page.item("SIGTERM, SIGINT",
            "No new work begins, the audit is written, the connections are closed, and the program "
            "ends within 10 seconds.");
  page.item("SIGHUP",
            "The configuration is read again. What is wrong in it is told, and the last good one "
            "stays in force.");
  page.section("EXIT STATUS");
  page.item("0", "It was stopped, or the check found nothing.");
  page.item("1", "The configuration is wrong, or the HTTP address is taken.");
  page.section("FILES");
  page.item("/etc/roomkeeper/roomkeeper.yaml", "The configuration of the system's service.");
  page.item("/etc/roomkeeper/rooms.d/", "Files of rooms that it names.");
  page.item("/etc/roomkeeper/credentials/",
            "Secrets, readable by root only; the service gets copies of its own "
            "(`LoadCredential=` of systemd.exec(5)).");
  page.item("/etc/default/roomkeeper", "Environment variables of the service.");
}

void add_room_fields(ManualPage& page) {
  const policies::RoomSettings built_in = built_in_settings();
  for (const RoomField& field : room_fields()) {
    std::string text(field.help);
    const std::string value = field.show(built_in);
    text += " (" + std::string(field.type) + "; built-in " +
            (value.empty() ? std::string("none") : "`" + value + "`");
    if (field.template_only) text += "; in templates only";
    if (field.in_pools) text += "; a room of a pool may say it too";
    page.item(field.key, text + ")");
  }
}

}  // namespace

std::string roomkeeper_manual(std::string_view version) {
  ManualPage page({"roomkeeper", 8, "chat rooms on NATS JetStream"}, version);
  page.section("SYNOPSIS");
  page.paragraph("`roomkeeper` `--config` FILE [`--check` | `--print-config`] [FLAG VALUE ...]");
  page.section("DESCRIPTION");
  page.paragraph(
      "Roomkeeper is a sidecar for nats-server. It makes the JetStream streams of chat rooms and "
      "keeps them as its configuration says, purges what has expired, keeps connection limits, and "
      "exports metrics. Chat clients stay plain NATS clients. roomctl(1) asks it what it does and "
      "gives it orders.");
  page.paragraph(
      "It starts whether or not nats-server runs, and connects when it can. Under systemd(1) it "
      "tells when it is ready, what it waits for, and that its event loop goes on "
      "(`Type=notify`, `WatchdogSec=`).");
  page.section("OPTIONS");
  page.paragraph(
      "Every setting outside templates and rooms may be given as a flag. A flag goes before the "
      "environment, that before the file, that before the default. Lists are comma separated.");
  add_flags(page);
  page.section("ENVIRONMENT");
  for (const Setting& setting : settings()) {
    page.item(setting.environment,
              setting.secret ? std::string(setting.help)
                             : "As `" + std::string(setting.key) + "` of roomkeeper.yaml(5).");
  }
  page.item("NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID", "Set by systemd(1); see sd_notify(3).");
  add_signals_and_files(page);
  page.section("SEE ALSO");
  page.paragraph("roomctl(1), roomkeeper.yaml(5), systemd.service(5)");
  return page.text();
}

std::string roomkeeper_yaml_manual(std::string_view version, std::string_view example) {
  ManualPage page({"roomkeeper.yaml", 5, "configuration of Roomkeeper"}, version);
  page.section("DESCRIPTION");
  page.paragraph(
      "One YAML document. Unknown keys, keys that stand twice and values out of range are errors, "
      "told with line and column; `roomkeeper --check` tells all of them at once. Relative paths "
      "are meant from the file's own folder. The file is read again when it changes; an error "
      "leaves the last good configuration in force.");
  page.section("SETTINGS");
  for (const Setting& setting : settings()) {
    if (setting.secret) continue;
    page.item(setting.key, std::string(setting.help) + " (" + type_and_default(setting) +
                               "; environment `" + std::string(setting.environment) + "`)");
  }
  page.section("TEMPLATES AND ROOMS");
  page.paragraph(
      "`templates` is a map of names to settings; a template builds on the built-in values, or on "
      "another one with `extends`. `rooms` is a list of rooms, each with an `id` (or a `range` of "
      "them), `title`, `topic`, `tags`, `template`, and settings of its own.");
  add_room_fields(page);
  page.section("EXAMPLE");
  page.example(example);
  page.section("SEE ALSO");
  page.paragraph("roomkeeper(8), roomctl(1)");
  return page.text();
}

}  // namespace roomkeeper::config
