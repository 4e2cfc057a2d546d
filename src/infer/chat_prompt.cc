#include "infer/chat_prompt.h"

#include "core/error.h"
#include "text/chat_template.h"

namespace radlads::infer {
namespace {

/// The special token that the template writes after an assistant's turn.
std::vector<int64_t> end_of_turn(const ChatTemplate& chat, const Tokenizer& tokenizer, Json turns) {
  constexpr std::string_view kAnswer = "a radlads answer";
  turns.push_back({{"role", "assistant"}, {"content", kAnswer}});
  std::string text;
  try {
    text = chat.render(turns, /*add_generation_prompt=*/false);
  } catch (const UserError&) {
    return {};  // a template may take questions alone
  }
  const size_t at = text.rfind(kAnswer);
  if (at == std::string::npos) return {};
  const size_t end = text.find_first_not_of(" \n", at + kAnswer.size());
  if (end == std::string::npos) return {};
  const std::vector<TokenId> ids = tokenizer.encode(text.substr(end), /*add_special_tokens=*/false);
  if (ids.empty() || !tokenizer.is_special(ids.front())) return {};
  return {ids.front()};
}

}  // namespace

ChatPrompt chat_prompt(const std::filesystem::path& folder, const Tokenizer& tokenizer,
                       const std::string& system, const std::string& user) {
  const ChatTemplate chat = ChatTemplate::load(folder);
  Json turns = Json::array();
  if (!system.empty()) turns.push_back({{"role", "system"}, {"content", system}});
  turns.push_back({{"role", "user"}, {"content", user}});
  const std::string text = chat.render(turns, /*add_generation_prompt=*/true);
  return {tokenizer.encode(text, /*add_special_tokens=*/false), end_of_turn(chat, tokenizer, turns)};
}

}  // namespace radlads::infer
