#include "io/json.h"

#include <unordered_map>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/printable.h"

namespace radlads {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// The members of an object that is being read. `place` is that of a key, and whether it is new.
class SortedMembers {
 public:
  explicit SortedMembers(json& object) : members_(object.get_ref<json::object_t&>()) {}

  std::pair<json*, bool> place(const std::string& key) {
    const auto [entry, is_new] = members_.try_emplace(key);
    return {&entry->second, is_new};
  }

 private:
  json::object_t& members_;
};

/// An ordered_json would compare each key with all before it.
class OrderedMembers {
 public:
  explicit OrderedMembers(ordered_json& object) : members_(object.get_ref<ordered_json::object_t&>()) {}

  std::pair<ordered_json*, bool> place(const std::string& key) {
    const auto [entry, is_new] = index_.emplace(key, members_.size());
    if (is_new) members_.emplace_back(key, nullptr);
    return {&(members_.begin() + static_cast<ptrdiff_t>(entry->second))->second, is_new};
  }

 private:
  ordered_json::object_t& members_;
  std::unordered_map<std::string, size_t> index_;
};

template <class Json>
using Members = std::conditional_t<std::is_same_v<Json, json>, SortedMembers, OrderedMembers>;

/// As in nlohmann's own parser, whole numbers from 0 on are unsigned.
template <class Json>
Json number(const JsonCursor::Number& number) {
  if (const auto* whole = std::get_if<int64_t>(&number); whole != nullptr && *whole >= 0)
    return static_cast<uint64_t>(*whole);
  return std::visit([](auto value) { return Json(value); }, number);
}

template <class Json>
Json read_object(JsonCursor& cursor) {
  Json object = Json::object();
  Members<Json> members(object);
  cursor.enter_object();
  while (const auto key = cursor.next_key()) {
    const auto [value, is_new] = members.place(std::string(*key));
    if (!is_new && !cursor.rules().repeated_keys)
      cursor.fail(fmt::format("the key {} appears twice", in_quotes(*key)));
    *value = read_json<Json>(cursor);
  }
  return object;
}

template <class Json>
Json read_array(JsonCursor& cursor) {
  Json array = Json::array();
  cursor.enter_array();
  while (cursor.next_element()) array.push_back(read_json<Json>(cursor));
  return array;
}

template <class Json>
Json read_whole(std::string_view text, const JsonPlace& place, JsonRules rules) {
  JsonCursor cursor(text, place, rules);
  Json value = read_json<Json>(cursor);
  cursor.finish();
  return value;
}

}  // namespace

template <class Json>
Json read_json(JsonCursor& cursor) {
  switch (cursor.kind()) {
    case JsonCursor::Kind::kNull:
      cursor.null();
      return nullptr;
    case JsonCursor::Kind::kBool:
      return cursor.boolean();
    case JsonCursor::Kind::kNumber:
      return number<Json>(cursor.number());
    case JsonCursor::Kind::kString:
      return cursor.string();
    case JsonCursor::Kind::kArray:
      return read_array<Json>(cursor);
    default:
      return read_object<Json>(cursor);
  }
}

template json read_json<json>(JsonCursor& cursor);
template ordered_json read_json<ordered_json>(JsonCursor& cursor);

json parse_json(std::string_view text, std::string_view subject, const std::filesystem::path& file,
                JsonRules rules) {
  return read_whole<json>(text, {subject, file}, rules);
}

ordered_json parse_ordered_json(std::string_view text, std::string_view subject,
                                const std::filesystem::path& file, JsonRules rules) {
  return read_whole<ordered_json>(text, {subject, file}, rules);
}

}  // namespace radlads
