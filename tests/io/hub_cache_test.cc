#include "io/hub_cache.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

const char* const kPlace = "hub/models--example--tiny";

/// A cache with one model as `hf download` leaves it, in $HF_HOME.
class HubCache : public testing::Test {
 protected:
  HubCache() {
    setenv("HF_HOME", folder_.path().c_str(), 1);
    unsetenv("HF_HUB_CACHE");
    add_snapshot("aaaa");
    fs::create_directories(place() / "refs");
    folder_.write(std::string(kPlace) + "/refs/main", "aaaa");
  }
  ~HubCache() override { unsetenv("HF_HOME"); }

  fs::path place() const { return folder_ / kPlace; }

  fs::path add_snapshot(const std::string& commit) const {
    fs::create_directories(place() / "blobs");
    fs::path snapshot = place() / "snapshots" / commit;
    fs::create_directories(snapshot);
    for (const char* name : {"config.json", "model.safetensors"}) {
      folder_.write(std::string(kPlace) + "/blobs/" + name, "{}");
      fs::create_symlink(fs::path("../../blobs") / name, snapshot / name);
    }
    return snapshot;
  }

  std::string refusal(const fs::path& given) const {
    return user_error(folder_, [&] { find_model_folder(given); });
  }

  const TempFolder folder_;
};

TEST_F(HubCache, AFolderIsTakenAsItIs) {
  fs::create_directories(folder_ / "plain");
  folder_.write("plain/config.json", "{}");
  for (const char* given :
       {"plain", "plain/", "plain/config.json", "hub/models--example--tiny/snapshots/aaaa"})
    EXPECT_EQ(find_model_folder(folder_ / given), folder_ / given);
}

TEST_F(HubCache, ANameOrAPlaceInTheCacheIsItsCurrentSnapshot) {
  const fs::path snapshot = place() / "snapshots" / "aaaa";
  add_snapshot("bbbb");
  EXPECT_EQ(find_model_folder("example/tiny"), snapshot);
  for (const char* end : {"", "/", "/snapshots", "/snapshots/"})
    EXPECT_EQ(find_model_folder(place().string() + end), snapshot);
  folder_.write(std::string(kPlace) + "/refs/main", "bbbb\n");
  EXPECT_EQ(find_model_folder("example/tiny"), place() / "snapshots" / "bbbb");
}

TEST_F(HubCache, TheCacheIsWhereTheHubsOwnProgramsLook) {
  setenv("HF_HOME", "/nowhere", 1);
  setenv("HF_HUB_CACHE", (folder_ / "hub").c_str(), 1);
  EXPECT_EQ(find_model_folder("example/tiny"), place() / "snapshots" / "aaaa");
  unsetenv("HF_HUB_CACHE");
  EXPECT_EQ(
      refusal("example/tiny"),
      "[load_model] example/tiny: is neither a folder here nor a model in /nowhere/hub; if it is on the "
      "Hugging Face hub, run `hf download example/tiny`");
}

TEST_F(HubCache, WithoutAReferenceTheOnlySnapshotIsTaken) {
  fs::remove(place() / "refs" / "main");
  EXPECT_EQ(find_model_folder(place()), place() / "snapshots" / "aaaa");
  add_snapshot("bbbb");
  EXPECT_EQ(refusal(place()),
            "[load_model] DIR/hub/models--example--tiny: 2 snapshots but no refs/main that names one: give "
            "one of them, for example DIR/hub/models--example--tiny/snapshots/aaaa");
}

TEST_F(HubCache, ACacheOfModelsSaysWhatToGive) {
  const std::string end =
      ": is a Hugging Face cache with 1 model: give one of them, for example DIR/hub/models--example--tiny";
  EXPECT_EQ(refusal(folder_ / "hub"), "[load_model] DIR/hub" + end);
  const std::string of_home = "[load_model] DIR" + end;
  EXPECT_EQ(refusal(folder_.path()), of_home);
}

TEST_F(HubCache, AnIncompleteDownloadSaysHowToCompleteIt) {
  const std::string start = "[load_model] DIR/hub/models--example--tiny",
                    snapshot = start + "/snapshots/aaaa";
  const std::string end = "; the download is incomplete: run `hf download example/tiny`";
  fs::remove(place() / "blobs" / "model.safetensors");
  const std::string broken = snapshot + ": model.safetensors is a link to a file that is not there" + end;
  EXPECT_EQ(refusal("example/tiny"), broken);
  EXPECT_EQ(refusal(place() / "snapshots" / "aaaa"), broken);
  fs::remove(place() / "snapshots/aaaa/config.json");
  fs::remove(place() / "snapshots/aaaa/model.safetensors");
  EXPECT_EQ(refusal("example/tiny"), snapshot + ": there is no config.json" + end);
  folder_.write(std::string(kPlace) + "/refs/main", "cccc");
  EXPECT_EQ(refusal("example/tiny"), start + ": the snapshot that refs/main names is not there" + end);
  fs::remove_all(place() / "refs");
  fs::remove_all(place() / "snapshots");
  EXPECT_EQ(refusal("example/tiny"), start + ": there is no snapshot" + end);
}

TEST_F(HubCache, ALinkToNothingOutsideTheCacheIsNamedToo) {
  fs::create_directories(folder_ / "copy");
  fs::create_symlink("../../blobs/gone", folder_ / "copy/config.json");
  fs::create_symlink("gone", folder_ / "link");
  EXPECT_EQ(refusal(folder_ / "copy"),
            "[load_model] DIR/copy: config.json is a link to a file that is not there; the download is "
            "incomplete: copy the file itself, or download the model again");
  EXPECT_EQ(refusal(folder_ / "link"), "[load_model] DIR/link: is a link to a folder that is not there");
  EXPECT_EQ(refusal(folder_ / "none"),
            "[load_model] DIR/none: no such folder; give a model's folder, or the name of a downloaded one "
            "(ORG/NAME)");
}

TEST_F(HubCache, FilesThatNobodyReadsMayBeMissing) {
  fs::create_symlink("../../blobs/gone", place() / "snapshots/aaaa/pytorch_model.bin");
  EXPECT_EQ(find_model_folder("example/tiny"), place() / "snapshots" / "aaaa");
}

TEST_F(HubCache, NamesOfTheHub) {
  for (const char* name : {"Qwen/Qwen2.5-0.5B", "a/b", "01-ai/Yi_6B"}) EXPECT_TRUE(is_hub_name(name)) << name;
  for (const char* name : {"Qwen", "/a/b", "a/b/c", "./a", "../a", "a/", "a b/c", "a/..", "a--b/c", "", "/"})
    EXPECT_FALSE(is_hub_name(name)) << name;
  EXPECT_EQ(hub_name("/x/hub/models--Qwen--Qwen2.5-0.5B/snapshots/060db649/"), "Qwen/Qwen2.5-0.5B");
  EXPECT_EQ(hub_name("models--gpt2"), "gpt2");
  EXPECT_EQ(hub_name("/models/Qwen2.5"), "");
  fs::create_symlink(place() / "snapshots" / "aaaa", folder_ / "teacher");
  EXPECT_EQ(hub_name(folder_ / "teacher"), "example/tiny");
}

}  // namespace
}  // namespace radlads
