// What follows from a run's figures: the same facts for the page, the card and the summary.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/run_report.h"

namespace radlads::report {

/// Memory of one sequence as a function of its length.
struct SequenceMemory {
  double cache_per_token = 0;    // bytes, of the teacher
  double student_per_token = 0;  // bytes, of the softmax layers that the student keeps
  double state = 0;              // bytes, of the student at any length

  double teacher_at(int64_t tokens) const { return cache_per_token * static_cast<double>(tokens); }
  double student_at(int64_t tokens) const { return state + student_per_token * static_cast<double>(tokens); }

  /// The first length at which the teacher takes more; nullopt if it never does.
  std::optional<int64_t> crossover() const;
};

/// The decode figures of the longest sequence; null without any.
const DecodeReport* latest_decode(const RunReport& report);

/// From the decode figures; nullopt if they do not tell.
std::optional<SequenceMemory> sequence_memory(const RunReport& report);

/// "RAD-RWKV7 from Qwen2.5-7B", "softmax language model"
std::string origin(const RunReport& report);

double perplexity_ratio(const ComparisonReport& comparison);

/// Tokens that a step has read; 0 without a log.
double tokens_of(const StepReport& step);

/// nullopt if the time is not known.
std::optional<double> tokens_per_second(const StepReport& step);

/// "10.14 ms"; "not measured"
std::string time_per_token(double ms);

/// A figure of both models as texts, and the ratio of the teacher's to the student's, "–" where one is
/// missing.
struct Compared {
  std::string name, teacher, student, ratio;
};

/// Time per token, then memory, at every position that was measured.
std::vector<Compared> compared_decoding(const RunReport& report);

/// The layers that kept softmax attention: "0, 4-6 (4 of 28)", "none", "all".
std::string softmax_layers_text(const RunReport& report);

}  // namespace radlads::report
