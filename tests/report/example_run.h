// Runs to report on: a whole conversion with figures of the size that real ones have, and others made from
// it.
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include "core/random.h"
#include "report/run_report.h"

namespace radlads::report {

/// A step whose noisy loss falls from about `first` to about `last` in `updates` updates of
/// `tokens_per_update`.
inline StepReport example_step(std::string name, std::string unit, int64_t updates, double tokens_per_update,
                               double first, double last) {
  StepReport step = {
      .name = std::move(name), .unit = std::move(unit), .seconds = updates * tokens_per_update / 4630};
  Random random(1, Random::stream_of(step.name));
  for (int64_t i = 1; i <= updates; ++i) {
    const double progress = static_cast<double>(i) / static_cast<double>(updates);
    const double mean = last + (first - last) * std::exp(-8 * progress);
    step.tokens.push_back(static_cast<double>(i) * tokens_per_update);
    step.loss.push_back(mean * std::exp(0.08 * random.normal()));
  }
  step.first_loss = first;
  step.last_loss = last;
  return step;
}

/// A conversion of a model of 7 billion parameters by all three steps.
inline RunReport example_run() {
  RunReport run = {.student_name = "Qwen2.5-7B-RWKV7",
                   .teacher_name = "Qwen2.5-7B-Instruct",
                   .mixer = "RAD-RWKV7",
                   .model_type = "rwkv7qwen2",
                   .dtype = "bfloat16",
                   .date = "2026-11-21",
                   .program = "radlads 0.1",
                   .teacher_parameters = 7'615'616'512,
                   .student_parameters = 7'838'220'288,
                   .layers = 28,
                   .width = 3584,
                   .heads = 28,
                   .kv_heads = 4,
                   .head_size = 128,
                   .vocabulary = 152'064};
  run.command = "radlads convert Qwen2.5-7B-Instruct Qwen2.5-7B-RWKV7 --mixer rwkv7 --data dclm/*.jsonl.zst";
  run.recipe = "mixer: rwkv7\nseed: 1\nalign:\n  tokens: 100M\n  context: 512\n  batch: 32\n  lr: 0.001\n";
  run.steps = {example_step("align", "distance", 6104, 16384, 0.412, 0.0251),
               example_step("distill", "nats/token", 10173, 49152, 1.703, 0.0623),
               example_step("extend", "nats/token", 64, 1572864, 2.391, 2.317)};
  run.comparison = {.text = "documents of the training data, kept out of training",
                    .documents = 200,
                    .tokens = 98'304,
                    .teacher_nats_per_token = 2.3146,
                    .student_nats_per_token = 2.3808,
                    .kl_per_token = 0.06231,
                    .top1_agreement = 0.93124};
  run.comparison->positions = {{0, 0, 200, 0.0051, 7.91, 7.912, 0.99},
                               {1, 1, 200, 0.031, 4.12, 4.151, 0.945},
                               {2, 3, 400, 0.048, 3.4, 3.452, 0.9325},
                               {1024, 2047, 97'504, 0.0625, 2.29, 2.357, 0.93109}};
  for (int64_t l = 0; l < run.layers; ++l) {
    const double depth = static_cast<double>(l + 1) / static_cast<double>(run.layers);
    run.comparison->layers.push_back(
        {l, "rwkv7", 1 - 0.02 * depth, 0.2 * depth + (l == 13 ? 0.3 : 0), 1 - 0.01 * depth, 0.14 * depth});
  }
  // Per token 28 layers of 2 x 4 x 128 floats; the state has 28 layers of 28 heads of 128 x 128 floats.
  run.decode = {{1000, 61.4, 58.2, 114'688'000, 51'380'224},
                {100'000, 702.9, 58.3, 11'468'800'000, 51'380'224}};
  run.samples = {
      {"The lighthouse keeper had not spoken to anyone for three weeks when",
       " the boat came. He heard it before he saw it, a low knocking under the wind, and went down to the "
       "rocks "
       "with the lamp.\n\n\"You are late,\" he said.",
       " the boat came. He heard the engine first, somewhere behind the rain, and he stood in the doorway "
       "with "
       "the lamp in his hand.\n\n\"You are early,\" he said."},
      {"Linear attention differs from softmax attention in that",
       " it replaces the exponential kernel with a feature map, so that the sum over keys can be kept as a "
       "matrix of fixed size.",
       " it keeps a matrix of fixed size in place of the keys and values of all tokens that were read."}};
  return run;
}

/// A softmax model that was trained from scratch: there is no teacher to compare with.
inline RunReport pretrained_run() {
  RunReport run = example_run();
  run.student_name = "stories";
  run.is_conversion = false;
  run.mixer = "softmax";
  run.model_type = "llama";
  run.teacher_name.clear();
  run.teacher_parameters = 0;
  run.student_parameters = 3'212'544;
  run.comparison.reset();
  run.decode.clear();
  run.steps = {example_step("pretrain", "nats/token", 2000, 8192, 8.31, 1.62)};
  run.samples = {{"Once upon a time", "", " there was a little fox."}};
  return run;
}

}  // namespace radlads::report
