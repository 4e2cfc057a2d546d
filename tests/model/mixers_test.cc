#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "core/error.h"
#include "mixers/table.h"
#include "model/config.h"
#include "model/tensor_table.h"
#include "support/teacher.h"

namespace radlads {
namespace {

int64_t place_of(std::string_view key) {
  const auto all = all_mixer_options();
  return std::ranges::find(all, key, &MixerOption::key) - all.begin();
}

TEST(Mixers, AreFoundByTheirNames) {
  EXPECT_EQ(find_mixer("softmax"), &mixers::Softmax::spec);
  EXPECT_EQ(find_mixer("rwkv7"), &mixers::Rad7::spec);
  EXPECT_EQ(find_mixer("rwkv8"), nullptr);
  EXPECT_EQ(replacement_names(), (std::vector<std::string>{"rwkv6", "rwkv7"}));
}

TEST(Mixers, AllOptionsAreListedOnceInTheOrderOfEachMixer) {
  std::set<std::string_view> keys;
  for (const MixerOption* option : all_mixer_options()) EXPECT_TRUE(keys.insert(option->key).second);
  for (const MixerSpec* mixer : all_mixers()) {
    int64_t last = -1;
    for (const MixerOption& option : mixer->options) {
      EXPECT_GT(place_of(option.key), last) << mixer->name << " " << option.key;
      last = place_of(option.key);
      EXPECT_EQ(keys.count(option.key), 1u);
    }
  }
}

TEST(Mixers, StatesAndTensorsFollowFromTheConfig) {
  const ModelConfig teacher = parse_config(tiny_config(), "config.json");
  for (const std::string& name : replacement_names()) {
    const MixerSpec& mixer = *find_mixer(name);
    const ModelConfig student =
        student_config(teacher, mixer, fresh_options(mixer, teacher.C), {0}, false, DType::kF32);
    EXPECT_EQ(&student.mixer(), &mixer);
    EXPECT_TRUE(student.mixer_of(0).is_attention);
    EXPECT_TRUE(student.mixer_of(0).states(student).empty());
    EXPECT_EQ(student.mixer_of(1).states(student)[0].shape, (Shape{4, 8, 8}));
    EXPECT_GT(tensor_table(student).size(), tensor_table(teacher).size());
  }
}

TEST(Mixers, AnOptionThatTheModelLacksIsAnError) {
  const ModelConfig teacher = parse_config(tiny_config(), "config.json");
  EXPECT_THROW(teacher.options["balance_state"], InternalError);
}

}  // namespace
}  // namespace radlads
