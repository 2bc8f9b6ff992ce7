#include "tests/config/config_folder.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace roomkeeper::testing {

ConfigFolder::ConfigFolder() {
  std::string name = ::testing::TempDir() + "rk-config-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  root_ = name;
}

ConfigFolder::~ConfigFolder() {
  std::error_code error;
  std::filesystem::remove_all(root_, error);
}

void ConfigFolder::write(const std::string& name, std::string_view text) const {
  const std::filesystem::path file = path(name);
  std::filesystem::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
}

void ConfigFolder::remove(const std::string& name) const {
  std::filesystem::remove_all(path(name));
}

config::Loaded<config::Config> ConfigFolder::load(const config::Config* previous) const {
  return config::load(path("rk.yaml"), overrides, previous, &warnings);
}

namespace {

std::string without(std::string text, const std::string& folder) {
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
    text.erase(at, folder.size());
  }
  return text;
}

}  // namespace

std::vector<std::string> problems_of(const ConfigFolder& folder, const config::Config* previous) {
  std::vector<std::string> out;
  const auto config = folder.load(previous);
  if (config) return out;
  for (const config::Problem& problem : config.error()) {
    out.push_back(without(to_string(problem), folder.path("")));
  }
  return out;
}

std::vector<std::string> problems_of(std::string_view text) {
  const ConfigFolder folder;
  folder.write("rk.yaml", text);
  return problems_of(folder);
}

config::Config loaded(const ConfigFolder& folder, const config::Config* previous) {
  auto config = folder.load(previous);
  if (config) return *std::move(config);
  for (const config::Problem& problem : config.error()) ADD_FAILURE() << to_string(problem);
  return {};
}

config::Config loaded(std::string_view text) {
  const ConfigFolder folder;
  folder.write("rk.yaml", text);
  return loaded(folder);
}

const policies::RoomSpec* room(const config::Config& config, std::string_view id) {
  const auto parsed = policies::RoomId::parse(id);
  return parsed ? config.rooms.find(*parsed) : nullptr;
}

std::string effective(const config::Config& config, std::string_view key) {
  for (const config::EffectiveValue& value : config.effective) {
    if (value.key == key) return value.value + " (" + value.origin + ")";
  }
  return "no such key";
}

}  // namespace roomkeeper::testing
