// Writers on a disk that runs full: an error that says so, and nothing left behind.

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "io/binidx.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

/// A file system of 64 KiB in a folder of its own, seen by this process alone. Needs root.
class DiskFullTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root may mount";
    const bool is_private =
        unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    mounted_ = is_private && mount("none", folder_.path().c_str(), "tmpfs", 0, "size=64k") == 0;
    if (!mounted_) GTEST_SKIP() << "cannot mount here";
  }
  void TearDown() override {
    if (mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }

  void expect_full(const std::string& message, const std::string& name) {
    EXPECT_EQ(message,
              "[write_file] DIR/" + name + ": No space left on device; make room, then run it again");
    EXPECT_TRUE(folder_.names().empty());
  }

  TempFolder folder_;
  bool mounted_ = false;
};

TEST_F(DiskFullTest, FileWriter) {
  const std::string message = user_error(folder_, [&] {
    FileWriter writer(folder_ / "a");
    for (int i = 0; i < 100; ++i) writer.write(std::string(1000, 'x'));
  });
  expect_full(message, "a");
}

TEST_F(DiskFullTest, SafetensorsWriter) {
  const std::vector<std::byte> bytes(100'000);
  const std::string message = user_error(folder_, [&] {
    SafetensorsWriter writer(folder_ / "a", {{"a", DType::kU8, {100'000}}}, {});
    writer.append(bytes);
    writer.commit();
  });
  expect_full(message, "a");
}

TEST_F(DiskFullTest, BinidxTokens) {
  const std::string message = user_error(folder_, [&] {
    BinidxWriter writer(folder_ / "a", 1000);
    writer.append(std::vector<int32_t>(100'000, 7));
    writer.commit();
  });
  expect_full(message, "a.bin");
}

// The index does not fit: then the tokens must not appear under their name either.
TEST_F(DiskFullTest, BinidxIndex) {
  const std::string message = user_error(folder_, [&] {
    BinidxWriter writer(folder_ / "a", 1000);
    for (int i = 0; i < 3000; ++i) writer.append(std::vector<int32_t>(1, 7));
    writer.commit();
  });
  expect_full(message, "a.idx");
}

}  // namespace
}  // namespace radlads
