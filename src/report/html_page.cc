#include "report/html_page.h"

#include <span>

#include <fmt/format.h>

#include "core/embedded_file.h"
#include "report/html.h"

namespace radlads {

std::span<const EmbeddedFile> report_style();  // generated from page.css

namespace report {
namespace {

std::string head(const std::string& title) {
  // Whatever a prompt or a name may contain: no script runs, and nothing is fetched.
  constexpr const char* kPolicy = "default-src 'none'; style-src 'unsafe-inline'";
  return block("head",
               fmt::format("<meta charset=\"utf-8\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                           "<meta name=\"color-scheme\" content=\"light dark\">\n"
                           "<title>{}</title>\n{}",
                           kPolicy, escape(title), block("style", report_style().front().text)));
}

std::string header(const PageTitle& title) {
  return block("header", element("p class=\"note\"", escape(title.note)) + element("h1", escape(title.name)) +
                             element("p class=\"lead\"", escape(title.lead)));
}

}  // namespace

std::string html_page(const PageTitle& title, std::string_view main_html, std::string_view footer_html) {
  std::string body = header(title) + block("main", main_html);
  if (!footer_html.empty()) body += element("footer", footer_html);
  return fmt::format("<!DOCTYPE html>\n{}",
                     block("html lang=\"en\"", head(title.window) + block("body", body)));
}

}  // namespace report
}  // namespace radlads
