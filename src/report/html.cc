#include "report/html.h"

#include <fmt/format.h>

#include "report/plain_text.h"

namespace radlads::report {

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

}  // namespace radlads::report
