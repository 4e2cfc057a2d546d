#include <fmt/format.h>

#include "report/facts.h"
#include "report/html.h"
#include "report/numbers.h"
#include "report/sections.h"

namespace radlads::report {

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

}  // namespace radlads::report
