// What the conversion cost in quality, and what it gained in memory and time.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/facts.h"
#include "report/html.h"
#include "report/numbers.h"
#include "report/sections.h"
#include "report/svg_chart.h"

namespace radlads::report {
namespace {

constexpr int64_t kLengths[] = {1000, 32'000, 100'000};
constexpr int64_t kShortestDrawn = 100;
constexpr double kMiB = 1024.0 * 1024.0;

std::vector<Figure> comparison_figures(const ComparisonReport& c) {
  return {{"KL divergence", number(c.kl_per_token), "nats/token",
           "from teacher to student; 0 means no difference"},
          {"Top-1 agreement", percent(c.top1_agreement), "", "how often both rank the same token first"},
          {"Nats per token", number(c.student_nats_per_token), "",
           fmt::format("teacher {}, difference {}", number(c.teacher_nats_per_token),
                       signed_number(c.student_nats_per_token - c.teacher_nats_per_token))},
          {"Perplexity ratio", number(perplexity_ratio(c)), "",
           fmt::format("student {}, teacher {}", number(std::exp(c.student_nats_per_token)),
                       number(std::exp(c.teacher_nats_per_token)))}};
}

Figure memory_figure(const RunReport& report, const SequenceMemory& memory) {
  std::string note =
      report.softmax_layers.empty() ? "at any length" : "plus the cache of the softmax layers kept";
  if (const auto tokens = memory.crossover()) {
    note += fmt::format("; the teacher's cache is larger from {} tokens on", grouped(*tokens));
  }
  return {"State per sequence", bytes(memory.state), "", note};
}

Figure time_figure(const DecodeReport& d) {
  return {"Time per token", milliseconds(d.student_ms), "",
          fmt::format("at {} tokens; teacher {}", grouped(d.position), time_per_token(d.teacher_ms))};
}

std::string read_text_note(const ComparisonReport& c) {
  return element("p class=\"note\"",
                 escape(fmt::format("Teacher and student read: {} ({}, {} tokens).", c.text,
                                    grouped(c.documents, "document"), count(c.tokens))));
}

std::string memory_caption(const SequenceMemory& memory) {
  const std::string rest =
      memory.student_per_token == 0 ? "." : ", and keys and values in its softmax layers.";
  return "The teacher keeps keys and values of every token, the student a state" + rest;
}

Chart memory_chart(const SequenceMemory& memory) {
  const int64_t longest = kLengths[std::size(kLengths) - 1];
  Chart chart = {.caption = memory_caption(memory),
                 .x_label = "tokens in the sequence",
                 .y_label = "MiB",
                 .x_scale = Scale::kLog,
                 .y_scale = Scale::kLog,
                 .curves = {{"Student", {}, {}}, {"Teacher", {}, {}}}};
  chart.description =
      fmt::format("Memory per sequence from {} to {} tokens: teacher from {} to {}, student from {} to {}.",
                  grouped(kShortestDrawn), grouped(longest), bytes(memory.teacher_at(kShortestDrawn)),
                  bytes(memory.teacher_at(longest)), bytes(memory.student_at(kShortestDrawn)),
                  bytes(memory.student_at(longest)));
  // Steps of a tenth of a power of ten: with softmax layers kept, the student's line is bent.
  for (double exponent = std::log10(kShortestDrawn); exponent < std::log10(longest) + 0.05; exponent += 0.1) {
    const int64_t tokens = std::llround(std::pow(10, exponent));
    const auto x = static_cast<double>(tokens);
    chart.curves[0].x.push_back(x);
    chart.curves[0].y.push_back(memory.student_at(tokens) / kMiB);
    chart.curves[1].x.push_back(x);
    chart.curves[1].y.push_back(memory.teacher_at(tokens) / kMiB);
  }
  return chart;
}

}  // namespace

std::string key_figures(const RunReport& report) {
  std::vector<Figure> figures;
  if (report.comparison) figures = comparison_figures(*report.comparison);
  const auto memory = sequence_memory(report);
  if (memory) figures.push_back(memory_figure(report, *memory));
  const DecodeReport* late = latest_decode(report);
  if (late != nullptr && late->student_ms > 0) figures.push_back(time_figure(*late));
  if (figures.empty()) return "";
  std::string html = figure_list("key", figures);
  if (report.comparison) html += read_text_note(*report.comparison);
  return section("Key figures", html);
}

std::string memory_section(const RunReport& report) {
  const auto memory = sequence_memory(report);
  if (!memory) return "";
  Table lengths = {.columns = {"Tokens", "Teacher", "Student"}};
  for (const int64_t tokens : kLengths) {
    lengths.rows.push_back(
        {grouped(tokens), bytes(memory->teacher_at(tokens)), bytes(memory->student_at(tokens))});
  }
  return section("Memory per sequence", table(lengths) + chart_figure(memory_chart(*memory)));
}

std::string decode_section(const RunReport& report) {
  if (report.decode.empty()) return "";
  Table times = {.columns = {"", "Teacher", "Student", "Ratio"}};
  for (const Compared& row : compared_decoding(report)) {
    times.rows.push_back({row.name, row.teacher, row.student, row.ratio});
  }
  return section("Decoding", table(times) + element("p class=\"note\"", "Ratio: teacher over student."));
}

}  // namespace radlads::report
