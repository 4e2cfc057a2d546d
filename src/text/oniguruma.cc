#include "text/oniguruma.h"

#include <algorithm>
#include <array>
#include <new>

#include <fmt/format.h>
#include <oniguruma.h>

namespace radlads::text {
namespace {

// A search takes this many steps (backtracks) without counting, as the next one starts after it.
constexpr uint64_t kFreeSteps = 1000;

// What all searches in a text may take besides: as many as one search of the tokenizers library, and more for
// a long text.
constexpr uint64_t kSteps = 10'000'000, kStepsPerByte = 100;

// Entries of the stack of places to return to, of about 40 bytes.
constexpr size_t kStack = 1'000'000, kStackPerByte = 4, kMaxStack = 50'000'000;

const OnigUChar* units(std::string_view text) { return reinterpret_cast<const OnigUChar*>(text.data()); }

std::string message_of(int error, OnigErrorInfo* info) {
  std::array<OnigUChar, ONIG_MAX_ERROR_MESSAGE_LEN> buffer{};
  const int length = onig_error_code_to_str(buffer.data(), error, info);
  return {reinterpret_cast<const char*>(buffer.data()), static_cast<size_t>(std::max(length, 0))};
}

// To the Oniguruma of the tokenizers library (6.9.9 and later) a symbol is punctuation too in [[:punct:]].
std::string with_symbols_as_punctuation(std::string_view pattern) {
  std::string result;
  int depth = 0;  // of sets
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    constexpr std::string_view kPunctuation = "[:punct:]", kOthers = "[:^punct:]";
    if (rest[0] == '\\' && rest.size() > 1) {
      result += rest.substr(0, 2);
      ++i;
    } else if (depth > 0 && rest.starts_with(kPunctuation)) {
      result += "\\p{P}\\p{S}";
      i += kPunctuation.size() - 1;
    } else if (depth > 0 && rest.starts_with(kOthers)) {
      result += "[^\\p{P}\\p{S}]";
      i += kOthers.size() - 1;
    } else {
      if (rest[0] == '[') ++depth;
      if (rest[0] == ']' && depth > 0) --depth;
      result += rest[0];
    }
  }
  return result;
}

void initialize() {
  [[maybe_unused]] static const int once = [] {
    OnigEncoding encoding = ONIG_ENCODING_UTF8;
    return onig_initialize(&encoding, 1);
  }();
}

struct FreeRegex {
  void operator()(regex_t* regex) const { onig_free(regex); }
};
struct FreeRegion {
  void operator()(OnigRegion* region) const { onig_region_free(region, 1); }
};
struct FreeParameters {
  void operator()(OnigMatchParam* parameters) const { onig_free_match_param(parameters); }
};

}  // namespace

struct OnigProgram::Compiled {
  std::unique_ptr<regex_t, FreeRegex> regex;
};

struct OnigSearch::State {
  std::unique_ptr<OnigRegion, FreeRegion> region{onig_region_new()};
  std::unique_ptr<OnigMatchParam, FreeParameters> parameters{onig_new_match_param()};
};

OnigProgram::OnigProgram(const std::string& pattern) {
  initialize();
  regex_t* regex = nullptr;
  OnigErrorInfo info;
  const std::string meant = with_symbols_as_punctuation(pattern);
  const OnigUChar* begin = units(meant);
  const int error = onig_new(&regex, begin, begin + meant.size(), ONIG_OPTION_NONE, ONIG_ENCODING_UTF8,
                             ONIG_SYNTAX_DEFAULT, &info);
  if (error != ONIG_NORMAL) throw std::invalid_argument("malformed pattern: " + message_of(error, &info));
  compiled_ = std::make_shared<const Compiled>(Compiled{std::unique_ptr<regex_t, FreeRegex>(regex)});
}

OnigSearch::OnigSearch(const OnigProgram& program, std::string_view valid)
    : program_(program),
      text_(valid),
      steps_left_(kSteps + kStepsPerByte * valid.size()),
      state_(std::make_unique<State>()) {
  if (state_->region == nullptr || state_->parameters == nullptr) throw std::bad_alloc();
  OnigMatchParam* parameters = state_->parameters.get();
  const size_t stack = std::min(kMaxStack, kStack + kStackPerByte * valid.size());
  onig_set_match_stack_limit_size_of_match_param(parameters, static_cast<unsigned>(stack));
}

OnigSearch::~OnigSearch() = default;

// The number of steps of a search is not reported: it is tried with more and more, and those are counted.
bool OnigSearch::find(size_t start, Range& match) {
  const OnigUChar* begin = units(text_);
  const OnigUChar* end = begin + text_.size();
  OnigRegion* region = state_->region.get();
  OnigMatchParam* parameters = state_->parameters.get();
  for (uint64_t limit = kFreeSteps;; limit = std::min(10 * limit, steps_left_)) {
    onig_set_retry_limit_in_match_of_match_param(parameters, limit);
    onig_set_retry_limit_in_search_of_match_param(parameters, limit);
    const int result = onig_search_with_param(program_.compiled_->regex.get(), begin, end, begin + start, end,
                                              region, ONIG_OPTION_NONE, parameters);
    if (limit > kFreeSteps) steps_left_ -= limit;
    if (result >= 0) {
      match = {static_cast<size_t>(region->beg[0]), static_cast<size_t>(region->end[0])};
      return true;
    }
    if (result == ONIG_MISMATCH) return false;
    if (result == ONIGERR_MEMORY) throw std::bad_alloc();
    const bool needs_more =
        result == ONIGERR_RETRY_LIMIT_IN_SEARCH_OVER || result == ONIGERR_RETRY_LIMIT_IN_MATCH_OVER;
    if (!needs_more || steps_left_ <= kFreeSteps) throw TooManySteps(message_of(result, nullptr));
  }
}

}  // namespace radlads::text
