#include "text/jinja/json.h"

#include <algorithm>
#include <cmath>

#include "core/utf8.h"
#include "text/jinja/access.h"
#include "text/jinja/operators.h"
#include "text/jinja/printing.h"

namespace radlads::jinja {
namespace {

Value value_at(const Site& site, const Json& json, uint32_t depth);

Value string_value(const Site& site, const std::string& text) {
  site.spend(text.size());
  if (!is_utf8(text)) site.fail("a variable contains a string that is not valid UTF-8");
  return text;
}

Value array_value(const Site& site, const Json& json, uint32_t depth) {
  Values items;
  for (const Json& element : json) items.push_back(value_at(site, element, depth + 1));
  return Value::list(std::move(items));
}

Value object_value(const Site& site, const Json& json, uint32_t depth) {
  std::vector<std::pair<Value, Value>> entries;
  for (const auto& [key, member] : json.items()) {
    entries.emplace_back(string_value(site, key), value_at(site, member, depth + 1));
  }
  return Value::dict(std::move(entries));
}

Value value_at(const Site& site, const Json& json, uint32_t depth) {
  site.spend(kValueCost);
  if (depth > kMaxDepth) site.fail("values nested more than {} deep", kMaxDepth);
  if (json.is_null()) return {};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned()) return BigInteger::parse(std::to_string(json.get<uint64_t>()), 10);
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_string()) return string_value(site, json.get_ref<const std::string&>());
  if (json.is_array()) return array_value(site, json, depth);
  if (json.is_object()) return object_value(site, json, depth);
  site.fail("a variable contains {}", json.type_name());
}

std::string number_text(double number) {
  if (std::isfinite(number)) return text_of(number);
  return std::isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity";
}

// A key as json.dumps writes it, without quotes.
std::string key_text(const Site& site, const Value& key) {
  if (const std::string* text = key.text()) return *text;
  if (key.is_none()) return "null";
  if (const bool* flag = key.boolean()) return *flag ? "true" : "false";
  if (const double* real = key.real()) return number_text(*real);
  if (const int64_t* integer = key.integer()) return std::to_string(*integer);
  if (const BigInteger* big = key.big()) return text_of(site, *big);
  site.fail("{} cannot be a key in JSON", key.type_name());
}

class JsonWriter {
 public:
  JsonWriter(const Site& site, const JsonStyle& style) : site_(site), style_(style) {}

  std::string text;

  void append(const Value& value) {
    const Descent descent(site_);
    if (value.is_none()) return put("null");
    if (const bool* flag = value.boolean()) return put(*flag ? "true" : "false");
    if (const int64_t* integer = value.integer()) return put(std::to_string(*integer));
    if (const BigInteger* big = value.big()) return put(text_of(site_, *big));
    if (const double* real = value.real()) return put(number_text(*real));
    if (const std::string* string = value.text()) return append_string(*string);
    if (value.is(SequenceKind::kList) || value.is(SequenceKind::kTuple))
      return append_array(value.sequence()->items);
    if (const Dict* dict = value.dict()) return append_object(*dict);
    site_.require_defined(value);
    site_.fail("{} cannot be written as JSON", value.type_name());
  }

 private:
  using Entry = std::pair<Value, Value>;

  void put(std::string_view piece) { site_.append(piece, text); }

  // What comes before an element, or before the end.
  void put_break(bool is_first, bool is_end) {
    if (!is_first && !is_end) put(style_.item_separator);
    if (!style_.indent) return;
    put("\n");
    for (int i = is_end ? 1 : 0; i < depth_; ++i) put(*style_.indent);
  }

  void append_string(const std::string& string) {
    site_.spend(string.size());
    put(Json(string).dump(-1, ' ', style_.is_ascii));
  }

  template <class Elements, class Append>
  void append_elements(const Elements& elements, std::string_view open, std::string_view close,
                       const Append& append_one) {
    put(open);
    ++depth_;
    for (size_t i = 0; i < elements.size(); ++i) {
      put_break(i == 0, false);
      append_one(elements[i]);
    }
    if (!elements.empty()) put_break(false, true);
    --depth_;
    put(close);
  }

  void append_array(const Values& items) {
    append_elements(items, "[", "]", [this](const Value& item) { append(item); });
  }

  void append_object(const Dict& dict) {
    std::vector<const Entry*> entries;
    for (const Entry& entry : dict.entries) entries.push_back(&entry);
    if (style_.sorts_keys) {
      std::stable_sort(entries.begin(), entries.end(), [this](const Entry* a, const Entry* b) {
        return compare(site_, a->first, b->first) < 0;
      });
    }
    append_elements(entries, "{", "}", [this](const Entry* entry) {
      append_string(key_text(site_, entry->first));
      put(style_.key_separator);
      append(entry->second);
    });
  }

  const Site& site_;
  const JsonStyle& style_;
  int depth_ = 0;
};

}  // namespace

Value value_of(const Site& site, const Json& json) { return value_at(site, json, 0); }

Json json_of(const Site& site, const Value& value) {
  const Descent descent(site);
  site.spend(kValueCost);
  site.require_usable(value);
  if (value.is_none() || value.undefined() != nullptr) return nullptr;
  if (const bool* flag = value.boolean()) return *flag;
  if (const int64_t* integer = value.integer()) return *integer;
  if (const BigInteger* big = value.big()) return Json::parse(text_of(site, *big));
  if (const double* real = value.real()) return *real;
  if (const std::string* text = value.text()) {
    site.spend(text->size());
    return *text;
  }
  if (const Dict* dict = value.dict()) {
    Json object = Json::object();
    for (const auto& [key, member] : dict->entries) object[key_text(site, key)] = json_of(site, member);
    return object;
  }
  if (value.sequence() == nullptr && value.iterator() == nullptr)
    site.fail("{} cannot be converted to JSON", value.type_name());
  Json array = Json::array();
  for (const Value& item : items_of(site, value)) array.push_back(json_of(site, item));
  return array;
}

std::string json_text(const Site& site, const Value& value, const JsonStyle& style) {
  JsonWriter writer(site, style);
  writer.append(value);
  return std::move(writer.text);
}

}  // namespace radlads::jinja
