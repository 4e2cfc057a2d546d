#include "eval/stopped_text.h"

#include <algorithm>
#include <utility>

namespace radlads::eval {

StoppedText::StoppedText(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase(stops_, "");
  for (const std::string& stop : stops_) longest_ = std::max(longest_, stop.size());
}

bool StoppedText::append(std::string_view piece) {
  // The text so far has no stop: one that ends in the piece begins at most longest_ - 1 bytes before it.
  const size_t before = std::min(text_.size(), longest_ == 0 ? 0 : longest_ - 1);
  const size_t from = text_.size() - before;
  text_ += piece;
  size_t end = std::string::npos;
  for (const std::string& stop : stops_) end = std::min(end, text_.find(stop, from));
  if (end == std::string::npos) return false;
  text_.resize(end);
  return true;
}

}  // namespace radlads::eval
