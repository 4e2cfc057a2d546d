// What a terminal shows, as plain text: the summary at the end of a run, at most kWidth columns wide, and a
// comparison.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/facts.h"
#include "report/numbers.h"
#include "report/plain_text.h"
#include "report/run_report.h"

namespace radlads {
namespace report {
namespace {

constexpr int64_t kWidth = 100;
constexpr int64_t kNameWidth = 14;     // of a step and of its unit
constexpr int64_t kSampleIndent = 10;  // of a sample's text, after its author

/// `text` on one line, cut with an ellipsis if it is wider than `width`.
std::string cut(std::string_view text, int64_t width) {
  const std::string line = one_line(text);
  return columns(line) <= width ? line : std::string(fitting_prefix(line, width - 1)) + "…";
}

std::string title(const RunReport& run) {
  std::string text = fmt::format("{}: {}", run.student_name, origin(run));
  if (run.student_parameters > 0) text += fmt::format(", {} parameters", count(run.student_parameters));
  return cut(text, kWidth) + "\n\n";
}

std::string steps(const RunReport& run) {
  if (run.steps.empty()) return "";
  TextRows rows = {{"Step", "Tokens", "Updates", "Time", "Tokens/s", "First loss", "Last loss", "Unit"}};
  for (const StepReport& step : run.steps) {
    const auto rate = tokens_per_second(step);
    rows.push_back({cut(step.name, kNameWidth), count(tokens_of(step)),
                    grouped(static_cast<int64_t>(step.tokens.size())), rate ? duration(step.seconds) : "–",
                    rate ? number(*rate) : "–", number(step.first_loss), number(step.last_loss),
                    cut(step.unit, kNameWidth)});
  }
  return text_table(rows);
}

/// Rows of four cells: name, teacher, student, difference.
void add_comparison(const ComparisonReport& c, TextRows& rows) {
  const double difference = c.student_nats_per_token - c.teacher_nats_per_token;
  rows.push_back({"Nats per token", number(c.teacher_nats_per_token), number(c.student_nats_per_token),
                  signed_number(difference)});
  rows.push_back({"Perplexity", number(std::exp(c.teacher_nats_per_token)),
                  number(std::exp(c.student_nats_per_token)), number(perplexity_ratio(c)) + "×"});
}

std::string divergence_line(const ComparisonReport& c) {
  return fmt::format("KL(teacher ‖ student) {} nats/token, top-1 agreement {}, over {} tokens\n",
                     number(c.kl_per_token), percent(c.top1_agreement), count(c.tokens));
}

/// Teacher, student, and the difference: quality, then time and memory.
std::string comparison(const RunReport& run) {
  TextRows rows = {{"", "Teacher", "Student", ""}};
  if (run.comparison) add_comparison(*run.comparison, rows);
  for (const Compared& row : compared_decoding(run)) rows.push_back({row.name, row.teacher, row.student, ""});
  return rows.size() > 1 ? text_table(rows) : "";
}

std::string findings(const RunReport& run) {
  std::string text;
  if (run.comparison) text += divergence_line(*run.comparison);
  const auto memory = sequence_memory(run);
  if (const auto crossover = memory ? memory->crossover() : std::nullopt) {
    text += fmt::format("The teacher's cache is larger than the student's memory from {} tokens on\n",
                        grouped(*crossover));
  }
  return text.empty() ? "" : text + "\n";
}

/// The part of `text`, which is one line, that fits `width`: up to a space if it must be broken and there is
/// one.
std::string_view first_line(std::string_view text, int64_t width) {
  const std::string_view part = fitting_prefix(text, width);
  if (part.size() == text.size() || text[part.size()] == ' ') return part;
  const size_t space = part.rfind(' ');
  return space == std::string_view::npos ? part : part.substr(0, space);
}

/// One or two lines of `text`, next to its author.
std::string sample_text(const std::string& who, std::string_view text) {
  const int64_t width = kWidth - kSampleIndent;
  std::string line = one_line(text);
  if (line.empty()) line = "(ended at once)";
  const std::string first(first_line(line, width));
  const std::string second = cut(line.substr(first.size()), width);
  std::string lines = who + spaces(kSampleIndent - columns(who)) + first + "\n";
  if (!second.empty()) lines += spaces(kSampleIndent) + second + "\n";
  return lines;
}

std::string sample(const RunReport& run) {
  if (run.samples.empty()) return "";
  const SampleReport& first = run.samples.front();
  const bool has_teacher = !run.teacher_name.empty();
  std::string text = sample_text("Prompt", first.prompt);
  if (has_teacher) text += sample_text("Teacher", first.teacher);
  return text + sample_text(has_teacher ? "Student" : "Model", first.student);
}

std::string range(const PositionReport& p) {
  return p.from == p.to ? grouped(p.from) : fmt::format("{}-{}", grouped(p.from), grouped(p.to));
}

/// With as many decimals for 0.9996 as for 0.5.
std::string cosine(double value) {
  return std::isfinite(value) ? fmt::format("{:.4f}", value) : number(value);
}

std::string by_position(const ComparisonReport& c) {
  if (c.positions.empty()) return "";
  TextRows rows = {{"Position", "Tokens", "KL", "Nats, teacher", "student", "Top-1"}};
  for (const PositionReport& p : c.positions) {
    rows.push_back({range(p), grouped(p.tokens), number(p.kl), number(p.teacher_nats), number(p.student_nats),
                    percent(p.top1_agreement)});
  }
  return text_table(rows);
}

std::string by_layer(const ComparisonReport& c) {
  if (c.layers.empty()) return "";
  TextRows rows = {{"Layer", "Mixer", "Mixer: error", "cosine", "Hidden: error", "cosine"}};
  for (const LayerReport& l : c.layers) {
    rows.push_back({grouped(l.layer), one_line(l.mixer), number(l.relative_error), cosine(l.cosine),
                    number(l.hidden_relative_error), cosine(l.hidden_cosine)});
  }
  return text_table(rows) +
         "Mixer: each mixer alone, fed with the teacher's activations. Hidden: the residual stream after "
         "the\n"
         "layer, each model on its own. Error: ||student - teacher|| / ||teacher||.\n";
}

}  // namespace
}  // namespace report

std::string text_summary(const RunReport& run) {
  using namespace report;
  return title(run) + steps(run) + comparison(run) + findings(run) + sample(run);
}

std::string comparison_text(const ComparisonReport& c) {
  using namespace report;
  TextRows totals = {{"", "Teacher", "Student", ""}};
  add_comparison(c, totals);
  return text_table(totals) + divergence_line(c) + "\n" + by_position(c) + by_layer(c);
}

}  // namespace radlads
