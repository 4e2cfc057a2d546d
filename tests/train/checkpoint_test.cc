#include "train/checkpoint.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "io/file.h"
#include "train/model_cases.h"

namespace radlads::train {
namespace {

namespace fs = std::filesystem;

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() : folders_({.name = "softmax"}), folder_(open_model(folders_.teacher())) {}

  std::unique_ptr<ResidentStore> store() const { return store_of(folder_, everything); }

  static void update(ResidentStore& store, double gradient) {
    for (auto& parameter : store.parameters()) parameter.gradient = at::full(parameter.spec.shape, gradient);
    store.step({0.01, 0.01, 0}, {});
  }

  static void expect_equal(ResidentStore& a, ResidentStore& b) {
    for (size_t i = 0; i < a.parameters().size(); ++i) {
      EXPECT_TRUE(at::equal(a.parameters()[i].value, b.parameters()[i].value));
      EXPECT_TRUE(at::equal(a.parameters()[i].exp_avg, b.parameters()[i].exp_avg));
      EXPECT_TRUE(at::equal(a.parameters()[i].exp_avg_sq, b.parameters()[i].exp_avg_sq));
      EXPECT_EQ(a.parameters()[i].updates, b.parameters()[i].updates);
    }
  }

  ModelFolders folders_;
  ModelFolder folder_;
  TempFolder checkpoints_;
};

TEST_F(CheckpointTest, WhatWasSavedComesBack) {
  const auto saved = store(), loaded = store();
  update(*saved, 0.5);
  update(*saved, -0.2);
  save_checkpoint(checkpoints_.path(), {StepKind::kAlign, 2, 123}, *saved);
  const auto position = find_checkpoint(checkpoints_.path());
  ASSERT_TRUE(position);
  EXPECT_EQ(position->step, StepKind::kAlign);
  EXPECT_EQ(position->updates, 2);
  EXPECT_EQ(position->log_bytes, 123);
  load_checkpoint(checkpoints_.path(), *position, *loaded);
  expect_equal(*saved, *loaded);
  update(*saved, 0.3);
  update(*loaded, 0.3);
  expect_equal(*saved, *loaded);
}

// As an expert that no token of a batch reached: its moments start later than the others'.
TEST_F(CheckpointTest, AParameterThatStartedLaterGoesOnWithItsOwnCount) {
  const auto saved = store(), loaded = store();
  update(*saved, 0.5);
  saved->parameters()[0].updates = 0;
  saved->parameters()[0].exp_avg = saved->parameters()[0].exp_avg_sq = Tensor();
  save_checkpoint(checkpoints_.path(), {StepKind::kAlign, 1, 0}, *saved);
  load_checkpoint(checkpoints_.path(), *find_checkpoint(checkpoints_.path()), *loaded);
  update(*saved, 0.3);
  update(*loaded, 0.3);
  EXPECT_EQ(loaded->parameters()[0].updates, 1);
  EXPECT_EQ(loaded->parameters()[1].updates, 2);
  expect_equal(*saved, *loaded);
}

TEST_F(CheckpointTest, TheNewestIsKept) {
  const auto saved = store();
  update(*saved, 1);
  save_checkpoint(checkpoints_.path(), {StepKind::kAlign, 9, 0}, *saved);
  save_checkpoint(checkpoints_.path(), {StepKind::kDistill, 2, 0}, *saved);
  EXPECT_EQ(find_checkpoint(checkpoints_.path())->step, StepKind::kDistill);
  save_checkpoint(checkpoints_.path(), {StepKind::kDistill, 10, 0}, *saved);
  EXPECT_EQ(find_checkpoint(checkpoints_.path())->updates, 10);
  EXPECT_EQ(checkpoints_.names().size(), 1u);
}

TEST_F(CheckpointTest, AHalfWrittenOneDoesNotCount) {
  const auto saved = store();
  update(*saved, 1);
  save_checkpoint(checkpoints_.path(), {StepKind::kAlign, 5, 0}, *saved);
  make_folder(checkpoints_.path() / "partial");
  write_text_file(checkpoints_.path() / "partial" / "state.json", "{");
  EXPECT_EQ(find_checkpoint(checkpoints_.path())->updates, 5);
  save_checkpoint(checkpoints_.path(), {StepKind::kAlign, 6, 0}, *saved);
  EXPECT_EQ(find_checkpoint(checkpoints_.path())->updates, 6);
}

TEST_F(CheckpointTest, NoneIsNone) {
  EXPECT_FALSE(find_checkpoint(checkpoints_.path()));
  EXPECT_FALSE(find_checkpoint(checkpoints_.path() / "nowhere"));
}

TEST_F(CheckpointTest, DamageIsNamed) {
  const auto saved = store();
  update(*saved, 1);
  save_checkpoint(checkpoints_.path(), {StepKind::kAlign, 5, 0}, *saved);
  const Position position = *find_checkpoint(checkpoints_.path());
  const fs::path folder = checkpoints_.path() / "align-00000005";
  fs::resize_file(folder / "tensors.safetensors", fs::file_size(folder / "tensors.safetensors") - 4);
  EXPECT_THROW(load_checkpoint(checkpoints_.path(), position, *saved), UserError);
  write_text_file(folder / "state.json", "{\"step\": 3}");
  EXPECT_THROW(find_checkpoint(checkpoints_.path()), UserError);
}

TEST_F(CheckpointTest, AnotherModelsCheckpointIsRefused) {
  const auto saved = store();
  update(*saved, 1);
  save_checkpoint(checkpoints_.path(), {StepKind::kAlign, 1, 0}, *saved);
  const ModelFolders others({.name = "qwen3", .teacher = "qwen3"});
  const ModelFolder other = open_model(others.teacher());
  const auto store = store_of(other, everything);
  EXPECT_THROW(load_checkpoint(checkpoints_.path(), *find_checkpoint(checkpoints_.path()), *store),
               UserError);
}

}  // namespace
}  // namespace radlads::train
