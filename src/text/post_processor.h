// The component "post_processor" of tokenizer.json: what it can put around the ids of a text, for example a
// BOS.
#pragma once

#include <vector>

#include "io/json_field.h"
#include "text/tokenizer.h"

namespace radlads::text {

struct PostProcessor {
  std::vector<TokenId> before, after;

  /// Types: ByteLevel (adds nothing), TemplateProcessing (of single texts), BertProcessing,
  /// RobertaProcessing, Sequence. `field` may be null.
  static PostProcessor parse(const JsonField& field);
};

}  // namespace radlads::text
