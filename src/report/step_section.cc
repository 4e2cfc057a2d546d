#include <fmt/format.h>

#include "report/facts.h"
#include "report/html.h"
#include "report/numbers.h"
#include "report/sections.h"
#include "report/svg_chart.h"

namespace radlads::report {
namespace {

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

}  // namespace

std::string training_section(const RunReport& report) {
  if (report.steps.empty()) return "";
  std::string html;
  for (const StepReport& step : report.steps) html += step_html(step);
  return section("Training", html);
}

}  // namespace radlads::report
