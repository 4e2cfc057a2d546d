// A small reader of the HTML that reports are made of: enough to tell whether it is well-formed.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace radlads::report {

/// What is wrong with `html`, empty if nothing: elements that are not closed in order, attributes without
/// quotes or given twice, a bare "<" or "&", control characters.
std::string markup_error(std::string_view html);

/// The text of every element that is one of `tags`, in order, with its inner tags removed.
std::vector<std::string> texts_of(std::string_view html, std::initializer_list<std::string_view> tags);

inline std::vector<std::string> texts_of(std::string_view html, std::string_view tag) {
  return texts_of(html, {tag});
}

/// Names of all elements in the order in which they begin.
std::vector<std::string> elements_of(std::string_view html);

/// The text between `begin` and the next `end`; fails the test if `begin` is not there exactly once.
std::string between(std::string_view html, std::string_view begin, std::string_view end);

size_t count_of(std::string_view text, std::string_view part);

}  // namespace radlads::report
