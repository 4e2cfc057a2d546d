// Student against teacher: what the conversion cost in quality, in figures, by layer and by position, and
// what it gained in memory and time.
#include "report/sections.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/facts.h"
#include "report/html.h"
#include "report/numbers.h"
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

std::string layers_description(const std::vector<LayerReport>& layers) {
  const auto worst = std::max_element(layers.begin(), layers.end(), [](const auto& a, const auto& b) {
    return a.relative_error < b.relative_error;
  });
  return fmt::format(
      "Relative error of {} layers: of the mixers alone at most {}, in layer {}; of the residual stream {} "
      "after the last layer.",
      layers.size(), number(worst->relative_error), worst->layer,
      number(layers.back().hidden_relative_error));
}

std::string by_layer(const std::vector<LayerReport>& layers) {
  if (layers.empty()) return "";
  Chart chart = {.description = layers_description(layers),
                 .caption =
                     "Mixer: each mixer alone, fed with the teacher's activations. Residual stream: after "
                     "the layer, each model on its own.",
                 .x_label = "layer",
                 .y_label = "‖student − teacher‖ / ‖teacher‖",
                 .curves = {{"Mixer", {}, {}}, {"Residual stream", {}, {}}}};
  for (const LayerReport& l : layers) {
    for (Curve& curve : chart.curves) curve.x.push_back(static_cast<double>(l.layer));
    chart.curves[0].y.push_back(l.relative_error);
    chart.curves[1].y.push_back(l.hidden_relative_error);
  }
  return block("article", element("h3", "By layer") + chart_figure(chart));
}

std::string by_position(const std::vector<PositionReport>& positions) {
  if (positions.empty()) return "";
  Curve curve = {.name = "KL"};
  for (const PositionReport& p : positions) {
    curve.x.push_back(static_cast<double>(p.to + 1));
    curve.y.push_back(p.kl);
  }
  const Chart chart = {.description = fmt::format(
                           "KL divergence from {} nats per token at the first position to {} at {} to {}.",
                           number(positions.front().kl), number(positions.back().kl),
                           grouped(positions.back().from), grouped(positions.back().to)),
                       .caption = "Each point is the mean since the point before it.",
                       .x_label = "tokens read",
                       .y_label = "KL(teacher ‖ student), nats/token",
                       .x_scale = Scale::kLog,
                       .y_scale = fitting_scale(curve.y),
                       .curves = {curve}};
  return block("article", element("h3", "By position") + chart_figure(chart));
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

std::string comparison_section(const RunReport& report) {
  if (!report.comparison) return "";
  const std::string html = by_layer(report.comparison->layers) + by_position(report.comparison->positions);
  return html.empty() ? "" : section("Differences", html);
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
