// The page of a run: its title, and its sections on the training, the samples and the model; sections.cc has
// those that compare it with its teacher.
#include <fmt/format.h>

#include "report/facts.h"
#include "report/html.h"
#include "report/numbers.h"
#include "report/run_report.h"
#include "report/sections.h"
#include "report/svg_chart.h"

namespace radlads {
namespace report {
namespace {

constexpr const char* kFooter =
    "Converted by the RADLADS protocol, "
    "<a href=\"https://arxiv.org/abs/2505.03005\">arXiv 2505.03005</a>.";

PageTitle title_of(const RunReport& run) {
  PageTitle title = {.window = run.student_name + ": " + origin(run),
                     .note = run.program + " · " + run.date,
                     .name = run.student_name,
                     .lead = origin(run)};
  if (run.student_parameters > 0) title.lead += fmt::format(", {} parameters", count(run.student_parameters));
  return title;
}

/// What a step teaches; empty for one that is not in the protocol.
std::string purpose(const std::string& step) {
  if (step == "align")
    return "Every new mixer learns to reproduce the output of the teacher's attention; the loss is the "
           "distance between the two.";
  if (step == "distill")
    return "The whole student learns the teacher's next-token distribution; the loss is the KL "
           "divergence.";
  if (step == "extend")
    return "The student learns from long texts alone; the loss is the cross-entropy of the next token.";
  if (step == "pretrain")
    return "The model learns to predict text; the loss is the cross-entropy of the next token.";
  return "";
}

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::vector<Figure> step_figures(const StepReport& step) {
  std::vector<Figure> figures;
  if (!step.tokens.empty()) {
    figures.push_back({"Tokens", count(tokens_of(step)), "", ""});
    figures.push_back({"Updates", grouped(static_cast<int64_t>(step.tokens.size())), "", ""});
  }
  if (const auto rate = tokens_per_second(step)) {
    figures.push_back({"Time", duration(step.seconds), "", ""});
    figures.push_back({"Speed", number(*rate), "tokens/s", ""});
  }
  figures.push_back(
      {"Loss", fmt::format("{} → {}", number(step.first_loss), number(step.last_loss)), step.unit, ""});
  return figures;
}

std::string loss_figure(const StepReport& step) {
  const Chart chart = {
      .description =
          fmt::format("Loss of the step {} ({}) over {} tokens: begins at {}, ends at {}.", step.name,
                      step.unit, count(tokens_of(step)), number(step.first_loss), number(step.last_loss)),
      .x_label = "tokens",
      .y_label = "loss, " + step.unit,
      .y_scale = fitting_scale(step.loss),
      .curves = {{step.name, step.tokens, step.loss}}};
  return chart_figure(chart);
}

std::string step_html(const StepReport& step) {
  const std::string text = purpose(step.name);
  std::string html = element("h3", escape(capitalized(step.name)));
  if (!text.empty()) html += element("p class=\"note\"", escape(text));
  return block("article", html + figure_list("facts", step_figures(step)) + loss_figure(step));
}

/// Figures and loss curve of every step.
std::string training_section(const RunReport& report) {
  if (report.steps.empty()) return "";
  std::string html;
  for (const StepReport& step : report.steps) html += step_html(step);
  return section("Training", html);
}

/// Without white space at the ends: the continuation of a prompt often begins with a space.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// One text and who wrote it. Its language is not known, and may be written from right to left.
std::string entry(std::string_view css_class, std::string_view who, std::string_view text) {
  const std::string html = trimmed(text).empty() ? "<em>ended at once</em>" : escape(trimmed(text));
  return fmt::format("<div class=\"{}\"><dt>{}</dt><dd lang=\"\" dir=\"auto\">{}</dd></div>\n", css_class,
                     who, html);
}

std::string sample_html(const SampleReport& sample, bool has_teacher) {
  std::string html = entry("prompt", "Prompt", sample.prompt);
  if (has_teacher) html += entry("teacher", "Teacher", sample.teacher);
  html += entry("student", has_teacher ? "Student" : "Model", sample.student);
  return block("dl class=\"sample\"", html);
}

std::string samples_section(const RunReport& report) {
  if (report.samples.empty()) return "";
  const bool has_teacher = !report.teacher_name.empty();
  std::string html = element("p class=\"note\"", "Greedy continuations: the most likely token each time.");
  for (const SampleReport& sample : report.samples) html += sample_html(sample, has_teacher);
  return section("Samples", html);
}

std::string model_section(const RunReport& report) {
  Table model = {.rows = {{"Mixer", report.mixer}, {"Model type", report.model_type}}};
  const auto add = [&](const char* name, int64_t value, const std::string& shown) {
    if (value > 0) model.rows.push_back({name, shown});
  };
  add("Layers", report.layers, grouped(report.layers));
  add("Width", report.width, grouped(report.width));
  add("Heads", report.heads,
      report.kv_heads == report.heads
          ? grouped(report.heads)
          : fmt::format("{} of queries, {} of keys and values", report.heads, report.kv_heads));
  add("Head size", report.head_size, grouped(report.head_size));
  add("Vocabulary", report.vocabulary, grouped(report.vocabulary));
  add("Parameters", report.student_parameters, count(report.student_parameters));
  add("Parameters of the teacher", report.teacher_parameters, count(report.teacher_parameters));
  add("Softmax layers", report.layers, softmax_layers_text(report));
  if (!report.dtype.empty()) model.rows.push_back({"Weights", report.dtype});
  return section("Model", table(model));
}

std::string recipe_section(const RunReport& report) {
  if (report.recipe.empty()) return "";
  return section(
      "Recipe", element("details", "<summary>Every option of the run</summary>" + code_block(report.recipe)));
}

std::string command_section(const RunReport& report) {
  if (report.command.empty()) return "";
  return section("Command", code_block(report.command));
}

}  // namespace
}  // namespace report

std::string html_report(const RunReport& run) {
  using namespace report;
  std::string sections;
  for (const auto& part : {key_figures, memory_section, comparison_section, training_section, decode_section,
                           samples_section, model_section, recipe_section, command_section}) {
    sections += part(run);
  }
  return html_page(title_of(run), sections, run.is_conversion ? kFooter : "");
}

}  // namespace radlads
