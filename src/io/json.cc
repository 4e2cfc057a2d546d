#include "io/json.h"

#include <string>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/error.h"
#include "io/json_sax.h"
#include "io/printable.h"

namespace radlads {
namespace {

constexpr size_t kMaxDepth = 64;

/// Builds the tree of a text. (nlohmann's parser could check depth and keys by a callback, but then looks at
/// all members of an object again after each of them.)
template <class Json>
class Builder final : public JsonSax {
 public:
  using JsonSax::JsonSax;

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(int64_t value) override { return add(value); }
  bool number_unsigned(uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    Container& object = open_.back();
    if (!object.keys.insert(name).second) refuse(fmt::format("the key {} is there twice", in_quotes(name)));
    auto& members = object.value->template get_ref<typename Json::object_t&>();
    if constexpr (std::is_same_v<Json, nlohmann::ordered_json>) {
      object.member = &members.emplace_back(std::move(name), nullptr).second;  // operator[] would search
    } else {
      object.member = &members[std::move(name)];
    }
    return true;
  }

 private:
  struct Container {
    Json* value;
    Json* member = nullptr;                // of an object: the one whose value is next
    std::unordered_set<std::string> keys;  // of an object
  };

  Json* place(Json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    const Container& parent = open_.back();
    if (parent.value->is_object()) return &(*parent.member = std::move(value));
    return &parent.value->emplace_back(std::move(value));
  }

  bool add(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (open_.size() == kMaxDepth) refuse(fmt::format("JSON nested deeper than {}", kMaxDepth));
    Json* const placed = place(std::move(container));
    open_.push_back({placed, nullptr, {}});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Container> open_;  // outermost first
};

template <class Json>
Json parse(std::string_view text, std::string_view subject, const std::filesystem::path& file) {
  Builder<Json> builder(text, subject, file);
  builder.parse();
  return builder.take();
}

}  // namespace

nlohmann::json parse_json(std::string_view text, std::string_view subject,
                          const std::filesystem::path& file) {
  return parse<nlohmann::json>(text, subject, file);
}

nlohmann::ordered_json parse_ordered_json(std::string_view text, std::string_view subject,
                                          const std::filesystem::path& file) {
  return parse<nlohmann::ordered_json>(text, subject, file);
}

void JsonSax::parse() {
  // The parser takes a NUL for the end of its input, and would ignore what follows.
  if (const size_t nul = text_.find('\0'); nul != std::string_view::npos) refuse_byte(nul);
  nlohmann::json::sax_parse(text_, this);
}

void JsonSax::refuse(std::string_view what) const { fail("{}: {} in {}", subject_, what, file_.string()); }

bool JsonSax::parse_error(size_t byte, const std::string&, const nlohmann::detail::exception& error) {
  if (dynamic_cast<const nlohmann::detail::parse_error*>(&error) == nullptr)
    refuse(fmt::format("the number that ends at byte {} is too large", byte));
  if (byte > text_.size()) refuse(fmt::format("the JSON is cut off after {} bytes", text_.size()));
  refuse_byte(byte - 1);
}

void JsonSax::refuse_byte(size_t index) const {
  const auto c = static_cast<unsigned char>(text_[index]);
  const auto shown =
      c > 0x20 && c < 0x7F ? fmt::format("'{}'", static_cast<char>(c)) : fmt::format("byte 0x{:02X}", c);
  refuse(fmt::format("invalid JSON: unexpected {} at byte {}", shown, index + 1));
}

}  // namespace radlads
