#include "text/pcre2_program.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <array>
#include <new>
#include <stdexcept>

#include <pcre2.h>

#include "core/error.h"

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

struct Pcre2Program::Compiled {
  std::unique_ptr<pcre2_code, FreeCode> code;
  std::unique_ptr<pcre2_match_context, FreeContext> context;
};

struct Pcre2Search::State {
  std::unique_ptr<pcre2_match_data, FreeMatch> match;
};

MalformedPattern::MalformedPattern(const std::string& reason, size_t position)
    : std::invalid_argument(fmt::format("malformed pattern: {} (at byte {})", reason, position)),
      reason_(reason) {}

Pcre2Program::Pcre2Program(const std::string& pattern, uint32_t options, uint32_t max_steps) {
  int error = 0;
  size_t offset = 0;
  constexpr uint32_t kOptions = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
  std::unique_ptr<pcre2_code, FreeCode> code(
      pcre2_compile(units(pattern), pattern.size(), kOptions | options, &error, &offset, nullptr));
  if (code == nullptr) throw MalformedPattern(message_of(error), offset);
  // If the system forbids code generation this fails, and PCRE2 interprets the pattern.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  std::unique_ptr<pcre2_match_context, FreeContext> context(checked(pcre2_match_context_create(nullptr)));
  pcre2_set_match_limit(context.get(), max_steps);
  compiled_ = std::make_shared<const Compiled>(Compiled{std::move(code), std::move(context)});
}

size_t Pcre2Program::num_groups() const {
  uint32_t count = 0;
  pcre2_pattern_info(compiled_->code.get(), PCRE2_INFO_CAPTURECOUNT, &count);
  return count;
}

std::optional<size_t> Pcre2Program::group_named(const std::string& name) const {
  const int number =
      pcre2_substring_number_from_name(compiled_->code.get(), reinterpret_cast<PCRE2_SPTR>(name.c_str()));
  return number < 0 ? std::nullopt : std::optional(static_cast<size_t>(number));
}

Pcre2Search::Pcre2Search(const Pcre2Program& program) : program_(program) {
  const pcre2_code* code = program.compiled_->code.get();
  state_ = std::make_unique<State>();
  state_->match.reset(checked(pcre2_match_data_create_from_pattern(code, nullptr)));
}

Pcre2Search::~Pcre2Search() = default;

bool Pcre2Search::find(std::string_view valid, size_t start, uint32_t options) {
  const Pcre2Program::Compiled& compiled = *program_.compiled_;
  const auto run = [&](uint32_t more) {
    return pcre2_match(compiled.code.get(), units(valid), valid.size(), start,
                       PCRE2_NO_UTF_CHECK | options | more, state_->match.get(), compiled.context.get());
  };
  int result = run(0);
  // The compiled code has a small stack of its own; the interpreter uses the heap.
  if (result == PCRE2_ERROR_JIT_STACKLIMIT) result = run(PCRE2_NO_JIT);
  if (result == PCRE2_ERROR_NOMATCH) return false;
  if (result < 0) throw TooManySteps(message_of(result));
  return true;
}

std::optional<Range> Pcre2Search::group(size_t index) const {
  const size_t* offsets = pcre2_get_ovector_pointer(state_->match.get());
  if (offsets[2 * index] == PCRE2_UNSET) return std::nullopt;
  return Range{offsets[2 * index], offsets[2 * index + 1]};
}

}  // namespace radlads::text
