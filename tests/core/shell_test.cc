#include "core/shell.h"

#include <array>
#include <cstdio>
#include <memory>

#include <gtest/gtest.h>

namespace radlads {
namespace {

/// What bash makes of the argument of a command.
std::string read_by_bash(const std::string& quoted) {
  // In a file of its own, so that no other shell reads the text first.
  const std::string script = testing::TempDir() + "/shell_test.sh";
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(script.c_str(), "w"), std::fclose);
  std::fputs(("printf %s " + quoted).c_str(), file.get());
  file.reset();
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(("bash " + script).c_str(), "r"), pclose);
  std::string text;
  for (int c = 0; (c = std::fgetc(pipe.get())) != EOF;) text += static_cast<char>(c);
  std::remove(script.c_str());
  return text;
}

TEST(ShellQuoted, IsReadBackByAShell) {
  const std::string all_controls = "\x01\x02\x07\x08\x0b\x1b[31m\x7f";
  for (const std::string& argument :
       {std::string("plain"), std::string(""), std::string("two words"), std::string("it's"),
        std::string("'"), std::string("\"$HOME\" `ls` \\ !! ~ * ? {a,b} #x &;|<>()"),
        std::string("a line\nand 'another'\\\t9"), std::string("a\n7"), std::string("größe  のみ"),
        std::string("=ls"), std::string("~root"), std::string("-x=1"), all_controls}) {
    const std::string quoted = shell_quoted(argument);
    EXPECT_EQ(read_by_bash(quoted), argument) << quoted;
    EXPECT_EQ(quoted.find_first_of("\n\t\x1b"), std::string::npos) << quoted;
  }
}

TEST(ShellQuoted, LeavesAloneWhatIsSafe) {
  for (const char* argument : {"--align.lr=1e-4", "work/a_b.c-d:e,f@g%h+i", "0.5"})
    EXPECT_EQ(shell_quoted(argument), argument);
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted("a\nb"), "$'a\\nb'");
}

}  // namespace
}  // namespace radlads
