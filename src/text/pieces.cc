#include "text/pieces.h"

namespace radlads::text {

void Cutter::add(Range range, bool is_delimiter) {
  if (behavior_ == DelimiterBehavior::kRemoved && is_delimiter) return;
  if (joins_pending(is_delimiter)) {
    pending_.end = range.end;
  } else {
    emit(pending_);
    pending_ = range;
  }
  pending_is_delimiter_ = is_delimiter;
}

bool Cutter::joins_pending(bool is_delimiter) const {
  if (pending_.begin == pending_.end) return false;
  switch (behavior_) {
    case DelimiterBehavior::kRemoved:
    case DelimiterBehavior::kIsolated:
      return false;
    case DelimiterBehavior::kMergedWithPrevious:
      return is_delimiter && !pending_is_delimiter_;
    case DelimiterBehavior::kMergedWithNext:
      return !is_delimiter && pending_is_delimiter_;
    case DelimiterBehavior::kContiguous:
      return is_delimiter == pending_is_delimiter_;
  }
  return false;
}

void Cutter::emit(Range range) {
  if (range.begin == range.end) return;
  sink_.take(
      {piece_.text.substr(range.begin, range.end - range.begin), piece_.starts_text && range.begin == 0});
}

}  // namespace radlads::text
