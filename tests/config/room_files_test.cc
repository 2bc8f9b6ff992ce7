// Files with rooms: patterns, files that vanish, and when anything has changed.
#include "config/room_files.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "tests/config/config_folder.h"

namespace roomkeeper::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ids(const config::Config& config) {
  std::vector<std::string> out;
  for (const policies::RoomSpec& spec : config.rooms.rooms) out.push_back(spec.id.text());
  return out;
}

class RoomFiles : public ::testing::Test {
 protected:
  RoomFiles() { folder_.write("rk.yaml", "rooms: [{id: main}]\nroom_files: ['rooms.d/*.yaml']\n"); }
  ConfigFolder folder_;
};

TEST_F(RoomFiles, AMappingOrAList) {
  folder_.write("rooms.d/a.yaml", "rooms:\n  - id: a\n");
  folder_.write("rooms.d/b.yaml", "- {id: b, title: 둘}\n- {id: c}\n");
  folder_.write("rooms.d/none.yaml", "rooms: []\n");
  folder_.write("rooms.d/.hidden.yaml", "{{{");
  folder_.write("rooms.d/other.txt", "{{{");
  const config::Config config = loaded(folder_);
  EXPECT_THAT(ids(config), ElementsAre("a", "b", "c", "main"));
  EXPECT_EQ(*room(config, "b")->place.file, folder_.path("rooms.d/b.yaml"));
  EXPECT_EQ(room(config, "c")->place.line, 2);
  EXPECT_TRUE(config.rooms.complete);
  EXPECT_EQ(config.files.size(), 4U);
}

TEST_F(RoomFiles, UseTheTemplatesOfTheMainFile) {
  folder_.write("rk.yaml", "room_files: [r.yaml]\ntemplates: {big: {replicas: 3}}\n");
  folder_.write("r.yaml", "[{id: a, template: big}, {id: b, template: bigg}]\n");
  EXPECT_THAT(
      problems_of(folder_),
      ElementsAre(
          "r.yaml:1:44: rooms[1].template: there is no template \"bigg\" (did you mean \"big\"?)"));
}

TEST_F(RoomFiles, IdsNamedTwiceNameBothPlaces) {
  folder_.write("rooms.d/a.yaml", "- {id: x}\n");
  folder_.write("rooms.d/b.yaml", "- {id: main}\n- {id: x}\n");
  EXPECT_THAT(
      problems_of(folder_),
      ElementsAre(
          "rooms.d/b.yaml:1:8: rooms: room \"main\" is defined at rk.yaml:1:14 already",
          "rooms.d/b.yaml:2:8: rooms: room \"x\" is defined at rooms.d/a.yaml:1:8 already"));
}

TEST_F(RoomFiles, ABadOneIsRefusedAndTheOthersAreStillChecked) {
  folder_.write("rooms.d/a.yaml", "rooms: [\n");
  folder_.write("rooms.d/b.yaml", "");
  folder_.write("rooms.d/c.yaml", "- {id: 'no good'}\n");
  folder_.write("rooms.d/d.yaml", "templates: {}\n");
  folder_.write("rooms.d/e.yaml", "rooms: 5\n");
  EXPECT_THAT(
      problems_of(folder_),
      ElementsAre("rooms.d/a.yaml:2:1: not YAML: end of sequence flow not found",
                  "rooms.d/b.yaml:1:1: expected rooms, not an empty file (`rooms: []` for none)",
                  HasSubstr("rooms.d/c.yaml:1:8: rooms[0].id: expected an id"),
                  "rooms.d/d.yaml:1:1: templates: unknown key; expected rooms",
                  "rooms.d/d.yaml:1:1: rooms: expected a list of rooms",
                  "rooms.d/e.yaml:1:8: rooms: expected a list of rooms, not text"));
}

