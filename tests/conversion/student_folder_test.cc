#include "conversion/student_folder.h"

#include <gtest/gtest.h>

namespace radlads {
namespace {

TEST(PublicText, PathsLoseTheirFolders) {
  EXPECT_EQ(public_path("/home/alice/private/notes.txt"), "notes.txt");
  EXPECT_EQ(public_path("../out/student/"), "student");
  EXPECT_EQ(public_path("~/notes.txt"), "notes.txt");
  EXPECT_EQ(public_path("/x/models--Qwen--Qwen2.5-0.5B/snapshots/060d"), "Qwen/Qwen2.5-0.5B");
  for (const char* other : {"self", "notes.txt", "20k", "", "--overwrite"})
    EXPECT_EQ(public_path(other), other);
}

TEST(PublicText, CommandsKeepEverythingElse) {
  EXPECT_EQ(public_command("radlads convert Qwen/Qwen2.5-0.5B '/home/al ice/my out' --data=/a/b.txt --data "
                           "\"/c/d e.txt\" --align.tokens 20k --softmax_layers 1,4 '/it'\\''s/x'\\''y'",
                           "Qwen/Qwen2.5-0.5B"),
            "radlads convert Qwen/Qwen2.5-0.5B 'my out' --data=b.txt --data 'd e.txt' --align.tokens 20k "
            "--softmax_layers 1,4 'x'\\''y'");
  EXPECT_EQ(public_command("radlads transfer models/qwen '' --mixer rwkv7", "qwen"),
            "radlads transfer qwen '' --mixer rwkv7");
}

TEST(PublicText, RecipesToo) {
  Recipe recipe;
  recipe.data = {"/home/alice/a.txt", "b.txt"};
  recipe.eval_text = "/home/alice/held-out.txt";
  const Recipe result = public_recipe(recipe);
  EXPECT_EQ(result.data, (std::vector<std::string>{"a.txt", "b.txt"}));
  EXPECT_EQ(result.eval_text, "held-out.txt");
}

}  // namespace
}  // namespace radlads
