// Where student and teacher differ: by layer and by position.
#include <algorithm>

#include <fmt/format.h>

#include "report/html.h"
#include "report/numbers.h"
#include "report/sections.h"
#include "report/svg_chart.h"

namespace radlads::report {
namespace {

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

std::string comparison_section(const RunReport& report) {
  if (!report.comparison) return "";
  const std::string html = by_layer(report.comparison->layers) + by_position(report.comparison->positions);
  return html.empty() ? "" : section("Differences", html);
}

}  // namespace radlads::report
