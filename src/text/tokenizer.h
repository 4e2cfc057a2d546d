// Text to token ids and back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radlads {

using TokenId = int32_t;

/// Turns a stream of ids into text, piece by piece. Every piece is valid UTF-8: bytes of an unfinished
/// character are held back, bytes that can no longer become a character give U+FFFD at once. (Byte tokens
/// <0xNN> are held back until their run ends, as one bad byte makes all of it U+FFFD.) The pieces joined,
/// with the tail, equal Tokenizer::decode of all ids with special tokens kept.
class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;
  virtual std::string push(TokenId id) = 0;
  virtual std::string finish() = 0;
};

/// Immutable after loading; all methods may be called from several threads at once.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Ids of `text`, which must be valid UTF-8 (invalid bytes are treated as U+FFFD, except by byte
  /// vocabularies, which keep them). With `add_special_tokens` what the tokenizer's post-processor adds, for
  /// example a BOS.
  virtual std::vector<TokenId> encode(std::string_view text, bool add_special_tokens) const = 0;

  /// Text of `ids`. Ids above the vocabulary decode to nothing. `skip_special` leaves special tokens out.
  virtual std::string decode(std::span<const TokenId> ids, bool skip_special) const = 0;

  virtual std::unique_ptr<StreamDecoder> stream() const = 0;

  /// One more than the largest id.
  virtual int64_t vocab_size() const = 0;

  /// The id of a token by its exact spelling in the vocabulary or the added tokens ("<|endoftext|>").
  virtual std::optional<TokenId> id_of(std::string_view token) const = 0;

  virtual bool is_special(TokenId id) const = 0;
};

/// A Hugging Face tokenizer.json, followed exactly; a component that is not supported is refused by name
/// (UserError).
std::unique_ptr<Tokenizer> load_tokenizer_json(const std::filesystem::path& file);

/// The RWKV World vocabulary (rwkv_vocab_v20230424.txt): greedy longest match over bytes; id 0 ends a text.
std::unique_ptr<Tokenizer> load_world_tokenizer(const std::filesystem::path& file);

/// The tokenizer of a model folder: tokenizer.json, else rwkv_vocab_v20230424.txt. UserError if it has
/// neither.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_folder);

}  // namespace radlads
