// From the spellings of tokens to text: the component "decoder" of tokenizer.json, as a chain of stages that
// tokens stream through. Whole and streamed decoding run the same stages; a stage holds back what it cannot
// yet decide.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/json_field.h"

namespace radlads::text {

/// Receives tokens (or, after a stage that joins them, pieces of text).
class DecodeStage {
 public:
  virtual ~DecodeStage() = default;
  virtual void push(std::string_view token, bool is_added) = 0;
  virtual void finish() = 0;
};

/// One decoding in progress.
class DecodeRun {
 public:
  void push(std::string_view token, bool is_added) { stages_.back()->push(token, is_added); }
  void finish() { stages_.back()->finish(); }

  /// The text that has come out since the last call.
  std::string take() { return std::exchange(*text_, {}); }

 private:
  friend class Decoder;
  std::unique_ptr<std::string> text_;
  std::vector<std::unique_ptr<DecodeStage>> stages_;  // the last to run first
};

/// Immutable and safe for use by several threads.
class Decoder {
 public:
  /// Types: ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace, Sequence. `field` may be null: then the
  /// tokens are joined by spaces.
  static Decoder parse(const JsonField& field);

  /// The run must not outlive the decoder.
  DecodeRun start() const;

 private:
  using StageMaker = std::function<std::unique_ptr<DecodeStage>(DecodeStage& next)>;

  void add(const JsonField& field);
  StageMaker parse_stage(const JsonField& field, const std::string& type);

  std::vector<StageMaker> makers_;
  bool is_fused_ = false;  // the stages so far join all tokens
};

}  // namespace radlads::text
