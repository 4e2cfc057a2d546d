// The component "model" of tokenizer.json: a vocabulary and the merges over it.
#pragma once

#include "text/bpe.h"
#include "text/tokenizer_file.h"
#include "text/vocabulary.h"

namespace radlads::text {

struct BpeModel {
  Vocabulary vocabulary;
  Bpe bpe;

  /// UserError, naming the field, if the model is not BPE, contradicts itself or has an unsupported option.
  static BpeModel parse(const TokenizerFile& file, UnitOptions::Kind units);
};

}  // namespace radlads::text
