#include "eval/string_match.h"

#include <algorithm>

#include "text/case_mapping.h"

namespace radlads::eval {

double string_match(std::string_view answer, std::span<const std::string> references) {
  const std::string text = text::to_lower(answer);
  const auto found = std::count_if(references.begin(), references.end(), [&](const std::string& reference) {
    return text.find(text::to_lower(reference)) != std::string::npos;
  });
  return static_cast<double>(found) / static_cast<double>(references.size());
}

}  // namespace radlads::eval
