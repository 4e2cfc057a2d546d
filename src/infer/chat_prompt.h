// A question to a chat model, as its chat template writes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace radlads::infer {

struct ChatPrompt {
  std::vector<TokenId> ids;       // up to where the answer begins
  std::vector<int64_t> stop_ids;  // what the template writes after an answer, if that is a special token
};

/// `system` may be empty. UserError if the folder has no chat template, or its template refuses the turns.
ChatPrompt chat_prompt(const std::filesystem::path& folder, const Tokenizer& tokenizer,
                       const std::string& system, const std::string& user);

}  // namespace radlads::infer
