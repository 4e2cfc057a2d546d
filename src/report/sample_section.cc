#include <fmt/format.h>

#include "report/html.h"
#include "report/sections.h"

namespace radlads::report {
namespace {

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

}  // namespace

std::string samples_section(const RunReport& report) {
  if (report.samples.empty()) return "";
  const bool has_teacher = !report.teacher_name.empty();
  std::string html = element("p class=\"note\"", "Greedy continuations: the most likely token each time.");
  for (const SampleReport& sample : report.samples) html += sample_html(sample, has_teacher);
  return section("Samples", html);
}

}  // namespace radlads::report
