#include "report/html.h"

#include <span>

#include <fmt/format.h>

#include "core/embedded_file.h"
#include "report/plain_text.h"

namespace radlads {

std::span<const EmbeddedFile> report_style();  // generated from page.css

namespace report {

std::string escape(std::string_view text) {
  std::string html;
  for (const char c : clean_text(text)) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string element(std::string_view tag, std::string_view html) {
  return fmt::format("<{}>{}</{}>", tag, html, tag.substr(0, tag.find(' ')));
}

std::string block(std::string_view tag, std::string_view html) {
  return fmt::format("<{}>\n{}\n</{}>\n", tag, html, tag.substr(0, tag.find(' ')));
}

std::string figure_list(std::string_view css_class, std::span<const Figure> figures) {
  std::string html;
  for (const Figure& figure : figures) {
    std::string value = escape(figure.value);
    if (!figure.unit.empty()) value += fmt::format(" <small>{}</small>", escape(figure.unit));
    html += "<div>" + element("dt", escape(figure.label)) + element("dd", value);
    if (!figure.note.empty()) html += element("dd class=\"note\"", escape(figure.note));
    html += "</div>\n";
  }
  return block(fmt::format("dl class=\"{}\"", css_class), html);
}

std::string table(const Table& table) {
  std::string html;
  if (!table.columns.empty()) {
    std::string cells;
    for (const std::string& column : table.columns) {
      // A corner cell above row headers is not a header.
      cells += column.empty() ? "<td></td>" : element("th scope=\"col\"", escape(column));
    }
    html += block("thead", element("tr", cells));
  }
  std::string rows;
  for (const std::vector<std::string>& row : table.rows) {
    std::string cells;
    for (const std::string& cell : row)
      cells += element(cells.empty() ? "th scope=\"row\"" : "td", escape(cell));
    rows += element("tr", cells) + "\n";
  }
  html += block("tbody", rows);
  return block("div class=\"scroll\"", block("table", html));
}

std::string code_block(std::string_view text) { return element("pre", element("code", escape(text))); }

std::string legend(std::span<const std::string> names) {
  if (names.size() < 2) return "";
  std::string html;
  for (size_t i = 0; i < names.size(); ++i)
    html += fmt::format("<li class=\"c{}\">{}</li>", i, escape(names[i]));
  return block("ul class=\"legend\"", html);
}

std::string section(std::string_view title, std::string_view html) {
  return block("section", element("h2", escape(title)) + block("div", html));
}

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