TEST_F(RoomFiles, AFileThatCannotBeReadIsRefused) {
  std::filesystem::create_directories(folder_.path("rooms.d"));
  std::filesystem::create_symlink("nowhere", folder_.path("rooms.d/a.yaml"));
  EXPECT_THAT(problems_of(folder_),
              ElementsAre("rooms.d/a.yaml: cannot be read: No such file or directory"));
  const config::Config previous = [&] {
    folder_.remove("rooms.d/a.yaml");
    folder_.write("rooms.d/a.yaml", "- {id: a}\n");
    return loaded(folder_);
  }();
  folder_.remove("rooms.d/a.yaml");
  std::filesystem::create_symlink("nowhere", folder_.path("rooms.d/a.yaml"));
  EXPECT_THAT(problems_of(folder_, &previous),
              ElementsAre(HasSubstr("rooms.d/a.yaml: cannot be read")));
}

TEST_F(RoomFiles, APatternThatNeverMatchedIsFine) {
  const config::Config config = loaded(folder_);
  EXPECT_TRUE(config.rooms.complete);
  EXPECT_TRUE(loaded(folder_, &config).rooms.complete);
}

TEST_F(RoomFiles, APatternThatMatchedBeforeLeavesADoubtThatLasts) {
  folder_.write("rooms.d/a.yaml", "- {id: a}\n");
  const config::Config before = loaded(folder_);
  folder_.remove("rooms.d");
  const config::Config first = loaded(folder_, &before);
  EXPECT_THAT(ids(first), ElementsAre("main"));
  EXPECT_FALSE(first.rooms.complete);
  EXPECT_THAT(
      first.rooms.doubts,
      ElementsAre(HasSubstr("rooms.d/*.yaml\" matched 1 file before and matches nothing now")));
  const config::Config second = loaded(folder_, &first);
  EXPECT_FALSE(second.rooms.complete);
  folder_.write("rooms.d/b.yaml", "- {id: b}\n");
  const config::Config third = loaded(folder_, &second);
  EXPECT_TRUE(third.rooms.complete);
  EXPECT_THAT(ids(third), ElementsAre("b", "main"));
}

TEST_F(RoomFiles, APatternThatIsTakenOutLeavesNoDoubt) {
  folder_.write("rooms.d/a.yaml", "- {id: a}\n");
  const config::Config before = loaded(folder_);
  folder_.write("rk.yaml", "rooms: [{id: main}]\n");
  EXPECT_TRUE(loaded(folder_, &before).rooms.complete);
}

TEST_F(RoomFiles, APlainFileMustBeThereUnlessItWas) {
  folder_.write("rk.yaml", "room_files: [more.yaml]\n");
  EXPECT_THAT(problems_of(folder_),
              ElementsAre(HasSubstr("rk.yaml:1:13: room_files: there is no file")));
  folder_.write("more.yaml", "- {id: a}\n");
  const config::Config before = loaded(folder_);
  folder_.remove("more.yaml");
  EXPECT_FALSE(loaded(folder_, &before).rooms.complete);
}

TEST_F(RoomFiles, TheMainFileIsNotARoomFile) {
  folder_.write("rk.yaml", "rooms: [{id: main}]\nroom_files: ['*.yaml', 'a*.yaml']\n");
  folder_.write("a.yaml", "- {id: a}\n");
  EXPECT_THAT(ids(loaded(folder_)), ElementsAre("a", "main"));
}

TEST_F(RoomFiles, AFolderWithPatternCharactersInItsName) {
  folder_.write("a[1]*/rk.yaml", "room_files: ['*.d/*.yaml', plain.yaml]\n");
  folder_.write("a[1]*/x.d/r.yaml", "- {id: a}\n");
  folder_.write("a[1]*/plain.yaml", "- {id: b}\n");
  const auto config = config::load(folder_.path("a[1]*/rk.yaml"), {});
  ASSERT_TRUE(config.has_value());
  EXPECT_THAT(ids(*config), ElementsAre("a", "b"));
}

TEST(MainFile, MissingIsAProblem) {
  const ConfigFolder folder;
  EXPECT_THAT(problems_of(folder),
              ElementsAre("rk.yaml: cannot be read: No such file or directory"));
  folder.write("rk.yaml/x", "");
  EXPECT_THAT(problems_of(folder), ElementsAre("rk.yaml: cannot be read: not a regular file"));
}

