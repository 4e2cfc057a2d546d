#include "text/pre_tokenizer.h"

#include <limits>
#include <string>
#include <utility>

#include "core/utf8.h"
#include "text/byte_level.h"
#include "text/metaspace.h"
#include "text/pattern.h"
#include "text/unicode.h"

namespace radlads::text {
namespace {

// A step calls the next, and what makes words longer, one after the other, makes them longer exponentially.
constexpr size_t kMostSteps = 100;
constexpr int kMostLengthening = 4;

constexpr int64_t kMaxLength = std::numeric_limits<int32_t>::max();

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

// A word becomes the spelling of its bytes: only needed if steps follow, which see that spelling. (If none
// do, the model takes the bytes themselves.)
class SpellBytes final : public PreTokenizerStep {
 public:
  void cut(const Piece& piece, PieceSink& sink) const override {
    sink.take({spelling_of_bytes(piece.text), piece.starts_text});
  }
};

class FixedLength final : public PreTokenizerStep {
 public:
  explicit FixedLength(int64_t num_characters) : num_characters_(num_characters) {}

  void cut(const Piece& piece, PieceSink& sink) const override {
    const auto stretches = [&](const auto& found) {
      for (size_t i = 0; i < piece.text.size();) {
        const size_t begin = i;
        for (int64_t n = 0; n < num_characters_ && i < piece.text.size(); ++n)
          i += utf8_length(piece.text[i]);
        found(Range{begin, i});
      }
    };
    cut_at(stretches, piece, DelimiterBehavior::kIsolated, false, sink);
  }

 private:
  int64_t num_characters_;
};

DelimiterBehavior parse_behavior(const JsonField& field) {
  return field.as_one_of<DelimiterBehavior>({{"Removed", DelimiterBehavior::kRemoved},
                                             {"Isolated", DelimiterBehavior::kIsolated},
                                             {"MergedWithPrevious", DelimiterBehavior::kMergedWithPrevious},
                                             {"MergedWithNext", DelimiterBehavior::kMergedWithNext},
                                             {"Contiguous", DelimiterBehavior::kContiguous}});
}

using Steps = std::vector<std::unique_ptr<PreTokenizerStep>>;

void add_class(CharacterSplit::Class is_delimiter, DelimiterBehavior behavior, Steps& steps) {
  steps.push_back(std::make_unique<CharacterSplit>(is_delimiter, behavior));
}

void add_step(const JsonField& field, const std::string& type, Steps& steps) {
  if (type == "Split") {
    field.allow_only({"type", "pattern", "behavior", "invert"});
    steps.push_back(std::make_unique<Split>(Pattern::parse(field.at("pattern")),
                                            parse_behavior(field.at("behavior")),
                                            field.at("invert").as_bool()));
  } else if (type == "Metaspace") {
    steps.push_back(std::make_unique<Metaspace>(MetaspaceOptions::parse(field)));
  } else if (type == "Digits") {
    field.allow_only({"type", "individual_digits"});
    const bool individual = field.at("individual_digits").as_bool();
    add_class(is_number, individual ? DelimiterBehavior::kIsolated : DelimiterBehavior::kContiguous, steps);
  } else if (type == "Punctuation") {
    field.allow_only({"type", "behavior"});
    const auto behavior = field.find("behavior");
    add_class(is_punctuation, behavior ? parse_behavior(*behavior) : DelimiterBehavior::kIsolated, steps);
  } else if (type == "CharDelimiterSplit") {
    field.allow_only({"type", "delimiter"});
    std::string delimiter;
    append_utf8(field.at("delimiter").as_character(), delimiter);
    steps.push_back(std::make_unique<Split>(Pattern(delimiter), DelimiterBehavior::kRemoved, false));
  } else if (type == "FixedLength") {
    field.allow_only({"type", "length"});
    steps.push_back(std::make_unique<FixedLength>(field.at("length").as_integer(1, kMaxLength)));
  } else if (type == "WhitespaceSplit" || type == "Whitespace" || type == "BertPreTokenizer") {
    field.allow_only({"type"});
    add_class(is_white_space, DelimiterBehavior::kRemoved, steps);
    // Whitespace also separates words from everything else, and BERT's pre-tokenizer single punctuation
    // characters.
    if (type == "Whitespace") add_class(is_word, DelimiterBehavior::kContiguous, steps);
    if (type == "BertPreTokenizer") add_class(is_punctuation, DelimiterBehavior::kIsolated, steps);
  } else {
    field.fail_unsupported_type();
  }
}

}  // namespace

PreTokenizer PreTokenizer::parse(const JsonField& field) {
  PreTokenizer pre_tokenizer;
  if (!field.is_null()) pre_tokenizer.add(field);
  return pre_tokenizer;
}

void PreTokenizer::add(const JsonField& field) {
  const std::string type = field.type();
  if (type == "Sequence") {
    field.allow_only({"type", "pretokenizers"});
    for (const JsonField& element : field.at("pretokenizers").elements()) add(element);
    return;
  }
  num_lengthening_ += type == "ByteLevel" || type == "Metaspace" ? 1 : 0;
  if (num_lengthening_ > kMostLengthening)
    field.fail("more than {} of ByteLevel and Metaspace are not supported", kMostLengthening);
  if (std::exchange(is_byte_level_, false)) steps_.push_back(std::make_unique<SpellBytes>());
  if (type == "ByteLevel") {
    add_byte_level(field);
  } else {
    add_step(field, type, steps_);
  }
  if (steps_.size() > kMostSteps) field.fail("more than {} steps are not supported", kMostSteps);
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
