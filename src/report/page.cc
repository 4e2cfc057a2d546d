// The page of a run: head, title line, sections. Style is in page.css; nothing is loaded, and nothing is run.
#include <span>

#include <fmt/format.h>

#include "core/embedded_file.h"
#include "report/facts.h"
#include "report/html.h"
#include "report/numbers.h"
#include "report/run_report.h"
#include "report/sections.h"

namespace radlads {

std::span<const EmbeddedFile> report_style();  // generated from page.css

namespace report {
namespace {

std::string head(const RunReport& run) {
  // Whatever a prompt or a name may contain: no script runs, and nothing is fetched.
  constexpr const char* kPolicy = "default-src 'none'; style-src 'unsafe-inline'";
  return block("head",
               fmt::format("<meta charset=\"utf-8\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                           "<meta name=\"color-scheme\" content=\"light dark\">\n"
                           "<title>{}</title>\n{}",
                           kPolicy, escape(run.student_name + ": " + origin(run)),
                           block("style", report_style().front().text)));
}

std::string header(const RunReport& run) {
  std::string lead = origin(run);
  if (run.student_parameters > 0) {
    lead += fmt::format(", {} parameters", count(run.student_parameters));
  }
  return block("header", element("p class=\"note\"", escape(run.program + " · " + run.date)) +
                             element("h1", escape(run.student_name)) +
                             element("p class=\"lead\"", escape(lead)));
}

std::string footer(const RunReport& run) {
  if (!is_conversion(run)) return "";
  return element("footer",
                 "Converted by the RADLADS protocol, "
                 "<a href=\"https://arxiv.org/abs/2505.03005\">arXiv 2505.03005</a>.");
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
  const std::string body = header(run) + block("main", sections) + footer(run);
  return fmt::format("<!DOCTYPE html>\n{}", block("html lang=\"en\"", head(run) + block("body", body)));
}

}  // namespace radlads
