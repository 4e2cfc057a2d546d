#include "report/facts.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/numbers.h"

namespace radlads::report {
namespace {

std::string ratio(double teacher, double student) {
  return teacher > 0 && student > 0 ? number(teacher / student) + "×" : "–";
}

}  // namespace

std::optional<int64_t> SequenceMemory::crossover() const {
  const double growth = cache_per_token - student_per_token;
  if (growth <= 0) return std::nullopt;
  const double tokens = std::floor(state / growth) + 1;
  return tokens < 1e15 ? std::optional(static_cast<int64_t>(tokens)) : std::nullopt;
}

const DecodeReport* latest_decode(const RunReport& report) {
  const auto latest = std::max_element(report.decode.begin(), report.decode.end(),
                                       [](const auto& a, const auto& b) { return a.position < b.position; });
  return latest == report.decode.end() ? nullptr : &*latest;
}

std::optional<SequenceMemory> sequence_memory(const RunReport& report) {
  const DecodeReport* latest = latest_decode(report);
  if (latest == nullptr || latest->position <= 0 || latest->teacher_cache_bytes <= 0 ||
      latest->student_state_bytes <= 0 || report.layers <= 0) {
    return std::nullopt;
  }
  SequenceMemory memory;
  const auto position = static_cast<double>(latest->position);
  memory.cache_per_token = static_cast<double>(latest->teacher_cache_bytes) / position;
  memory.student_per_token = memory.cache_per_token * static_cast<double>(report.softmax_layers.size()) /
                             static_cast<double>(report.layers);
  memory.state =
      std::max(0.0, static_cast<double>(latest->student_state_bytes) - memory.student_per_token * position);
  return memory;
}

std::string origin(const RunReport& report) {
  if (!report.is_conversion) return report.mixer + " language model";
  return report.teacher_name.empty() ? report.mixer : report.mixer + " from " + report.teacher_name;
}

double perplexity_ratio(const ComparisonReport& comparison) {
  return std::exp(comparison.student_nats_per_token - comparison.teacher_nats_per_token);
}

double tokens_of(const StepReport& step) { return step.tokens.empty() ? 0 : step.tokens.back(); }

std::optional<double> tokens_per_second(const StepReport& step) {
  if (!(step.seconds > 0) || !std::isfinite(step.seconds) || step.tokens.empty()) return std::nullopt;
  return tokens_of(step) / step.seconds;
}

std::string time_per_token(double ms) { return ms == 0 ? "not measured" : milliseconds(ms); }

std::vector<Compared> compared_decoding(const RunReport& report) {
  std::vector<Compared> rows;
  for (const DecodeReport& d : report.decode) {
    rows.push_back({fmt::format("Time per token at {} tokens", grouped(d.position)),
                    time_per_token(d.teacher_ms), time_per_token(d.student_ms),
                    ratio(d.teacher_ms, d.student_ms)});
  }
  for (const DecodeReport& d : report.decode) {
    const auto teacher = static_cast<double>(d.teacher_cache_bytes),
               student = static_cast<double>(d.student_state_bytes);
    rows.push_back({fmt::format("Memory at {} tokens", grouped(d.position)), bytes(teacher), bytes(student),
                    ratio(teacher, student)});
  }
  return rows;
}

std::string softmax_layers_text(const RunReport& report) {
  if (!report.is_conversion) return "all";
  if (report.softmax_layers.empty()) return "none";
  std::vector<int64_t> layers = report.softmax_layers;
  std::sort(layers.begin(), layers.end());
  std::string text;
  for (size_t first = 0, next; first < layers.size(); first = next) {
    for (next = first + 1; next < layers.size() && layers[next] == layers[next - 1] + 1;) ++next;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", layers[first]);
    if (next > first + 1) text += fmt::format("-{}", layers[next - 1]);
  }
  return fmt::format("{} ({} of {})", text, layers.size(), report.layers);
}

}  // namespace radlads::report
