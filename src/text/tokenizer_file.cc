#include "text/tokenizer_file.h"

#include <fstream>
#include <limits>

#include "core/error.h"
#include "io/json_sax.h"
#include "io/printable.h"

namespace radlads::text {
namespace {

using nlohmann::json;

// Builds the value of everything but the two lists, which it fills.
class Reader final : public JsonSax {
 public:
  Reader(std::string_view text, TokenizerFile& file)
      : JsonSax(text, "[load_tokenizer] tokenizer.json", file.path), file_(file) {}

  bool null() override { return add_scalar(nullptr); }
  bool boolean(bool value) override { return add_scalar(value); }
  bool number_float(double value, const std::string&) override { return add_scalar(value); }

  bool number_integer(int64_t value) override {
    if (place_ != Place::kVocab) return add_scalar(value);
    file_.vocab->emplace_back(std::move(key_), value);
    return true;
  }

  bool number_unsigned(uint64_t value) override {
    if (place_ != Place::kVocab) return add_scalar(value);
    const auto max = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    return number_integer(static_cast<int64_t>(std::min(value, max)));
  }

  bool string(std::string& value) override {
    if (place_ == Place::kMerges) {
      add_merge(value);
    } else if (place_ == Place::kMergePair) {
      pair_.push_back(std::move(value));
    } else {
      add_scalar(std::move(value));
    }
    return true;
  }

  bool key(std::string& value) override {
    key_ = std::move(value);
    return true;
  }

  bool start_object(size_t) override {
    if (is_member_of_model("vocab")) {
      if (file_.vocab) fail_at("model.vocab", "appears twice");
      file_.vocab.emplace();
      place_ = Place::kVocab;
    } else {
      open(json::object());
    }
    return true;
  }

  bool end_object() override {
    close(Place::kVocab);
    return true;
  }

  bool start_array(size_t) override {
    if (is_member_of_model("merges")) {
      if (file_.merges) fail_at("model.merges", "appears twice");
      file_.merges.emplace();
      place_ = Place::kMerges;
    } else if (place_ == Place::kMerges) {
      pair_.clear();
      place_ = Place::kMergePair;
    } else {
      open(json::array());
    }
    return true;
  }

  bool end_array() override {
    if (place_ == Place::kMergePair) {
      if (pair_.size() != 2) fail_at(merge_path(), "must be two tokens");
      file_.merges->emplace_back(std::move(pair_[0]), std::move(pair_[1]));
      place_ = Place::kMerges;
    } else {
      close(Place::kMerges);
    }
    return true;
  }

 private:
  // Where the parser is: in the value that is built, or in one of the lists.
  enum class Place : uint8_t { kParts, kVocab, kMerges, kMergePair };
  static constexpr size_t kMaxDepth = 32;

  [[noreturn]] void fail_at(const std::string& field, std::string_view message) const {
    radlads::fail("[load_tokenizer] {}: {} in {}", field, message, file_.path.string());
  }

  std::string merge_path() const { return fmt::format("model.merges[{}]", file_.merges->size()); }

  bool is_member_of_model(std::string_view name) const {
    return place_ == Place::kParts && open_.size() == 2 && open_keys_[1] == "model" && key_ == name;
  }

  // Older files have merges as "a b", and may begin with the line of merges.txt that states a version.
  void add_merge(const std::string& line) {
    if (line.starts_with("#version")) return;
    const size_t space = line.find(' ');
    if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos) {
      fail_at(merge_path(), "must be two tokens with a space between, not " + in_quotes(line));
    }
    file_.merges->emplace_back(line.substr(0, space), line.substr(space + 1));
  }

  bool add_scalar(json value) {
    add(std::move(value));
    return true;
  }

  json* add(json value) {
    if (place_ == Place::kVocab)
      fail_at("model.vocab", "the id of " + in_quotes(key_) + " must be a whole number");
    if (place_ != Place::kParts) fail_at(merge_path(), "must be two tokens");
    if (open_.empty()) return &(file_.parts = std::move(value));
    json& parent = *open_.back();
    if (parent.is_array()) return &parent.emplace_back(std::move(value));
    if (parent.contains(key_)) fail_at(in_quotes(key_), "appears twice in one object");
    return &(parent[key_] = std::move(value));
  }

  void open(json container) {
    if (open_.size() == kMaxDepth) fail_at(in_quotes(key_), "is nested too deeply");
    json* added = add(std::move(container));
    open_.push_back(added);
    open_keys_.push_back(open_keys_.empty() ? "" : key_);
  }

  void close(Place list) {
    if (place_ == list) {
      place_ = Place::kParts;
    } else {
      open_.pop_back();
      open_keys_.pop_back();
    }
  }

  TokenizerFile& file_;
  Place place_ = Place::kParts;
  std::string key_;
  std::vector<json*> open_;  // the containers around the parser's place, outermost first
  std::vector<std::string> open_keys_;
  std::vector<std::string> pair_;
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
  Reader(text, file).parse();
  return file;
}

}  // namespace radlads::text
