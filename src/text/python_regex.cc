#include "text/python_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <stdexcept>

#include <pcre2.h>

#include "core/error.h"
#include "text/python_pattern.h"
#include "text/python_replacement.h"

namespace radlads::text {
namespace {

/// Enough for a text of megabytes; a pattern that backtracks endlessly stops within a second.
constexpr uint32_t kMaxSteps = 10'000'000;

Pcre2Program compiled(std::string_view pattern) {
  try {
    return {pcre2_of_python(pattern), PCRE2_ALT_CIRCUMFLEX, kMaxSteps};
  } catch (const MalformedPattern& error) {
    // The position is one in the translation.
    throw std::invalid_argument("malformed pattern: " + error.reason());
  }
}

}  // namespace

PythonRegex::PythonRegex(const std::string& pattern) : pattern_(pattern), program_(compiled(pattern)) {}

std::vector<PythonRegex::Match> PythonRegex::matches(std::string_view valid) const {
  std::vector<Match> found;
  Pcre2Search search(program_);
  size_t start = 0;
  uint32_t options = 0;
  try {
    while (search.find(valid, start, options)) {
      Match match;
      for (size_t group = 0; group <= num_groups(); ++group) match.push_back(search.group(group));
      start = match[0]->end;
      // After an empty match the next may begin at the same place, but not be empty there.
      options = match[0]->begin == match[0]->end ? PCRE2_NOTEMPTY_ATSTART : 0;
      found.push_back(std::move(match));
    }
  } catch (const std::runtime_error& error) {
    fail("[match] the pattern {}: {} on this text", pattern_, error.what());
  }
  return found;
}

std::string PythonRegex::remove_from(std::string_view valid) const {
  std::string kept;
  size_t done = 0;
  for (const Match& match : matches(valid)) {
    kept += valid.substr(done, match[0]->begin - done);
    done = match[0]->end;
  }
  kept += valid.substr(done);
  return kept;
}

void PythonRegex::substitute(std::string_view valid, std::string_view replacement, int64_t count,
                             const Append& append) const {
  const std::vector<ReplacementPart> parts = parse_python_replacement(replacement, *this);
  size_t done = 0;
  int64_t replaced = 0;
  for (const Match& match : matches(valid)) {
    if (count > 0 && replaced++ == count) break;
    append(valid.substr(done, match[0]->begin - done));
    for (const ReplacementPart& part : parts) {
      if (const auto* text = std::get_if<std::string>(&part)) {
        append(*text);
      } else if (const auto& group = match[std::get<size_t>(part)]) {
        append(valid.substr(group->begin, group->end - group->begin));
      }
    }
    done = match[0]->end;
  }
  append(valid.substr(done));
}

}  // namespace radlads::text
