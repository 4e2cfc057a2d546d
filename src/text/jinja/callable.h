// What a template can call, the arguments of a call, and how they match the parameters of a function.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/site.h"

namespace radlads::jinja {

struct Arguments {
  std::string_view callee;  // for errors
  Values positional;
  std::vector<std::pair<std::string, Value>> named;
};

/// The arguments in the order of a function's parameters.
class Bound {
 public:
  /// UserError if `arguments` are too many, have an unknown name, or leave out one of the first
  /// `num_required`.
  Bound(const Site& site, const Arguments& arguments, std::initializer_list<std::string_view> parameters,
        size_t num_required = 0);

  /// Null if it is left out.
  const Value* find(size_t parameter) const { return found_[parameter]; }
  /// One that is required.
  const Value& operator[](size_t parameter) const { return *found_[parameter]; }

  // `otherwise` if it is left out, or none. UserError if it has another type.
  int64_t integer(size_t parameter, int64_t otherwise) const;
  bool flag(size_t parameter, bool otherwise) const;
  /// A string that is required.
  const std::string& text(size_t parameter) const;

 private:
  const Site& site_;
  std::string_view callee_;
  std::array<std::string_view, 5> names_{};
  std::array<const Value*, 5> found_{};
};

/// UserError unless there are no arguments.
void require_none(const Site& site, const Arguments& arguments);

/// A function, a macro, or a method of a value.
class Callable {
 public:
  Callable() = default;
  Callable(const Callable&) = delete;
  Callable& operator=(const Callable&) = delete;
  virtual ~Callable() = default;

  virtual std::string_view name() const = 0;

  /// UserError if the arguments are wrong, or the call fails.
  virtual Value call(const Site& site, const Arguments& arguments) const = 0;

  /// Its attribute `name`; nullopt if it has none of that name.
  virtual std::optional<Value> attribute(std::string_view /*name*/) const { return std::nullopt; }

  /// What Python's str() gives; nullopt if that is an address in memory.
  virtual std::optional<std::string> text() const { return std::nullopt; }
};

/// `callee`(arguments). UserError if it cannot be called, or calls are nested too deep.
Value call(const Site& site, const Value& callee, const Arguments& arguments);

}  // namespace radlads::jinja
