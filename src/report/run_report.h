// The results of a finished run, as plain data, and what is made of them: a page, a model card, text for the
// terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace radlads {

/// One step of the protocol, as the log records it.
struct StepReport {
  std::string name;                      // align, distill, extend or pretrain
  std::string unit;                      // of the loss: "distance" or "nats/token"
  std::vector<double> tokens, loss;      // of every update: tokens read so far in the step, and its loss
  double first_loss = 0, last_loss = 0;  // of the first update; mean of the last updates
  double seconds = 0;
};

/// Means over what is predicted at the positions `from` to `to` (both included) of the documents.
struct PositionReport {
  int64_t from = 0, to = 0, tokens = 0;
  double kl = 0, teacher_nats = 0, student_nats = 0, top1_agreement = 0;
};

/// How far a layer of the student is from the teacher's: cosine, and ||student - teacher|| / ||teacher||.
struct LayerReport {
  int64_t layer = 0;
  std::string mixer;                      // "rwkv7", "softmax"
  double cosine = 0, relative_error = 0;  // of the mixer alone, fed with the teacher's activations
  double hidden_cosine = 0, hidden_relative_error = 0;  // of the activations after it, each model on its own
};

/// Teacher against student on texts that neither was trained on in this run.
struct ComparisonReport {
  std::string text;  // what was read: "held-out documents of the training data", a file's name
  int64_t documents = 0, tokens = 0;
  double teacher_nats_per_token = 0, student_nats_per_token = 0;
  double kl_per_token = 0, top1_agreement = 0;
  std::vector<PositionReport> positions;
  std::vector<LayerReport> layers;
};

/// Time and memory of decoding one token after `position` tokens.
struct DecodeReport {
  int64_t position = 0;
  double teacher_ms = 0, student_ms = 0;                     // medians; 0: not measured
  int64_t teacher_cache_bytes = 0, student_state_bytes = 0;  // of one sequence
};

/// A text continued greedily by both.
struct SampleReport {
  std::string prompt, teacher, student;
};

struct RunReport {
  std::string student_name;  // folder name
  std::string teacher_name;
  bool is_conversion = true;  // of a softmax model to an RNN, else trained from scratch
  std::string mixer;          // "RAD-RWKV7", or "softmax" after pre-training
  std::string model_type;     // "rwkv7qwen2"
  std::string dtype;          // of the exported weights
  std::string date;           // "2026-11-21"
  std::string program;        // "radlads 0.1"
  int64_t teacher_parameters = 0, student_parameters = 0;
  int64_t layers = 0, width = 0, heads = 0, kv_heads = 0, head_size = 0, vocabulary = 0;
  std::vector<int64_t> softmax_layers;
  std::string command;  // how the run was started
  std::string recipe;   // the effective recipe, YAML
  std::vector<StepReport> steps;
  std::optional<ComparisonReport> comparison;
  std::vector<DecodeReport> decode;
  std::vector<SampleReport> samples;
};

/// One HTML page without any outside resource: loss curves as inline SVG, tables, recipe, samples. Readable
/// on a phone and in print, in light and dark.
std::string html_report(const RunReport& report);

/// The model card (README.md) of the student's folder: what it is, its figures, how to use it, with the
/// metadata that the Hugging Face hub reads.
std::string model_card(const RunReport& report);

/// The same figures as a few lines for the terminal: loss before and after each step, the comparison, state
/// size against cache size, a text continued by both.
std::string text_summary(const RunReport& report);

/// A comparison for the terminal: the figures of the summary, then tables by position and by layer.
std::string comparison_text(const ComparisonReport& comparison);

}  // namespace radlads
