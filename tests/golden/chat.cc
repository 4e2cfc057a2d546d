#include "golden/chat.h"

#include <exception>
#include <fstream>
#include <iterator>

#include "golden/differences.h"
#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

std::string tokenizer_name(const std::string& chat) {
  return chat == "qwen2.5" || chat == "chatml" ? "qwen2" : chat;
}

Json special_tokens(const std::string& chat) {
  if (chat == "llama3") return {{"bos_token", "<|begin_of_text|>"}, {"eos_token", "<|eot_id|>"}};
  return {{"eos_token", "<|im_end|>"}};
}

ChatTemplate read_template(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string source{std::istreambuf_iterator<char>(in), {}};
  return ChatTemplate::parse(source, file.string(), special_tokens(file.stem().string()));
}

/// `tokenizer` may be null: the ids are not compared.
GoldenResult check_lines(const fs::path& jsonl, const Tokenizer* tokenizer) {
  const ChatTemplate chat = read_template(fs::path(jsonl).replace_extension(".jinja"));
  Differences differences(jsonl.filename().string());
  std::ifstream file(jsonl);
  for (std::string text; std::getline(file, text);) {
    differences.next_line();
    const Json line = Json::parse(text);
    const std::string got =
        chat.render(line.at("messages"), line.at("add_generation_prompt"), line.at("variables"));
    differences.compare("text", got, line.at("text").get<std::string>());
    if (tokenizer == nullptr) continue;
    differences.compare("ids", tokenizer->encode(got, false), line.at("ids").get<std::vector<TokenId>>());
  }
  return std::move(differences).result();
}

}  // namespace

GoldenResult check_chat_file(const fs::path& jsonl, const fs::path& tokenizers) {
  const fs::path file = tokenizers / (tokenizer_name(jsonl.stem().string()) + ".json");
  const std::string label = jsonl.filename().string();
  try {
    const auto tokenizer = fs::exists(file) ? load_tokenizer_json(file) : nullptr;
    GoldenResult result = check_lines(jsonl, tokenizer.get());
    if (tokenizer != nullptr || result.failed > 0) return result;
    return {.skipped = 1, .messages = {fmt::format("{}: {} is missing", label, file.string())}};
  } catch (const std::exception& error) {
    return {.failed = 1, .messages = {fmt::format("{}: {}", label, error.what())}};
  }
}

}  // namespace radlads
