#include "model/identity.h"

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace radlads {
namespace {

TEST(ModelName, IsTheHubsNameOrTheFolders) {
  const TempFolder folder;
  for (const char* place : {"plain", "models--Qwen--Qwen2.5-0.5B/snapshots/060db649"})
    std::filesystem::create_directories(folder / place);
  const auto plain = folder / "plain", snapshot = folder / "models--Qwen--Qwen2.5-0.5B/snapshots/060db649/";
  const auto named = [&](const std::string& config) {
    folder.write("plain/config.json", config);
    return teacher_name(plain);
  };
  EXPECT_EQ(teacher_name(snapshot), "Qwen/Qwen2.5-0.5B");
  EXPECT_EQ(model_name(snapshot), "Qwen/Qwen2.5-0.5B");
  EXPECT_EQ(named(R"({"_name_or_path": "meta-llama/Llama-3.2-1B"})"), "meta-llama/Llama-3.2-1B");
  EXPECT_EQ(model_name(plain), "plain");
  for (const char* config : {R"({"_name_or_path": "/home/alice/llama"})", R"({"_name_or_path": ""})",
                             R"({"_name_or_path": 3})", "{}"})
    EXPECT_EQ(named(config), "plain") << config;
}

}  // namespace
}  // namespace radlads
