#include "text/bpe_model.h"

#include <string>

#include "io/json_field.h"
#include "text/byte_level.h"

namespace radlads::text {
namespace {

// Files from before the field "type" existed are recognized by their members: BPE has merges.
void check_type(const JsonField& model, const TokenizerFile& file) {
  const auto type = model.find("type");
  if (type && type->as_string() != "BPE") model.fail_unsupported_type();
  if (!type && !file.merges) model.at("type");
}

void check_options(const JsonField& model) {
  model.allow_only({"type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
                    "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges"});
  const auto dropout = model.find("dropout");
  if (dropout && dropout->as_number() != 0)
    dropout->fail("only null and 0 are supported, as others make ids random");
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const auto value = model.find(affix);
    if (value && !value->as_string().empty())
      value->fail("{} is not supported", in_quotes(value->as_string()));
  }
}

Vocabulary parse_vocabulary(const JsonField& model, const TokenizerFile& file) {
  if (!file.vocab) model.at("vocab").fail("must be an object of spellings and ids");
  Vocabulary vocabulary;
  vocabulary.reserve(file.vocab->size());
  for (const auto& [spelling, id] : *file.vocab) {
    if (id < 0 || id >= kMaxVocabulary) {
      model.fail("vocab gives {} the id {}, which is not between 0 and {}", in_quotes(spelling), id,
                 kMaxVocabulary - 1);
    }
    if (!vocabulary.add(spelling, static_cast<TokenId>(id))) {
      model.fail("vocab has the token {} or its id {} twice", in_quotes(spelling), id);
    }
  }
  return vocabulary;
}

std::vector<MergePair> parse_merges(const JsonField& model, const TokenizerFile& file,
                                    const Vocabulary& vocabulary) {
  std::vector<MergePair> pairs;
  if (!file.merges) {
    // A model without merges may leave them out.
    if (const auto merges = model.find("merges")) merges->fail("must be an array");
    return pairs;
  }
  const auto id_of = [&](const std::string& spelling) {
    const TokenId id = vocabulary.find(spelling);
    if (id == kNoToken)
      model.fail("merges[{}] refers to {}, which is not in the vocabulary", pairs.size(),
                 in_quotes(spelling));
    return id;
  };
  pairs.reserve(file.merges->size());
  for (const auto& [left, right] : *file.merges) {
    pairs.push_back({id_of(left), id_of(right), id_of(left + right)});
  }
  return pairs;
}

bool spells_every_byte(const Vocabulary& vocabulary) {
  for (int byte = 0; byte < 256; ++byte) {
    if (vocabulary.find(byte_level_spelling(static_cast<uint8_t>(byte))) == kNoToken) return false;
  }
  return true;
}

UnitOptions parse_units(const JsonField& model, const Vocabulary& vocabulary, UnitOptions::Kind kind) {
  UnitOptions options = {.kind = kind,
                         .fuse_unknown = model.flag_or("fuse_unk", false),
                         .byte_fallback = model.flag_or("byte_fallback", false)};
  if (const auto unknown = model.find("unk_token")) {
    options.unknown = vocabulary.find(unknown->as_string());
    const bool is_needed = kind == UnitOptions::Kind::kCharacter || !spells_every_byte(vocabulary);
    if (options.unknown == kNoToken && is_needed) {
      unknown->fail("{} is not in the vocabulary", in_quotes(unknown->as_string()));
    }
  }
  return options;
}

}  // namespace

BpeModel BpeModel::parse(const TokenizerFile& file, UnitOptions::Kind units) {
  const JsonField model = JsonField(file.parts, "load_tokenizer", file.path.string()).at("model");
  check_type(model, file);
  check_options(model);
  Vocabulary vocabulary = parse_vocabulary(model, file);
  const std::vector<MergePair> pairs = parse_merges(model, file, vocabulary);
  Bpe bpe(vocabulary, pairs, parse_units(model, vocabulary, units), model.flag_or("ignore_merges", false));
  return {std::move(vocabulary), std::move(bpe)};
}

}  // namespace radlads::text
