#include "text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/error.h"
#include "core/utf8.h"
#include "io/printable.h"
#include "text/pcre2_dialect.h"
#include "text/stand_ins.h"

namespace radlads::text {
namespace {

// Steps of PCRE2 at one place of the text. It does not sum them over places, so they must be few for the
// total to be linear in the text.
constexpr uint32_t kFastSteps = 1000;

// None if PCRE2 might read the pattern differently. In Oniguruma ^ and $ match at every line.
std::optional<Pcre2Program> fast_program(const std::string& pattern) {
  if (!pcre2_reads_as_oniguruma(pattern)) return std::nullopt;
  try {
    return Pcre2Program(pattern, PCRE2_MULTILINE, kFastSteps);
  } catch (const MalformedPattern&) {
    return std::nullopt;
  }
}

}  // namespace

Regex::Regex(const std::string& pattern)
    : pattern_(pattern), program_(pattern), fast_(fast_program(pattern)) {}

RegexScan::RegexScan(const Regex& regex, std::string_view valid)
    : regex_(regex), subject_(with_stand_ins(valid, storage_)) {
  if (regex.fast_) fast_.emplace(*regex.fast_);
}

bool RegexScan::find(size_t start, Range& match) {
  if (!fast_) return find_slowly(start, match);
  try {
    if (!fast_->find(subject_, start)) return false;
    match = *fast_->group(0);
    return true;
  } catch (const TooManySteps&) {
    return find_slowly(start, match);
  }
}

bool RegexScan::find_slowly(size_t start, Range& match) {
  if (!slow_) slow_.emplace(regex_.program_, subject_);
  try {
    return slow_->find(start, match);
  } catch (const TooManySteps&) {
    fail(
        "[encode] the tokenizer's pattern {} backtracks too often on a text of {} bytes: it cannot be used "
        "here",
        in_quotes(regex_.pattern_), subject_.size());
  }
}

bool RegexScan::next(Range& match) {
  while (start_ <= subject_.size() && find(start_, match)) {
    start_ = match.end;
    if (match.begin != match.end || match.end != last_end_) {
      last_end_ = match.end;
      return true;
    }
    start_ += start_ < subject_.size() ? utf8_length(subject_[start_]) : 1;
  }
  start_ = subject_.size() + 1;
  return false;
}

}  // namespace radlads::text
