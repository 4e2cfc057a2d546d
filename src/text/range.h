// A span of a text, and how a search can fail to find one.
#pragma once

#include <cstddef>
#include <stdexcept>

namespace radlads::text {

/// Bytes [begin, end) of a text.
struct Range {
  size_t begin = 0, end = 0;
};

/// A pattern backtracks too often on a text, or too deep.
class TooManySteps : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace radlads::text
