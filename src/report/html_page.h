// The frame of a page: head, style and title line. Nothing is loaded, and no script is run.
#pragma once

#include <string>
#include <string_view>

namespace radlads::report {

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
