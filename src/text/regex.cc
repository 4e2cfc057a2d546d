#include "text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <array>
#include <limits>
#include <new>
#include <stdexcept>

#include <pcre2.h>

#include "core/error.h"
#include "core/utf8.h"
#include "text/oniguruma.h"
#include "text/stand_ins.h"

namespace radlads::text {
namespace {

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

std::string message_of(int error) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(error, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeContext {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};

template <class T>
T* checked(T* allocated) {
  if (allocated == nullptr) throw std::bad_alloc();
  return allocated;
}

}  // namespace

struct Regex::Compiled {
  std::unique_ptr<pcre2_code, FreeCode> code;
  std::unique_ptr<pcre2_match_context, FreeContext> context;
};

struct RegexScan::State {
  std::unique_ptr<pcre2_match_data, FreeMatch> match;
};

Regex::Regex(const std::string& pattern) {
  if (const auto construct = unsupported_construct(pattern)) {
    throw std::invalid_argument(fmt::format("the pattern uses {}, which is not supported", *construct));
  }
  int error = 0;
  size_t offset = 0;
  // In Ruby's syntax ^ and $ match at every line.
  constexpr uint32_t kOptions = PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
  std::unique_ptr<pcre2_code, FreeCode> code(
      pcre2_compile(units(pattern), pattern.size(), kOptions, &error, &offset, nullptr));
  if (code == nullptr) {
    throw std::invalid_argument(fmt::format("malformed pattern: {} (at byte {})", message_of(error), offset));
  }
  // Where the system forbids code generation this fails, and PCRE2 interprets the pattern.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  std::unique_ptr<pcre2_match_context, FreeContext> context(checked(pcre2_match_context_create(nullptr)));
  // The built-in limit would refuse long runs of white space, which take as many steps as they have bytes.
  pcre2_set_match_limit(context.get(), std::numeric_limits<uint32_t>::max());
  compiled_ = std::make_shared<const Compiled>(Compiled{std::move(code), std::move(context)});
}

RegexScan::RegexScan(const Regex& regex, std::string_view valid)
    : regex_(regex), subject_(with_stand_ins(valid, storage_)) {
  state_ = std::make_unique<State>();
  state_->match.reset(checked(pcre2_match_data_create_from_pattern(regex.compiled_->code.get(), nullptr)));
}

RegexScan::~RegexScan() = default;

bool RegexScan::match_from(size_t start, Range& match) {
  const Regex::Compiled& compiled = *regex_.compiled_;
  const auto run = [&](uint32_t options) {
    return pcre2_match(compiled.code.get(), units(subject_), subject_.size(), start,
                       PCRE2_NO_UTF_CHECK | options, state_->match.get(), compiled.context.get());
  };
  int result = run(0);
  // The compiled code has a small stack of its own; the interpreter uses the heap.
  if (result == PCRE2_ERROR_JIT_STACKLIMIT) result = run(PCRE2_NO_JIT);
  if (result == PCRE2_ERROR_NOMATCH) return false;
  if (result < 0) fail("[encode] the tokenizer's split pattern: {} on this text", message_of(result));
  const size_t* offsets = pcre2_get_ovector_pointer(state_->match.get());
  match = {offsets[0], offsets[1]};
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
