#include "report/markup.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace radlads::report {
namespace {

/// The name that `text` begins with, of a tag or an attribute.
std::string_view name_at(std::string_view text) {
  const auto in_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; };
  const auto end = std::find_if_not(text.begin(), text.end(), in_name);
  return text.substr(0, static_cast<size_t>(end - text.begin()));
}

class Checker {
 public:
  explicit Checker(std::string_view html) : rest_(html) {}

  std::string error() {
    take("<!DOCTYPE html>");
    while (!rest_.empty() && error_.empty()) {
      if (take("</")) {
        check_end();
      } else if (take("<")) {
        check_start();
      } else {
        check_text(rest_.substr(0, rest_.find('<')));
      }
    }
    if (error_.empty() && !open_.empty()) return fmt::format("<{}> is not closed", open_.back());
    return error_;
  }

 private:
  /// Keeps the first error, which the others may follow from.
  void fail(std::string error) {
    if (error_.empty()) error_ = std::move(error);
  }

  bool take(std::string_view part) {
    if (!rest_.starts_with(part)) return false;
    rest_.remove_prefix(part.size());
    return true;
  }

  std::string_view take_name() {
    const std::string_view name = name_at(rest_);
    rest_.remove_prefix(name.size());
    return name;
  }

  void check_end() {
    const std::string_view name = take_name();
    if (open_.empty() || open_.back() != name) {
      fail(fmt::format("</{}> within <{}>", name, open_.empty() ? "" : open_.back()));
    } else {
      open_.pop_back();
    }
    if (!take(">")) fail(fmt::format("</{} has no end", name));
  }

  void check_start() {
    const std::string name(take_name());
    if (name.empty()) fail("a bare <");
    check_attributes(name);
    const bool in_svg = std::find(open_.begin(), open_.end(), "svg") != open_.end();
    const bool self_closed = take("/");
    if (!take(">")) fail(fmt::format("<{} has no end", name));
    if (self_closed && !in_svg) fail(fmt::format("<{}/> outside of SVG", name));
    if (self_closed || name == "meta") return;
    open_.push_back(name);
    if (name == "style") rest_.remove_prefix(std::min(rest_.size(), rest_.find("</style>")));
  }

  void check_attributes(std::string_view element) {
    std::set<std::string_view> seen;
    while (take(" ")) {
      const std::string_view name = take_name();
      const size_t end = take("=\"") ? rest_.find('"') : std::string_view::npos;
      if (end == std::string_view::npos || !seen.insert(name).second) {
        fail(fmt::format("attribute {} of <{}>", name, element));
        return;
      }
      check_text(rest_.substr(0, end));
      take("\"");
    }
  }

  void check_text(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) fail("a control character");
      if (byte == '<') fail("a bare <");
      if (byte == '&' && !is_reference(text.substr(i))) fail("a bare &");
    }
    rest_.remove_prefix(text.size());
  }

  static bool is_reference(std::string_view text) {
    constexpr std::string_view kKnown[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    return std::any_of(std::begin(kKnown), std::end(kKnown),
                       [&](auto known) { return text.starts_with(known); });
  }

  std::string_view rest_;
  std::vector<std::string> open_;
  std::string error_;
};

std::string without_tags(std::string_view html) {
  std::string text;
  bool inside = false;
  for (const char c : html) {
    if (c == '<') inside = true;
    if (!inside) text += c;
    if (c == '>') inside = false;
  }
  return text;
}

}  // namespace

std::string markup_error(std::string_view html) { return Checker(html).error(); }

std::vector<std::string> texts_of(std::string_view html, std::initializer_list<std::string_view> tags) {
  std::vector<std::string> texts;
  for (size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const std::string_view rest = html.substr(at + 1), tag = name_at(rest);
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) continue;
    const size_t begin = rest.find('>') + 1;
    texts.push_back(without_tags(rest.substr(begin, rest.find(fmt::format("</{}>", tag)) - begin)));
  }
  return texts;
}

std::vector<std::string> elements_of(std::string_view html) {
  std::vector<std::string> names;
  for (size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const std::string_view name = name_at(html.substr(at + 1));
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

std::string between(std::string_view html, std::string_view begin, std::string_view end) {
  EXPECT_EQ(count_of(html, begin), 1u) << begin;
  const size_t at = html.find(begin);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = html.substr(at + begin.size());
  return std::string(rest.substr(0, rest.find(end)));
}

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

}  // namespace radlads::report