TEST(Patterns, StarsStayWithinAFolder) {
  EXPECT_TRUE(config::path_matches("/a/*.yaml", "/a/b.yaml"));
  EXPECT_FALSE(config::path_matches("/a/*.yaml", "/a/b/c.yaml"));
  EXPECT_FALSE(config::path_matches("/a/*.yaml", "/a/.b.yaml"));
  EXPECT_TRUE(config::is_glob("a?"));
  EXPECT_FALSE(config::is_glob(config::escape_glob("a[1]*?\\")));
}

TEST_F(RoomFiles, TheContentsHashIsThatOfTheSameFilesAnywhere) {
  folder_.write("rooms.d/a.yaml", "- {id: a}\n");
  const std::string hash = loaded(folder_).content_hash;
  ConfigFolder copy;
  copy.write("rk.yaml", "rooms: [{id: main}]\nroom_files: ['rooms.d/*.yaml']\n");
  copy.write("rooms.d/a.yaml", "- {id: a}\n");
  EXPECT_EQ(loaded(copy).content_hash, hash);
  copy.overrides.flags["replica.name"] = "second";
  copy.overrides.flags["http.listen"] = "127.0.0.1:7999";
  copy.overrides.environment["ROOMKEEPER_NATS_URL"] = "nats://10.0.0.1:4222";
  EXPECT_EQ(loaded(copy).content_hash, hash) << "what belongs to one replica";
  copy.overrides.flags["reconcile.on_removal"] = "delete";
  EXPECT_NE(loaded(copy).content_hash, hash);
  copy.overrides.flags.erase("reconcile.on_removal");
  copy.write("rooms.d/a.yaml", "- {id: a, title: A}\n");
  EXPECT_NE(loaded(copy).content_hash, hash);
}

TEST_F(RoomFiles, FingerprintsChangeWithFilesAndPatterns) {
  folder_.write("rooms.d/a.yaml", "- {id: a}\n");
  const config::Config config = loaded(folder_);
  std::string last = fingerprint(config);
  EXPECT_EQ(fingerprint(config), last);
  folder_.write("rooms.d/b.yaml", "- {id: b}\n");
  EXPECT_NE(fingerprint(config), last);
  last = fingerprint(config);
  folder_.write("rooms.d/a.yaml", "- {id: aa}\n");
  EXPECT_NE(fingerprint(config), last);
  last = fingerprint(config);
  folder_.remove("rooms.d");
  EXPECT_NE(fingerprint(config), last);
  last = fingerprint(config);
  folder_.remove("rk.yaml");
  EXPECT_NE(fingerprint(config), last);
}

TEST(ConfigMap, ASwappedLinkChangesTheFingerprintAndTheRooms) {
  namespace fs = std::filesystem;
  const ConfigFolder folder;
  folder.write("rk.yaml", "room_files: ['mount/*.yaml']\n");
  folder.write("mount/..v1/r.yaml", "- {id: a}\n");
  fs::create_directory_symlink("..v1", folder.path("mount/..data"));
  fs::create_symlink("..data/r.yaml", folder.path("mount/r.yaml"));
  const config::Config before = loaded(folder);
  const std::string stamp = fingerprint(before);
  EXPECT_THAT(ids(before), ElementsAre("a"));
  folder.write("mount/..v2/r.yaml", "- {id: b}\n");
  // The same time and size: only the link tells.
  fs::last_write_time(folder.path("mount/..v2/r.yaml"),
                      fs::last_write_time(folder.path("mount/..v1/r.yaml")));
  EXPECT_EQ(fingerprint(before), stamp);
  fs::create_directory_symlink("..v2", folder.path("mount/..data_tmp"));
  fs::rename(folder.path("mount/..data_tmp"), folder.path("mount/..data"));
  EXPECT_NE(fingerprint(before), stamp);
  EXPECT_THAT(ids(loaded(folder, &before)), ElementsAre("b"));
}

}  // namespace
}  // namespace roomkeeper::testing
