// Normalization forms of Unicode (Standard Annex #15) as the tokenizers library computes them. Its tables are
// those of Unicode 9.0: a character that came later has no decomposition, has combining class 0 and is no
// mark.
#pragma once

#include <cstdint>
#include <string>

namespace radlads::text {

enum class UnicodeForm : uint8_t { kNfc, kNfd, kNfkc, kNfkd };

/// The form of valid UTF-8.
std::string to_form(std::string valid, UnicodeForm form);

/// General category M in Unicode 9.0.
bool is_mark(char32_t character);

}  // namespace radlads::text
