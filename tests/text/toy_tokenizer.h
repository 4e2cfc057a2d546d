// Small tokenizer.json files, made and loaded within a test.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/json_field.h"
#include "support/temp_folder.h"
#include "text/tokenizer.h"

namespace radlads::text {

using nlohmann::json;
using Ids = std::vector<TokenId>;

/// A component on its own, as a parser receives it.
class ToyField {
 public:
  explicit ToyField(json value) : value_(std::move(value)) {}
  operator JsonField() const {
    return {value_, "load_tokenizer", "toy.json", "component"};
  }  // NOLINT: replaces a field

 private:
  json value_;
};

/// The tokens in the order of their ids, and merges of them.
inline json toy_model(const std::vector<std::string>& tokens, const json& merges = json::array()) {
  json model = {{"type", "BPE"}, {"vocab", json::object()}, {"merges", merges}};
  for (size_t id = 0; id < tokens.size(); ++id) model["vocab"][tokens[id]] = id;
  return model;
}

/// A tokenizer.json without any component but the model.
inline json toy_file(const json& model) {
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", json::array()},
          {"normalizer", nullptr},
          {"pre_tokenizer", nullptr},
          {"post_processor", nullptr},
          {"decoder", nullptr},
          {"model", model}};
}

inline json toy_added(TokenId id, std::string_view content, const json& changes = json::object()) {
  json token = {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
                {"rstrip", false}, {"normalized", false}, {"special", true}};
  token.update(changes);
  return token;
}

/// Llama 2's way: ▁ for spaces, byte fallback; "ab", "abc" and "▁a" are merged. The byte b is 2 + b.
inline json toy_sentencepiece() {
  std::vector<std::string> tokens = {"<unk>", "<s>"};
  for (int byte = 0; byte < 256; ++byte) tokens.push_back(fmt::format("<0x{:02X}>", byte));
  for (const char* token : {"▁", "a", "b", "c", "é", "ab", "abc", "▁a"}) tokens.emplace_back(token);
  json model = toy_model(tokens, {"a b", "ab c", "▁ a"});
  model.update({{"unk_token", "<unk>"}, {"fuse_unk", true}, {"byte_fallback", true}});
  json file = toy_file(model);
  file["added_tokens"] = json::array({toy_added(0, "<unk>"), toy_added(1, "<s>")});
  file["normalizer"] = json::parse(R"({"type": "Sequence", "normalizers": [
      {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]})");
  file["post_processor"] = json::parse(R"({"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [],
      "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}})");
  file["decoder"] = json::parse(R"({"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
      {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})");
  return file;
}

/// GPT-2's way: the byte b is b, then "ab", "abc" and " a" merged; <|end|> is 300.
inline json toy_byte_level() {
  json model = toy_model({}, {"a b", "ab c", "Ġ a"});
  int substitute = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    const int character = printable ? byte : substitute++;
    std::string spelling;
    if (character < 0x80) {
      spelling = static_cast<char>(character);
    } else {
      spelling = {static_cast<char>(0xC0 | character >> 6), static_cast<char>(0x80 | (character & 0x3F))};
    }
    model["vocab"][spelling] = byte;
  }
  model["vocab"].update({{"ab", 256}, {"abc", 257}, {"Ġa", 258}});
  json file = toy_file(model);
  file["added_tokens"] = json::array({toy_added(300, "<|end|>")});
  const json byte_level = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  file["pre_tokenizer"] = byte_level;
  file["decoder"] = byte_level;
  return file;
}

inline std::unique_ptr<Tokenizer> load(const json& file) {
  const TempFolder folder;
  return load_tokenizer_json(folder.write("tokenizer.json", file.dump()));
}

/// The message with which a file is refused; "" if it is not.
inline std::string refusal_of_text(std::string_view contents) {
  const TempFolder folder;
  const auto path = folder.write("tokenizer.json", contents);
  return user_error(folder, [&] { load_tokenizer_json(path); });
}
inline std::string refusal(const json& file) { return refusal_of_text(file.dump()); }

}  // namespace radlads::text
