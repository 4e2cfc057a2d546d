#include "io/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temp_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

TEST(FileWriter, AppearsWholeAtCommit) {
  const TempFolder folder;
  const fs::path path = folder.write("a.txt", "old");
  FileWriter writer(path);
  writer.write("new ");
  writer.write("contents");
  EXPECT_EQ(bytes_of(path), "old");
  writer.commit();
  EXPECT_EQ(bytes_of(path), "new contents");
  EXPECT_EQ(folder.names(), Names{"a.txt"});
}

TEST(FileWriter, LeavesNothingWithoutCommit) {
  const TempFolder folder;
  const fs::path path = folder.write("a.txt", "old");
  { FileWriter(path).write("half"); }
  EXPECT_EQ(bytes_of(path), "old");
  EXPECT_EQ(folder.names(), Names{"a.txt"});
}

TEST(FileWriter, OverwritesTheRestOfACrash) {
  const TempFolder folder;
  folder.write("a.txt.partial", "a much longer rest of an earlier run");
  write_text_file(folder / "a.txt", "new");
  EXPECT_EQ(bytes_of(folder / "a.txt"), "new");
  EXPECT_EQ(folder.names(), Names{"a.txt"});
}

TEST(FileWriter, ErrorsNameTheFileAndTheReason) {
  const TempFolder folder;
  EXPECT_EQ(user_error(folder, [&] { FileWriter(folder / "none/a.txt"); }),
            "[write_file] DIR/none/a.txt: No such file or directory");
  make_folder(folder / "taken");
  EXPECT_EQ(user_error(folder, [&] { write_text_file(folder / "taken", "x"); }),
            "[write_file] DIR/taken is a folder: give the name of a file");
  EXPECT_EQ(folder.names(), Names{"taken"});
}

TEST(FileWriter, ALinkIsFollowedAndADeviceStaysOne) {
  const TempFolder folder;
  folder.write("a.txt", "old");
  fs::create_symlink("a.txt", folder / "link");
  write_text_file(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(bytes_of(folder / "a.txt"), "new");
  write_text_file("/dev/null", "nothing");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(FileWriter, AFullDeviceIsAnErrorOfTheWrite) {
  const TempFolder folder;
  fs::create_symlink("/dev/full", folder / "a.txt.partial");
  EXPECT_EQ(user_error(folder, [&] { write_text_file(folder / "a.txt", "x"); }),
            "[write_file] DIR/a.txt: No space left on device; make room, then run it again");
  EXPECT_EQ(folder.names(), Names{});
}

TEST(FileWriter, MisuseIsABug) {
  const TempFolder folder;
  FileWriter writer(folder / "a.txt");
  writer.commit();
  EXPECT_THROW(writer.commit(), InternalError);
  EXPECT_THROW(writer.write("x"), InternalError);
}

TEST(ReadTextFile, GivesBackWhatWasWritten) {
  const TempFolder folder;
  for (const size_t size : {0, 1, 65535, 65536, 65537, 200000}) {
    std::string text(size, 'x');
    if (size > 2) text[size / 2] = '\0';
    write_text_file(folder / "a.txt", text);
    EXPECT_EQ(read_text_file(folder / "a.txt"), text);
  }
}

TEST(ReadTextFile, ErrorsNameTheFile) {
  const TempFolder folder;
  EXPECT_EQ(user_error(folder, [&] { read_text_file(folder / "none"); }),
            "[read_file] DIR/none: No such file or directory");
  EXPECT_EQ(user_error(folder, [&] { read_text_file(folder.path()); }), "[read_file] DIR: Is a directory");
}

TEST(Folders, AreMadeRenamedAndRemoved) {
  const TempFolder folder;
  make_folder(folder / "a/b/c");
  make_folder(folder / "a/b/c");
  folder.write("a/b/c/file", "x");
  rename_folder(folder / "a", folder / "z");
  EXPECT_EQ(bytes_of(folder / "z/b/c/file"), "x");
  EXPECT_EQ(folder.names(), Names{"z"});
  remove_folder(folder / "z");
  remove_folder(folder / "z");
  EXPECT_EQ(folder.names(), Names{});
}

TEST(Folders, RenameNeverReplaces) {
  const TempFolder folder;
  make_folder(folder / "a");
  make_folder(folder / "empty");
  fs::create_symlink("nowhere", folder / "link");
  EXPECT_EQ(user_error(folder, [&] { rename_folder(folder / "a", folder / "empty"); }),
            "[rename_folder] DIR/empty: already exists");
  EXPECT_EQ(user_error(folder, [&] { rename_folder(folder / "a", folder / "link"); }),
            "[rename_folder] DIR/link: already exists");
  EXPECT_EQ(user_error(folder, [&] { rename_folder(folder / "none", folder / "b"); }),
            "[rename_folder] DIR/none to DIR/b: No such file or directory");
}

TEST(Folders, MakeNamesWhatIsInTheWay) {
  const TempFolder folder;
  folder.write("file", "x");
  EXPECT_EQ(user_error(folder, [&] { make_folder(folder / "file/a"); }),
            "[make_folder] DIR/file/a: Not a directory");
}

TEST(Folders, HaveANameWithATrailingSlashToo) {
  EXPECT_EQ(folder_name("out/student"), "student");
  EXPECT_EQ(folder_name("out/student/"), "student");
  EXPECT_EQ(folder_name("out/student/."), "student");
}

TEST(CheckWritable, LeavesNoTrace) {
  const TempFolder folder;
  check_writable(folder.path());
  EXPECT_EQ(folder.names(), Names{});
}

TEST(CheckWritable, RefusesWhatCannotHoldFiles) {
  const TempFolder folder;
  folder.write("file", "x");
  EXPECT_EQ(user_error(folder, [&] { check_writable(folder / "none"); }),
            "[check_writable] DIR/none: No such file or directory");
  EXPECT_EQ(user_error(folder, [&] { check_writable(folder / "file"); }),
            "[check_writable] DIR/file: Not a directory");
}

TEST(CheckWritable, RefusesAReadOnlyFolder) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TempFolder folder;
  make_folder(folder / "locked");
  chmod((folder / "locked").c_str(), 0555);
  EXPECT_EQ(user_error(folder, [&] { check_writable(folder / "locked"); }),
            "[check_writable] DIR/locked: Permission denied");
}

}  // namespace
}  // namespace radlads
