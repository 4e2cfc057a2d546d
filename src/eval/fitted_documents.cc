#include "eval/fitted_documents.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/sha256.h"

namespace radlads::eval {
namespace {

/// The document with the most filler that fits. The tokens grow almost evenly with the filler: the next
/// amount to try comes from the last one and the mean growth up to there.
Json fitted_document(const Task& task, uint64_t seed, int64_t index, const CountTokens& count_tokens) {
  const SyntheticSpec& spec = *task.synthetic;
  Json best = synthetic_document(spec, seed, index, 0);
  const int64_t least_tokens = count_tokens(index, best);
  if (least_tokens > spec.length) {
    fail(
        "[eval] {}: a length of {} tokens is too small for document {}, which takes {} without any filler: "
        "give a larger --length",
        task.name, spec.length, index, least_tokens);
  }
  int64_t fits = 0, fits_not = spec.length + 1;  // each piece of filler has a token or more
  int64_t filler = 0, tokens = least_tokens;
  double growth = 12;  // tokens of a piece, about
  while (fits_not - fits > 1) {
    filler += static_cast<int64_t>(std::floor(static_cast<double>(spec.length - tokens) / growth));
    filler = std::clamp(filler, fits + 1, fits_not - 1);
    Json document = synthetic_document(spec, seed, index, filler);
    tokens = count_tokens(index, document);
    growth = std::max(1.0, static_cast<double>(tokens - least_tokens) / static_cast<double>(filler));
    if (tokens <= spec.length) {
      fits = filler;
      best = std::move(document);
    } else {
      fits_not = filler;
    }
  }
  return best;
}

}  // namespace

std::string made_place(int64_t index) { return fmt::format("generated document {}", index); }

TaskData fitted_documents(const Task& task, uint64_t seed, int64_t count, const CountTokens& count_tokens) {
  TaskData data;
  Sha256 hash;
  for (int64_t index = 0; index < count; ++index) {
    data.questions.push_back(fitted_document(task, seed, index, count_tokens));
    data.places.push_back(made_place(index));
    hash.update(data.questions.back().dump());
  }
  data.sha256 = hash.hex();
  return data;
}

}  // namespace radlads::eval
