// The page of a run: its title and its sections.
#include <fmt/format.h>

#include "report/facts.h"
#include "report/html_page.h"
#include "report/numbers.h"
#include "report/run_report.h"
#include "report/sections.h"

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

}  // namespace
}  // namespace report

std::string html_report(const RunReport& run) {
  using namespace report;
  std::string sections;
  for (const auto& part : {key_figures, memory_section, comparison_section, training_section, decode_section,
                           samples_section, model_section, recipe_section, command_section}) {
    sections += part(run);
  }
  return html_page(title_of(run), sections, is_conversion(run) ? kFooter : "");
}

}  // namespace radlads
