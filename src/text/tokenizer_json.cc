// The tokenizer that a tokenizer.json describes: added tokens, then normalizer, pre-tokenizer and model for
// the text between them; backwards, the decoder.

#include <algorithm>
#include <utility>

#include "core/utf8.h"
#include "text/added_tokens.h"
#include "text/bpe_model.h"
#include "text/decoder.h"
#include "text/normalizer.h"
#include "text/post_processor.h"
#include "text/pre_tokenizer.h"
#include "text/tokenizer.h"
#include "text/tokenizer_file.h"

namespace radlads {
namespace text {
namespace {

class JsonTokenizer final : public Tokenizer {
 public:
  explicit JsonTokenizer(const TokenizerFile& file)
      : JsonTokenizer(JsonField(file.parts, "load_tokenizer", file.path.string()), file) {}

  std::vector<TokenId> encode(std::string_view text, bool add_special_tokens) const override;
  std::string decode(std::span<const TokenId> ids, bool skip_special) const override;
  std::unique_ptr<StreamDecoder> stream() const override;
  int64_t vocab_size() const override { return vocab_size_; }
  std::optional<TokenId> id_of(std::string_view token) const override;
  bool is_special(TokenId id) const override;

  /// Pushes the token of `id` if there is one.
  void push(TokenId id, DecodeRun& run) const;

 private:
  JsonTokenizer(const JsonField& root, const TokenizerFile& file);
  void add_tokens(const JsonField& list);
  void check_added(const AddedToken& token, const JsonField& field) const;
  const AddedToken* added(TokenId id) const;

  Normalizer normalizer_;
  PreTokenizer pre_tokenizer_;
  BpeModel model_;
  PostProcessor post_processor_;
  Decoder decoder_;
  std::vector<AddedToken> added_;  // by id
  AddedTokenFinder in_raw_text_, in_normalized_text_;
  int64_t vocab_size_ = 0;
};

// Turns words into ids.
class WordSink final : public PieceSink {
 public:
  WordSink(const Bpe& bpe, std::vector<TokenId>& ids) : bpe_(bpe), ids_(ids) {}
  void take(const Piece& word) override { bpe_.encode(word.text, scratch_, ids_); }

 private:
  const Bpe& bpe_;
  std::vector<TokenId>& ids_;
  Merges::Word scratch_;
};

class JsonStream final : public StreamDecoder {
 public:
  JsonStream(const JsonTokenizer& tokenizer, DecodeRun run) : tokenizer_(tokenizer), run_(std::move(run)) {}

  std::string push(TokenId id) override {
    tokenizer_.push(id, run_);
    return run_.take();
  }

  std::string finish() override {
    run_.finish();
    return run_.take();
  }

