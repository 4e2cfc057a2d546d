#include "golden/tokenizers.h"

#include <exception>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "golden/differences.h"
#include "text/tokenizer.h"

namespace radlads {
namespace {

using nlohmann::json;
using Ids = std::vector<TokenId>;

void check_decode(const Tokenizer& tokenizer, const json& line, const std::string& text,
                  Differences& differences) {
  const auto ids = line.at("ids").get<Ids>();
  const std::string decoded = line.value("decoded", text);
  differences.compare("decoded", tokenizer.decode(ids, false), decoded);
  differences.compare("decoded_skip_special", tokenizer.decode(ids, true),
                      line.value("decoded_skip_special", decoded));
}

void check_encode(const Tokenizer& tokenizer, const json& line, Differences& differences) {
  const auto text = line.at("text").get<std::string>();
  const Ids ids = tokenizer.encode(text, line.at("add_special_tokens").get<bool>());
  differences.compare("ids", ids, line.at("ids").get<Ids>());
  check_decode(tokenizer, line, text, differences);
}

// The golden pieces of a run of byte tokens <0xNN> come out within the run. A stream that equals decode() has
// them after it, since one bad byte makes all of the run U+FFFD.
void defer_byte_runs(const Tokenizer& tokenizer, const Ids& ids, std::vector<std::string>& pieces,
                     std::string& tail) {
  const auto first = tokenizer.id_of("<0x00>"), last = tokenizer.id_of("<0xFF>");
  if (!first || !last) return;
  std::string held;
  for (size_t i = 0; i < ids.size(); ++i) {
    pieces[i] = std::exchange(held, {}) + pieces[i];
    if (ids[i] >= *first && ids[i] <= *last) held = std::exchange(pieces[i], {});
  }
  tail = held + tail;
}

void check_stream(const Tokenizer& tokenizer, const json& line, Differences& differences) {
  const auto ids = line.at("ids").get<Ids>();
  auto wanted_pieces = line.at("pieces").get<std::vector<std::string>>();
  auto wanted_tail = line.at("tail").get<std::string>();
  defer_byte_runs(tokenizer, ids, wanted_pieces, wanted_tail);
  const auto stream = tokenizer.stream();
  std::vector<std::string> pieces;
  for (const TokenId id : ids) pieces.push_back(stream->push(id));
  const std::string tail = stream->finish();
  differences.compare("pieces", pieces, wanted_pieces);
  differences.compare("tail", tail, wanted_tail);
  std::string joined;
  for (const std::string& piece : pieces) joined += piece;
  differences.compare("pieces and tail joined", joined + tail, tokenizer.decode(ids, false));
}

GoldenResult check_lines(const std::filesystem::path& jsonl, const std::string& kind,
                         const Tokenizer& tokenizer) {
  Differences differences(jsonl.filename().string());
  std::ifstream file(jsonl);
  for (std::string text; std::getline(file, text);) {
    differences.next_line();
    const json line = json::parse(text);
    if (kind == ".decode") {
      check_decode(tokenizer, line, "", differences);
    } else if (kind == ".stream") {
      check_stream(tokenizer, line, differences);
    } else {
      check_encode(tokenizer, line, differences);
    }
  }
  return std::move(differences).result();
}

}  // namespace

GoldenResult check_tokenizer_file(const std::filesystem::path& jsonl, const std::filesystem::path& shared) {
  const std::filesystem::path stem = jsonl.stem();  // NAME, NAME.decode or NAME.stream
  const std::string name = stem.stem().string();
  const bool is_world = name == "rwkv-world";
  const std::filesystem::path vocabulary =
      is_world ? shared / "data/tokenizers/rwkv-world/rwkv_vocab_v20230424.txt"
               : jsonl.parent_path() / "tokenizer_json" / (name + ".json");
  const std::string label = jsonl.filename().string();
  if (!std::filesystem::exists(vocabulary)) {
    return {.skipped = 1, .messages = {fmt::format("{}: {} is missing", label, vocabulary.string())}};
  }
  try {
    const auto tokenizer = is_world ? load_world_tokenizer(vocabulary) : load_tokenizer_json(vocabulary);
    return check_lines(jsonl, stem.extension().string(), *tokenizer);
  } catch (const std::exception& error) {
    return {.failed = 1, .messages = {fmt::format("{}: {}", label, error.what())}};
  }
}

}  // namespace radlads
