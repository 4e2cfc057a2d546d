#include "io/mapped_file.h"

#include <cstring>
#include <utility>

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace radlads {
namespace {

std::string text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

TEST(MappedFile, HoldsTheFile) {
  const TempFolder folder;
  const MappedFile file(folder.write("a", "some bytes"));
  EXPECT_EQ(text_of(file), "some bytes");
  EXPECT_EQ(file.path(), folder / "a");
}

TEST(MappedFile, AnEmptyFileIsNoError) {
  const TempFolder folder;
  EXPECT_TRUE(MappedFile(folder.write("a", "")).bytes().empty());
}

TEST(MappedFile, MovesKeepTheMap) {
  const TempFolder folder;
  MappedFile a(folder.write("a", "first")), b(folder.write("b", "second"));
  const std::byte* const data = a.bytes().data();
  MappedFile moved = std::move(a);
  EXPECT_EQ(moved.bytes().data(), data);
  b = std::move(moved);
  EXPECT_EQ(text_of(b), "first");
  EXPECT_EQ(b.path(), folder / "a");
}

TEST(MappedFile, ErrorsNameTheFile) {
  const TempFolder folder;
  EXPECT_EQ(user_error(folder, [&] { MappedFile(folder / "none"); }),
            "[open_file] DIR/none: No such file or directory");
  EXPECT_EQ(user_error(folder, [&] { MappedFile(folder.path()); }), "[open_file] DIR: not a regular file");
}

}  // namespace
}  // namespace radlads
