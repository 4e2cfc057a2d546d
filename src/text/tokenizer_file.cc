#include "text/tokenizer_file.h"

#include <fstream>

#include "core/error.h"
#include "io/json.h"
#include "io/printable.h"

namespace radlads::text {
namespace {

using nlohmann::json;
using Kind = JsonCursor::Kind;

class Reader {
 public:
  Reader(JsonCursor& cursor, TokenizerFile& file) : cursor_(cursor), file_(file) {}

  void read() {
    if (cursor_.kind() == Kind::kObject) {
      file_.parts = members([&](std::string_view key) -> std::optional<json> {
        if (key == "model" && cursor_.kind() == Kind::kObject) return model();
        return std::nullopt;
      });
    } else {
      file_.parts = read_json<json>(cursor_);
    }
    cursor_.finish();
  }

 private:
  [[noreturn]] void fail_at(const std::string& field, std::string_view message) const {
    fail("[load_tokenizer] {}: {} in {}", field, message, file_.path.string());
  }

  /// An object; its members are what special(key) makes of them, else trees.
  template <class Special>
  json members(const Special& special) {
    json object = json::object();
    cursor_.enter_object();
    while (const auto key = cursor_.next_key()) {
      const std::string name(*key);
      if (object.contains(name)) fail_at(in_quotes(name), "appears twice in one object");
      std::optional<json> value = special(name);
      object[name] = value ? std::move(*value) : read_json<json>(cursor_);
    }
    return object;
  }

  /// Without the two lists, which are null.
  json model() {
    return members([&](std::string_view key) -> std::optional<json> {
      if (key == "vocab" && cursor_.kind() == Kind::kObject) {
        read_vocab();
      } else if (key == "merges" && cursor_.kind() == Kind::kArray) {
        read_merges();
      } else {
        return std::nullopt;
      }
      return json();
    });
  }

  void read_vocab() {
    file_.vocab.emplace();
    cursor_.enter_object();
    while (const auto key = cursor_.next_key()) {
      std::string spelling(*key);
      const bool is_number = cursor_.kind() == Kind::kNumber;
      const auto id = is_number ? cursor_.number() : JsonCursor::Number(0.0);
      if (std::holds_alternative<double>(id))
        fail_at("model.vocab", "the id of " + in_quotes(spelling) + " must be a whole number");
      const auto* whole = std::get_if<int64_t>(&id);
      file_.vocab->emplace_back(std::move(spelling), whole != nullptr ? *whole : INT64_MAX);
    }
  }

  void read_merges() {
    file_.merges.emplace();
    cursor_.enter_array();
    while (cursor_.next_element()) {
      if (cursor_.kind() == Kind::kString) {
        add_merge(cursor_.string());
      } else if (cursor_.kind() == Kind::kArray) {
        add_pair();
      } else {
        fail_at(merge_path(), "must be two tokens");
      }
    }
  }

  std::string merge_path() const { return fmt::format("model.merges[{}]", file_.merges->size()); }

  // Older files have merges as "a b", and may begin with the line of merges.txt that states a version.
  void add_merge(const std::string& line) {
    if (line.starts_with("#version")) return;
    const size_t space = line.find(' ');
    if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos) {
      fail_at(merge_path(), "must be two tokens with a space between, not " + in_quotes(line));
    }
    file_.merges->emplace_back(line.substr(0, space), line.substr(space + 1));
  }

  void add_pair() {
    std::vector<std::string> tokens;
    cursor_.enter_array();
    while (cursor_.next_element()) {
      if (cursor_.kind() != Kind::kString) fail_at(merge_path(), "must be two tokens");
      tokens.push_back(cursor_.string());
    }
    if (tokens.size() != 2) fail_at(merge_path(), "must be two tokens");
    file_.merges->emplace_back(std::move(tokens[0]), std::move(tokens[1]));
  }

  JsonCursor& cursor_;
  TokenizerFile& file_;
};

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = stream ? static_cast<std::streamoff>(stream.tellg()) : -1;
  if (size < 0 || std::filesystem::is_directory(path))
    fail("[load_tokenizer] {}: cannot be read", path.string());
  std::string contents(static_cast<size_t>(size), '\0');
  stream.seekg(0).read(contents.data(), size);
  if (!stream) fail("[load_tokenizer] {}: cannot be read", path.string());
  return contents;
}

TokenizerFile read_tokenizer_file(const std::filesystem::path& path) {
  TokenizerFile file{.path = path};
  const std::string text = read_file(path);
  JsonCursor cursor(text, {"[load_tokenizer] tokenizer.json", file.path});
  Reader(cursor, file).read();
  return file;
}

}  // namespace radlads::text
