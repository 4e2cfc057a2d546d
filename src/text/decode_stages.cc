#include "text/decode_stages.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.h"
#include "text/byte_level.h"

namespace radlads::text {
namespace {

std::optional<int> hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return std::nullopt;
}

// The byte of a token "<0xE4>".
std::optional<char> byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || !token.ends_with('>')) return std::nullopt;
  const auto high = hex_digit(token[3]), low = hex_digit(token[4]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high << 4 | *low);
}

// Removes up to `count` occurrences of `content` from the front; returns how many.
int64_t strip_front(std::string_view& text, std::string_view content, int64_t count) {
  int64_t stripped = 0;
  for (; stripped < count && text.starts_with(content); ++stripped) text.remove_prefix(content.size());
  return stripped;
}

void strip_back(std::string_view& text, std::string_view content, int64_t count) {
  for (; count > 0 && text.ends_with(content); --count) text.remove_suffix(content.size());
}

}  // namespace

void SpacedStage::push(std::string_view token, bool is_added) {
  if (!std::exchange(is_first_, false)) next_.push(" ", false);
  next_.push(token, is_added);
}

void ByteLevelStage::push(std::string_view token, bool is_added) {
  const auto bytes = is_added ? std::nullopt : bytes_of_spelling(token);
  repairer_.push(bytes ? *bytes : token, text_);
  pass_on();
}

void ByteLevelStage::finish() {
  repairer_.finish(text_);
  pass_on();
  next_.finish();
}

void ByteLevelStage::pass_on() {
  if (!text_.empty()) next_.push(text_, false);
  text_.clear();
}

void ReplaceStage::push(std::string_view token, bool is_added) {
  // A few stages could make a token fill all memory.
  const size_t most_bytes = std::max(token.size(), size_t{64} << 10);
  const std::string text = pattern_.replace(token, content_, nullptr, most_bytes);
  if (text.size() > most_bytes)
    fail("[decode] the tokenizer's decoder makes more than {} bytes of a token: it cannot be used here",
         most_bytes);
  next_.push(text, is_added);
}

void ByteFallbackStage::push(std::string_view token, bool is_added) {
  if (const auto byte = byte_of_token(token)) {
    run_ += *byte;
    return;
  }
  end_run();
  next_.push(token, is_added);
}

void ByteFallbackStage::end_run() {
  if (run_.empty()) return;
  const std::string run = std::exchange(run_, {});
  if (is_utf8(run)) {
    next_.push(run, false);
  } else {
    for (size_t i = 0; i < run.size(); ++i) next_.push(kReplacementCharacter, false);
  }
}

void ByteFallbackStage::finish() {
  end_run();
  next_.finish();
}

void MetaspaceStage::push(std::string_view token, bool is_added) {
  const bool strips = std::exchange(strips_, false);
  next_.push(replacement_.replace(token, strips ? "" : " "), is_added);
}

void StripStage::push(std::string_view token, bool is_added) {
  strip_front(token, counts_.content, counts_.start);
  strip_back(token, counts_.content, counts_.stop);
  next_.push(token, is_added);
}

void StripTextStage::push(std::string_view token, bool is_added) {
  const int64_t stripped = strip_front(token, counts_.content, start_left_);
  start_left_ = token.empty() ? start_left_ - stripped : 0;
  std::string joined;
  if (!held_.empty()) {
    joined = std::exchange(held_, {}).append(token);
    token = joined;
  }
  std::string_view shown = token;
  strip_back(shown, counts_.content, counts_.stop);
  held_ = token.substr(shown.size());
  if (!shown.empty()) next_.push(shown, is_added);
}

}  // namespace radlads::text
