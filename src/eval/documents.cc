#include "eval/documents.h"

#include "core/error.h"

namespace radlads {

std::vector<std::vector<TokenId>> encode_documents(std::span<const std::filesystem::path> files,
                                                   const TextOptions& options, const Tokenizer& tokenizer,
                                                   int64_t count, int64_t context) {
  std::vector<std::vector<TokenId>> documents;
  const auto encode = [&](std::string_view text) {
    std::vector<TokenId> ids = tokenizer.encode(text, true);
    ids.resize(std::min(ids.size(), static_cast<size_t>(context)));
    if (count == 0) return false;
    if (count > 0) --count;
    if (ids.size() > 1) documents.push_back(std::move(ids));
    return count != 0;
  };
  for_each_document(files, encode, options);
  if (documents.empty()) {
    fail("[evaluate] there are no documents of two or more tokens in {}",
         files.empty() ? "the data" : files.front().string());
  }
  return documents;
}

}  // namespace radlads
