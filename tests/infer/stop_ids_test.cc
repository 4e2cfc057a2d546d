#include "infer/stop_ids.h"

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace radlads::infer {
namespace {

class StopIds : public testing::Test {
 protected:
  std::vector<int64_t> ids_of(std::string_view generation_config) {
    folder_.write("generation_config.json", generation_config);
    return stop_ids(folder_.path(), config_);
  }

  std::string refusal(std::string_view generation_config) {
    return user_error(folder_, [&] { ids_of(generation_config); });
  }

  const TempFolder folder_;
  const ModelConfig config_ = {.eos_token_ids = {2}};
};

TEST_F(StopIds, AreThoseOfGenerationConfigElseOfConfig) {
  EXPECT_EQ(stop_ids(folder_.path(), config_), (std::vector<int64_t>{2}));
  EXPECT_EQ(ids_of("{}"), (std::vector<int64_t>{2}));
  EXPECT_EQ(ids_of(R"({"eos_token_id": null, "temperature": Infinity})"), (std::vector<int64_t>{2}));
  EXPECT_EQ(ids_of(R"({"eos_token_id": 7})"), (std::vector<int64_t>{7}));
  EXPECT_EQ(ids_of(R"({"eos_token_id": [7, 9]})"), (std::vector<int64_t>{7, 9}));
}

TEST_F(StopIds, AreRefusedWhereTheyAreNone) {
  const std::string field = "[read_generation_config] eos_token_id",
                    in_file = " in DIR/generation_config.json";
  EXPECT_EQ(refusal(R"({"eos_token_id": "x"})"), field + ": must be a whole number, not \"x\"" + in_file);
  EXPECT_EQ(refusal(R"({"eos_token_id": [7, 1.5]})"),
            field + "[1]: must be a whole number, not 1.5" + in_file);
  EXPECT_EQ(refusal(R"({"eos_token_id": -1})"), field + ": -1 is not between 0 and 2147483647" + in_file);
  EXPECT_EQ(refusal("[]"),
            "[read_generation_config] the file must contain a JSON object, not an array," + in_file);
  EXPECT_EQ(
      refusal("{} 7"),
      "[read_generation_config] generation_config.json: invalid JSON: unexpected '7' at byte 4" + in_file);
}

}  // namespace
}  // namespace radlads::infer
