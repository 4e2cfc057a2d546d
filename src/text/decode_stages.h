// The stages of decoding, one per type of tokenizer.json. Each pushes into the next, which must outlive it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/utf8.h"
#include "text/decoder.h"
#include "text/pattern.h"

namespace radlads::text {

/// The end of every chain.
class TextStage final : public DecodeStage {
 public:
  explicit TextStage(std::string& text) : text_(text) {}
  void push(std::string_view token, bool) override { text_ += token; }
  void finish() override {}

 private:
  std::string& text_;
};

class LinkedStage : public DecodeStage {
 public:
  explicit LinkedStage(DecodeStage& next) : next_(next) {}
  void finish() override { next_.finish(); }

 protected:
  DecodeStage& next_;
};

/// No decoder: tokens are joined by spaces.
class SpacedStage final : public LinkedStage {
 public:
  using LinkedStage::LinkedStage;
  void push(std::string_view token, bool is_added) override;

 private:
  bool is_first_ = true;
};

/// ByteLevel: spellings in the byte-level alphabet become bytes, and all bytes UTF-8, repaired where it is
/// invalid. Added tokens, and tokens that are not in the alphabet, are already text.
class ByteLevelStage final : public LinkedStage {
 public:
  using LinkedStage::LinkedStage;
  void push(std::string_view token, bool is_added) override;
  void finish() override;

 private:
  void pass_on();

  Utf8Repairer repairer_;
  std::string text_;
};

/// Replace, within each token.
class ReplaceStage final : public LinkedStage {
 public:
  ReplaceStage(DecodeStage& next, Pattern pattern, std::string content)
      : LinkedStage(next), pattern_(std::move(pattern)), content_(std::move(content)) {}
  void push(std::string_view token, bool is_added) override;

 private:
  Pattern pattern_;
  std::string content_;
};

/// ByteFallback: a run of byte tokens (<0xE4><0xBD><0xA0>) becomes its text if all of it is valid UTF-8, else
/// one U+FFFD per byte. Its last byte may decide, so a run is held back up to the token after it.
class ByteFallbackStage final : public LinkedStage {
 public:
  using LinkedStage::LinkedStage;
  void push(std::string_view token, bool is_added) override;
  void finish() override;

 private:
  void end_run();

  std::string run_;
};

/// Metaspace: the replacement character becomes a space; in the first token it is left out if the encoder
/// prepends it.
class MetaspaceStage final : public LinkedStage {
 public:
  MetaspaceStage(DecodeStage& next, std::string replacement, bool strips_first)
      : LinkedStage(next), replacement_(std::move(replacement)), strips_(strips_first) {}
  void push(std::string_view token, bool is_added) override;

 private:
  Pattern replacement_;
  bool strips_;
};

/// Strip: leaves out, of each token, up to `start` leading and `stop` trailing characters equal to `content`.
struct StripCounts {
  std::string content;  // one character, UTF-8
  int64_t start = 0, stop = 0;
};

class StripStage final : public LinkedStage {
 public:
  StripStage(DecodeStage& next, StripCounts counts) : LinkedStage(next), counts_(std::move(counts)) {}
  void push(std::string_view token, bool is_added) override;

 private:
  StripCounts counts_;
};

/// Strip after tokens are joined: of the text as a whole. What may turn out to be a trailing character is
/// held back.
class StripTextStage final : public LinkedStage {
 public:
  StripTextStage(DecodeStage& next, StripCounts counts)
      : LinkedStage(next), counts_(std::move(counts)), start_left_(counts_.start) {}
  void push(std::string_view token, bool is_added) override;

 private:
  StripCounts counts_;
  int64_t start_left_;
  std::string held_;
};

}  // namespace radlads::text
