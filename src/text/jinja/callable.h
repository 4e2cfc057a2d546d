// What a template can call.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/arguments.h"

namespace radlads::jinja {

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
