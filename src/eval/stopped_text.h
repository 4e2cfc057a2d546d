// A text that comes in pieces, up to a stop sequence.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace radlads::eval {

class StoppedText {
 public:
  /// Empty stops are ignored.
  explicit StoppedText(std::vector<std::string> stops);

  /// Appends a piece, and cuts the text off before the first stop sequence in it; returns whether there was
  /// one. It looks only at the piece and at where a stop might have begun before it. Do not call again after
  /// that.
  bool append(std::string_view piece);

  const std::string& text() const { return text_; }

 private:
  std::vector<std::string> stops_;
  size_t longest_ = 0;  // bytes of a stop
  std::string text_;
};

}  // namespace radlads::eval