 private:
  const JsonTokenizer& tokenizer_;
  DecodeRun run_;
};

JsonTokenizer::JsonTokenizer(const JsonField& root, const TokenizerFile& file)
    : normalizer_(Normalizer::parse(root.or_null("normalizer"))),
      pre_tokenizer_(PreTokenizer::parse(root.or_null("pre_tokenizer"))),
      model_(BpeModel::parse(
          file, pre_tokenizer_.is_byte_level() ? UnitOptions::Kind::kByte : UnitOptions::Kind::kCharacter)),
      post_processor_(PostProcessor::parse(root.or_null("post_processor"))),
      decoder_(Decoder::parse(root.or_null("decoder"))) {
  // "truncation" and "padding" were settings when the file was saved; transformers resets them too.
  if (const auto version = root.find("version"); version && version->as_string() != "1.0") {
    version->fail("{} is not supported", in_quotes(version->as_string()));
  }
  add_tokens(root.or_null("added_tokens"));
  const int64_t last_added = added_.empty() ? -1 : added_.back().id;
  vocab_size_ = std::max(model_.vocabulary.size(), last_added + 1);
}

void JsonTokenizer::add_tokens(const JsonField& list) {
  if (list.is_null()) return;
  StringTable contents;
  for (const JsonField& field : list.elements()) {
    added_.push_back(AddedToken::parse(field));
    check_added(added_.back(), field);
    if (!contents.insert(added_.back().content, added_.back().id))
      field.fail("repeats the content of another");
  }
  const auto by_id = [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; };
  std::sort(added_.begin(), added_.end(), by_id);
  for (size_t i = 1; i < added_.size(); ++i) {
    if (added_[i - 1].id == added_[i].id) list.fail("two tokens have the id {}", added_[i].id);
  }
  std::vector<AddedToken> raw, normalized;
  for (AddedToken token : added_) {
    if (token.normalized) token.content = normalizer_.apply(token.content).text;
    (token.normalized ? normalized : raw).push_back(std::move(token));
  }
  in_raw_text_ = AddedTokenFinder(std::move(raw));
  in_normalized_text_ = AddedTokenFinder(std::move(normalized));
}

// A token may also be in the vocabulary, but then with the same id.
void JsonTokenizer::check_added(const AddedToken& token, const JsonField& field) const {
  const Vocabulary& vocabulary = model_.vocabulary;
  const TokenId known = vocabulary.find(token.content);
  if (known != kNoToken && known != token.id) {
    field.fail("{} has the id {}, but {} in model.vocab", in_quotes(token.content), token.id, known);
  }
  if (known == kNoToken && vocabulary.has(token.id)) {
    field.fail("{} has the id of {} in model.vocab", in_quotes(token.content),
               in_quotes(vocabulary.spelling(token.id)));
  }
}

const AddedToken* JsonTokenizer::added(TokenId id) const {
  const auto found =
      std::lower_bound(added_.begin(), added_.end(), id,
                       [](const AddedToken& token, TokenId wanted) { return token.id < wanted; });
  return found == added_.end() || found->id != id ? nullptr : &*found;
}

std::vector<TokenId> JsonTokenizer::encode(std::string_view text, bool add_special_tokens) const {
  std::string storage;
  const std::string_view valid = repair_utf8(text, storage);
  std::vector<TokenId> ids;
  ids.reserve(text.size() / 4);  // about what English needs
  if (add_special_tokens) ids = post_processor_.before;
  WordSink words(model_.bpe, ids);
  for (const auto& raw : in_raw_text_.split(valid)) {
    if (raw.id != kNoToken) {
      ids.push_back(raw.id);
      continue;
    }
    const NormalText normal = normalizer_.apply(raw.text);
    for (const auto& part : in_normalized_text_.split(normal.text)) {
      if (part.id != kNoToken) {
        ids.push_back(part.id);
      } else {
        const auto offset = static_cast<size_t>(part.text.data() - normal.text.data());
        const bool starts_text = raw.text.data() == valid.data() && offset < normal.head;
        pre_tokenizer_.cut({part.text, starts_text}, words);
      }
    }
  }
  if (add_special_tokens) ids.insert(ids.end(), post_processor_.after.begin(), post_processor_.after.end());
  return ids;
}

void JsonTokenizer::push(TokenId id, DecodeRun& run) const {
  if (const AddedToken* token = added(id)) {
    run.push(token->content, true);
  } else if (model_.vocabulary.has(id)) {
    run.push(model_.vocabulary.spelling(id), false);
  }
}

std::string JsonTokenizer::decode(std::span<const TokenId> ids, bool skip_special) const {
  DecodeRun run = decoder_.start();
  for (const TokenId id : ids) {
    if (!skip_special || !is_special(id)) push(id, run);
  }
  run.finish();
  return run.take();
}

std::unique_ptr<StreamDecoder> JsonTokenizer::stream() const {
  return std::make_unique<JsonStream>(*this, decoder_.start());
}

std::optional<TokenId> JsonTokenizer::id_of(std::string_view token) const {
  for (const AddedToken& candidate : added_) {
    if (candidate.content == token) return candidate.id;
  }
  const TokenId id = model_.vocabulary.find(token);
  return id == kNoToken ? std::nullopt : std::optional(id);
}

bool JsonTokenizer::is_special(TokenId id) const {
  const AddedToken* token = added(id);
  return token != nullptr && token->special;
}

}  // namespace
}  // namespace text

std::unique_ptr<Tokenizer> load_tokenizer_json(const std::filesystem::path& file) {
  return std::make_unique<text::JsonTokenizer>(text::read_tokenizer_file(file));
}

}  // namespace radlads
