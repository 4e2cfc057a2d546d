// Small blocks of HTML. Names tell which is which: text is plain and comes from anywhere, html is already
// markup. Text becomes markup in escape() alone. html_page is the frame of a page: head, style and title
// line. Nothing is loaded, and no script is run.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radlads::report {

/// Text as HTML content, or as the value of a quoted attribute.
std::string escape(std::string_view text);

/// <tag>html</tag>; `tag` may carry attributes: element("p class=\"note\"", escape(text)).
std::string element(std::string_view tag, std::string_view html);

/// The same on lines of its own, for elements that hold others.
std::string block(std::string_view tag, std::string_view html);

/// One figure of a list; all text. Empty parts are left out.
struct Figure {
  std::string label, value, unit, note;
};

/// <dl> of figures.
std::string figure_list(std::string_view css_class, std::span<const Figure> figures);

/// All text. The first cell of a row is its header.
struct Table {
  std::vector<std::string> columns;  // empty: no header row
  std::vector<std::vector<std::string>> rows;
};

/// A <table> that scrolls by itself where the screen is too narrow for it.
std::string table(const Table& table);

/// <pre> of a recipe or a command, as it is.
std::string code_block(std::string_view text);

/// What the colors c0, c1, ... of a chart mean; nothing for a single name.
std::string legend(std::span<const std::string> names);

/// <section> with a heading of level 2.
std::string section(std::string_view title, std::string_view html);

/// What a page is called; all text.
struct PageTitle {
  std::string window;  // in the window's title
  std::string note;    // above the name: program and date
  std::string name;
  std::string lead;  // below the name
};

/// A whole page: the title, and `main_html` and `footer_html` (may be empty) below it.
std::string html_page(const PageTitle& title, std::string_view main_html, std::string_view footer_html = "");

}  // namespace radlads::report
