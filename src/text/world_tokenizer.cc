// The RWKV World tokenizer: byte strings; the longest that the rest of the text begins with is taken. There
// are no special tokens in text; id 0, which has no bytes, ends a text.

#include <array>
#include <charconv>
#include <utility>

#include "core/error.h"
#include "core/utf8.h"
#include "io/printable.h"
#include "text/python_literal.h"
#include "text/tokenizer.h"
#include "text/tokenizer_file.h"
#include "text/vocabulary.h"

namespace radlads {
namespace text {
namespace {

constexpr TokenId kEndOfText = 0;

class WorldTokenizer final : public Tokenizer {
 public:
  explicit WorldTokenizer(Vocabulary vocabulary);

  std::vector<TokenId> encode(std::string_view text, bool add_special_tokens) const override;
  std::string decode(std::span<const TokenId> ids, bool skip_special) const override;
  std::unique_ptr<StreamDecoder> stream() const override;
  int64_t vocab_size() const override { return vocabulary_.size(); }
  std::optional<TokenId> id_of(std::string_view token) const override;
  bool is_special(TokenId id) const override { return id == kEndOfText; }

 private:
  Vocabulary vocabulary_;
  ByteTrie trie_;
};

class WorldStream final : public StreamDecoder {
 public:
  explicit WorldStream(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  std::string push(TokenId id) override {
    std::string text;
    if (vocabulary_.has(id)) repairer_.push(vocabulary_.spelling(id), text);
    return text;
  }

  std::string finish() override {
    std::string text;
    repairer_.finish(text);
    return text;
  }

 private:
  const Vocabulary& vocabulary_;
  Utf8Repairer repairer_;
};

WorldTokenizer::WorldTokenizer(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {
  std::vector<std::pair<std::string_view, TokenId>> strings;
  for (TokenId id = 0; id < vocabulary_.size(); ++id) {
    if (vocabulary_.has(id)) strings.emplace_back(vocabulary_.spelling(id), id);
  }
  trie_ = ByteTrie(std::move(strings));
}

std::vector<TokenId> WorldTokenizer::encode(std::string_view text, bool /*add_special_tokens*/) const {
  std::vector<TokenId> ids;
  while (!text.empty()) {
    const ByteTrie::Match match = trie_.longest_prefix(text);
    ids.push_back(match.id);
    text.remove_prefix(match.length);
  }
  return ids;
}

std::string WorldTokenizer::decode(std::span<const TokenId> ids, bool /*skip_special*/) const {
  std::string text;
  Utf8Repairer repairer;
  for (const TokenId id : ids) {
    if (vocabulary_.has(id)) repairer.push(vocabulary_.spelling(id), text);
  }
  repairer.finish(text);
  return text;
}

std::unique_ptr<StreamDecoder> WorldTokenizer::stream() const {
  return std::make_unique<WorldStream>(vocabulary_);
}

std::optional<TokenId> WorldTokenizer::id_of(std::string_view token) const {
  const TokenId id = vocabulary_.find(token);
  return id == kNoToken ? std::nullopt : std::optional(id);
}

struct Line {
  int64_t id = 0;
  std::string bytes;
};

// "7 '\x06' 1": id, literal (which may contain spaces), number of bytes.
std::optional<Line> parse_line(std::string_view line) {
  const size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  const auto number = [](std::string_view digits) -> std::optional<int64_t> {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const auto id = number(line.substr(0, first)), length = number(line.substr(last + 1));
  auto bytes = bytes_of_python_literal(line.substr(first + 1, last - first - 1));
  if (!id || !length || !bytes || bytes->empty() || std::cmp_not_equal(bytes->size(), *length))
    return std::nullopt;
  return Line{*id, std::move(*bytes)};
}

Vocabulary parse_vocabulary(std::string_view contents, const std::string& file) {
  Vocabulary vocabulary;
  for (int64_t number = 1; !contents.empty(); ++number) {
    const size_t end = std::min(contents.find('\n'), contents.size());
    std::string_view text = contents.substr(0, end);
    contents.remove_prefix(std::min(end + 1, contents.size()));
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.empty()) continue;
    const auto line = parse_line(text);
    if (!line)
      fail("[load_tokenizer] {}:{}: {} is not an id, a literal and its length", file, number,
           in_quotes(text));
    if (line->id <= kEndOfText || line->id >= kMaxVocabulary) {
      fail("[load_tokenizer] {}:{}: id {} is not between 1 and {}", file, number, line->id,
           kMaxVocabulary - 1);
    }
    if (!vocabulary.add(line->bytes, static_cast<TokenId>(line->id))) {
      fail("[load_tokenizer] {}:{}: the id {} or its bytes appear twice", file, number, line->id);
    }
  }
  return vocabulary;
}

}  // namespace
}  // namespace text

std::unique_ptr<Tokenizer> load_world_tokenizer(const std::filesystem::path& file) {
  text::Vocabulary vocabulary = text::parse_vocabulary(text::read_file(file), file.string());
  for (int byte = 0; byte < 256; ++byte) {
    const char single = static_cast<char>(byte);
    if (vocabulary.find({&single, 1}) == text::kNoToken) {
      fail("[load_tokenizer] {}: the byte {:#04x} is not a token; the file may be incomplete", file.string(),
           byte);
    }
  }
  return std::make_unique<text::WorldTokenizer>(std::move(vocabulary));
}

}  // namespace radlads
