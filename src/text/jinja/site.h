// Where an operation is in the template, and what all operations of one rendering share: every function that
// evaluates takes a Site, for its errors and its costs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/value.h"
#include "text/template_options.h"

namespace radlads::jinja {

/// The work that one rendering may do, in bytes read or written. Enough for a chat of ten million characters,
/// and takes seconds.
inline constexpr uint64_t kMaxWork = uint64_t{1} << 28;

/// The cost of handling one value, a loop's step or an element of a list, besides the bytes of texts.
inline constexpr uint64_t kValueCost = 32;

/// How deep values may be nested.
inline constexpr uint32_t kMaxDepth = 100;

/// How deep expressions, tags and calls may be nested while they are evaluated: macros may call themselves.
inline constexpr uint32_t kMaxDescent = 1500;

/// One rendering of a template.
struct Rendering {
  const std::string& name;
  const TemplateOptions& options;
  uint64_t work_left = kMaxWork;
  uint32_t descent = 0;
  uint32_t filter_depth = 0;  // of filters within map
  /// Namespaces and macros may refer to each other in cycles, and live as long as the rendering.
  std::vector<std::shared_ptr<const void>> kept = {};

  template <class T>
  T* keep(std::shared_ptr<T> object) {
    kept.push_back(object);
    return object.get();
  }
};

class Site {
 public:
  Site(Rendering& rendering, Position at) : rendering_(&rendering), at_(at) {}

  Rendering& rendering() const { return *rendering_; }
  Position position() const { return at_; }

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    fail_at(rendering_->name, at_, format, std::forward<Args>(args)...);
  }

  /// UserError if the rendering has done too much work.
  void spend(uint64_t work) const {
    if (work > rendering_->work_left) {
      fail("the template takes too much work; shorten its loops or its texts");
    }
    rendering_->work_left -= work;
  }

  void append(std::string_view piece, std::string& out) const {
    spend(piece.size());
    out += piece;
  }

  void append(Value item, Values& out) const {
    spend(kValueCost);
    out.push_back(std::move(item));
  }

  /// For what does not exist; `what` is "the variable \"x\"" or similar.
  Value undefined(std::string_view what) const {
    return Value::undefined(fmt::format("{} is undefined", what), at_, rendering_->options.strict);
  }

  /// UserError if `value` is undefined.
  void require_defined(const Value& value) const {
    if (const Undefined* undefined = value.undefined()) {
      fail_at(rendering_->name, undefined->at, "{}", undefined->reason);
    }
  }

  /// The same if undefined values are errors wherever they are used.
  void require_usable(const Value& value) const {
    if (value.undefined() != nullptr && value.undefined()->strict) require_defined(value);
  }

  /// UserError if containers are nested too deep in `value`.
  void require_shallow(const Value& value) const {
    if (value.depth() > kMaxDepth) fail("values nested more than {} deep", kMaxDepth);
  }

 private:
  Rendering* rendering_;
  Position at_;
};

/// Counts what is being evaluated while it exists. UserError if that is nested too deep.
class Descent {
 public:
  explicit Descent(const Site& site) : depth_(site.rendering().descent) {
    if (depth_ == kMaxDescent)
      site.fail("expressions, tags and macros are nested too deep; does a macro call itself?");
    ++depth_;
  }
  ~Descent() { --depth_; }
  Descent(const Descent&) = delete;
  Descent& operator=(const Descent&) = delete;

 private:
  uint32_t& depth_;
};

}  // namespace radlads::jinja
