#include "text/vocabulary.h"

#include "core/error.h"

namespace radlads::text {

void Vocabulary::reserve(size_t num_tokens) {
  ids_.reserve(num_tokens);
  spellings_.reserve(num_tokens);
}

bool Vocabulary::add(std::string_view spelling, TokenId id) {
  RADLADS_CHECK(id >= 0 && id < kMaxVocabulary, "id {}", id);
  if (has(id) || !ids_.insert(spelling, id)) return false;
  if (id >= size()) {
    spellings_.resize(id + 1);
    present_.resize(id + 1);
  }
  spellings_[id] = spelling;
  present_[id] = true;
  return true;
}

}  // namespace radlads::text
