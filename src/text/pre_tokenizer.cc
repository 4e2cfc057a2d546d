#include "text/pre_tokenizer.h"

#include <string>
#include <utility>

#include "core/utf8.h"
#include "text/metaspace.h"
#include "text/pattern.h"
#include "text/unicode.h"

namespace radlads::text {
namespace {

// GPT-2's pattern, by which ByteLevel splits.
constexpr const char* kByteLevelPattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

class Split final : public PreTokenizerStep {
 public:
  Split(Pattern pattern, DelimiterBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  void cut(const Piece& piece, PieceSink& sink) const override {
    const auto matches = [&](const auto& found) { pattern_.for_each_match(piece.text, found); };
    cut_at(matches, piece, behavior_, invert_, sink);
  }

 private:
  Pattern pattern_;
  DelimiterBehavior behavior_;
  bool invert_;
};

// Every character of a class is a delimiter.
class CharacterSplit final : public PreTokenizerStep {
 public:
  using Class = bool (*)(char32_t);
  CharacterSplit(Class is_delimiter, DelimiterBehavior behavior)
      : is_delimiter_(is_delimiter), behavior_(behavior) {}

  void cut(const Piece& piece, PieceSink& sink) const override {
    const auto characters = [&](const auto& found) {
      for (size_t i = 0; i < piece.text.size();) {
        const size_t begin = i;
        if (is_delimiter_(next_character(piece.text, i))) found(Range{begin, i});
      }
    };
    cut_at(characters, piece, behavior_, false, sink);
  }

 private:
  Class is_delimiter_;
  DelimiterBehavior behavior_;
};

class PrefixSpace final : public PreTokenizerStep {
 public:
  void cut(const Piece& piece, PieceSink& sink) const override {
    if (piece.text.starts_with(' ')) return sink.take(piece);
    std::string prefixed(1, ' ');
    prefixed += piece.text;
    sink.take({prefixed, piece.starts_text});
  }
};

// Spaces become a visible character, and words begin with it.
class Metaspace final : public PreTokenizerStep {
 public:
  explicit Metaspace(const MetaspaceOptions& options) : options_(options), delimiter_(options.replacement) {}

  void cut(const Piece& piece, PieceSink& sink) const override {
    std::string text = space_.replace(piece.text, options_.replacement);
    const bool prepend = options_.scheme == PrependScheme::kAlways ||
                         (options_.scheme == PrependScheme::kFirst && piece.starts_text);
    if (prepend && !text.starts_with(options_.replacement)) text.insert(0, options_.replacement);
    const Piece spaced = {text, piece.starts_text};
    if (!options_.split) return sink.take(spaced);
    const auto matches = [&](const auto& found) { delimiter_.for_each_match(text, found); };
    cut_at(matches, spaced, DelimiterBehavior::kMergedWithNext, false, sink);
  }

 private:
  MetaspaceOptions options_;
  Pattern space_{" "};
  Pattern delimiter_;
};

DelimiterBehavior parse_behavior(const JsonField& field) {
  const std::string name = field.as_string();
  if (name == "Removed") return DelimiterBehavior::kRemoved;
  if (name == "Isolated") return DelimiterBehavior::kIsolated;
  if (name == "MergedWithPrevious") return DelimiterBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return DelimiterBehavior::kMergedWithNext;
  if (name == "Contiguous") return DelimiterBehavior::kContiguous;
  field.fail("{} is not supported", in_quotes(name));
}

std::unique_ptr<PreTokenizerStep> parse_split(const JsonField& field) {
  field.allow_only({"type", "pattern", "behavior", "invert"});
  return std::make_unique<Split>(Pattern::parse(field.at("pattern")), parse_behavior(field.at("behavior")),
                                 field.at("invert").as_bool());
}

}  // namespace

PreTokenizer PreTokenizer::parse(const JsonField& field) {
  PreTokenizer pre_tokenizer;
  if (!field.is_null()) pre_tokenizer.add(field);
  return pre_tokenizer;
}

void PreTokenizer::add(const JsonField& field) {
  const std::string type = field.type();
  if (is_byte_level_) field.fail("{} after ByteLevel is not supported", in_quotes(type));
  if (type == "Sequence") {
    field.allow_only({"type", "pretokenizers"});
    for (const JsonField& element : field.at("pretokenizers").elements()) add(element);
  } else if (type == "ByteLevel") {
    add_byte_level(field);
  } else if (type == "Split") {
    steps_.push_back(parse_split(field));
  } else if (type == "Metaspace") {
    steps_.push_back(std::make_unique<Metaspace>(MetaspaceOptions::parse(field)));
  } else if (type == "Digits") {
    field.allow_only({"type", "individual_digits"});
    const bool individual = field.at("individual_digits").as_bool();
    steps_.push_back(std::make_unique<CharacterSplit>(
        is_number, individual ? DelimiterBehavior::kIsolated : DelimiterBehavior::kContiguous));
  } else if (type == "WhitespaceSplit" || type == "Whitespace") {
    field.allow_only({"type"});
    steps_.push_back(std::make_unique<CharacterSplit>(is_white_space, DelimiterBehavior::kRemoved));
    // Whitespace also parts words from everything else.
    if (type == "Whitespace") {
      steps_.push_back(std::make_unique<CharacterSplit>(is_word, DelimiterBehavior::kContiguous));
    }
  } else {
    field.fail_unsupported_type();
  }
}

void PreTokenizer::add_byte_level(const JsonField& field) {
  field.allow_only({"type", "add_prefix_space", "trim_offsets", "use_regex"});
  is_byte_level_ = true;
  if (field.at("add_prefix_space").as_bool()) steps_.push_back(std::make_unique<PrefixSpace>());
  if (field.flag_or("use_regex", true)) {
    steps_.push_back(
        std::make_unique<Split>(Pattern(Regex(kByteLevelPattern)), DelimiterBehavior::kIsolated, false));
  }
}

void PreTokenizer::cut_from(size_t step, const Piece& piece, PieceSink& words) const {
  if (step == steps_.size()) return words.take(piece);
  struct Next final : PieceSink {
    Next(const PreTokenizer& chain_of, size_t next, PieceSink& last)
        : chain(chain_of), step(next), words(last) {}
    void take(const Piece& cut) override { chain.cut_from(step, cut, words); }

    const PreTokenizer& chain;
    size_t step;
    PieceSink& words;
  } next(*this, step + 1, words);
  steps_[step]->cut(piece, next);
}

}  // namespace radlads::text
