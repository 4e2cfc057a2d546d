#include "text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <stdexcept>

#include <pcre2.h>

#include "core/error.h"
#include "core/utf8.h"
#include "text/oniguruma.h"
#include "text/stand_ins.h"

namespace radlads::text {
namespace {

const std::string& supported(const std::string& pattern) {
  if (const auto construct = unsupported_construct(pattern)) {
    throw std::invalid_argument(fmt::format("the pattern uses {}, which is not supported", *construct));
  }
  return pattern;
}

}  // namespace

// In Ruby's syntax ^ and $ match at every line. Any limit would refuse long runs of white space, which take
// as many steps as they have bytes.
Regex::Regex(const std::string& pattern)
    : program_(supported(pattern), PCRE2_MULTILINE, Pcre2Program::kNoLimit) {}

RegexScan::RegexScan(const Regex& regex, std::string_view valid)
    : subject_(with_stand_ins(valid, storage_)), search_(regex.program_) {}

bool RegexScan::match_from(size_t start, Range& match) {
  try {
    if (!search_.find(subject_, start)) return false;
  } catch (const std::runtime_error& error) {
    fail("[encode] the tokenizer's split pattern: {} on this text", error.what());
  }
  match = *search_.group(0);
  return true;
}

bool RegexScan::next(Range& match) {
  while (start_ <= subject_.size() && match_from(start_, match)) {
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
