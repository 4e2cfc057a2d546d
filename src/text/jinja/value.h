// The values of expressions: Python's, as far as templates can distinguish them. Containers are immutable and
// shared; what changes is an iterator (consumed by reading), a loop and a namespace.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/position.h"

namespace radlads::jinja {

class BigInteger;
class Callable;
class Loop;
class Value;
struct Dict;
struct Iterator;
struct Namespace;
struct Sequence;

using Values = std::vector<Value>;

/// A variable or field that does not exist, and the place that asked for it.
struct Undefined {
  std::string reason;
  Position at;
  bool strict;
};

enum class SequenceKind : uint8_t { kList, kTuple, kRange, kKeys, kValues, kItems };

class Value {
 public:
  /// None.
  Value() = default;
  template <std::same_as<bool> T>
  Value(T flag) : data_(flag) {}
  Value(int64_t number) : data_(number) {}
  Value(double number) : data_(number) {}
  Value(BigInteger number);
  Value(std::string text) : Value(std::move(text), false) {}
  /// What is called outlives the rendering, or belongs to it.
  Value(const Callable* callable) : data_(callable) {}
  Value(Namespace* space) : data_(space) {}
  Value(std::shared_ptr<Loop> loop) : data_(std::move(loop)) {}

  /// Python's markupsafe.Markup: a text that is safe in HTML. What is joined with it is escaped.
  static Value markup(std::string text) { return Value(std::move(text), true); }
  static Value undefined(std::string reason, Position at, bool strict);
  static Value sequence(SequenceKind kind, Values items);
  static Value list(Values items) { return sequence(SequenceKind::kList, std::move(items)); }
  static Value tuple(Values items) { return sequence(SequenceKind::kTuple, std::move(items)); }
  /// What the filter groupby gives: a tuple whose items are also its fields `grouper` and `list`.
  static Value group(Value key, Value items);
  static Value iterator(Values items);
  static Value dict(std::vector<std::pair<Value, Value>> entries);

  bool is_none() const { return std::holds_alternative<std::monostate>(data_); }

  // Each is null if the value is of another kind.
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const int64_t* integer() const { return std::get_if<int64_t>(&data_); }
  /// An integer that does not fit 64 bits.
  const BigInteger* big() const { return shared<const BigInteger>(); }
  const double* real() const { return std::get_if<double>(&data_); }
  const std::string* text() const {
    return shared<const Text>() == nullptr ? nullptr : &shared<const Text>()->characters;
  }
  bool is_markup() const { return shared<const Text>() != nullptr && shared<const Text>()->is_markup; }
  const Undefined* undefined() const { return shared<const Undefined>(); }
  const Sequence* sequence() const { return shared<const Sequence>(); }
  const Dict* dict() const { return shared<const Dict>(); }
  Iterator* iterator() const { return shared<Iterator>(); }
  Loop* loop() const { return shared<Loop>(); }
  Namespace* space() const { return raw<Namespace*>(); }
  const Callable* callable() const { return raw<const Callable*>(); }

  /// True for lists and tuples, which unlike the other sequences can be compared and joined.
  bool is(SequenceKind kind) const;

  /// How deep containers are nested in this one: 0 for a value that is not a container.
  uint32_t depth() const;

  /// "an integer", "a list", ...
  std::string_view type_name() const;

  /// True if both are the same singleton, equal numbers or texts of one type, or the same container.
  bool is_same(const Value& other) const;

 private:
  struct Text {
    std::string characters;
    bool is_markup;
  };

  Value(std::string text, bool is_markup)
      : data_(std::make_shared<const Text>(Text{std::move(text), is_markup})) {}

  template <class T>
  T* shared() const {
    const auto* pointer = std::get_if<std::shared_ptr<T>>(&data_);
    return pointer == nullptr ? nullptr : pointer->get();
  }
  template <class T>
  T raw() const {
    const T* pointer = std::get_if<T>(&data_);
    return pointer == nullptr ? nullptr : *pointer;
  }

  std::variant<std::monostate, bool, int64_t, double, std::shared_ptr<const BigInteger>,
               std::shared_ptr<const Text>, std::shared_ptr<const Undefined>, std::shared_ptr<const Sequence>,
               std::shared_ptr<const Dict>, std::shared_ptr<Iterator>, std::shared_ptr<Loop>, Namespace*,
               const Callable*>
      data_;
};

struct Sequence {
  SequenceKind kind;
  Values items;
  uint32_t depth;
  bool is_group = false;
};

/// What Python's generators give: each item once.
struct Iterator {
  Values items;
  size_t next;
  uint32_t depth;
};

/// In the order of insertion.
struct Dict {
  std::vector<std::pair<Value, Value>> entries;
  uint32_t depth;

  /// The value of a string key; null if there is none.
  const Value* find(std::string_view key) const;
};

/// What namespace() makes: the one object whose fields a template may set.
struct Namespace {
  std::vector<std::pair<std::string, Value>> fields;

  const Value* find(std::string_view name) const;
  void set(std::string_view name, Value value);
};

/// A text, as markup or not.
inline Value text_like(bool is_markup, std::string text) {
  return is_markup ? Value::markup(std::move(text)) : Value(std::move(text));
}

}  // namespace radlads::jinja
