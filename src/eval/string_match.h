// The metric string_match of generated text: RULER's recall of what an answer must contain (arXiv
// 2404.06654).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace radlads::eval {

/// The fraction of the references (UTF-8, at least one) that the answer contains, ignoring case.
double string_match(std::string_view answer, std::span<const std::string> references);

}  // namespace radlads::eval
