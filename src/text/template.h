// Templates in Jinja's language, as evaluation tasks and chat templates use it: what is supported gives the
// text that Python's jinja2 3.1 gives, and what is not is refused by name. docs/jinja.md lists both.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "text/template_options.h"

namespace radlads {

/// JSON whose objects keep the order of their fields.
using Json = nlohmann::ordered_json;

namespace jinja {
struct Program;
}

/// Immutable, cheap to copy, and safe for use by several threads. Templates may come from untrusted sources:
/// nesting, loops and the size of texts are limited.
class Template {
 public:
  /// `name` is for errors. UserError "[template] NAME: line L, column C: reason" if `source` is malformed or
  /// uses what is not supported.
  static Template parse(std::string_view source, std::string name, const TemplateOptions& options = {});

  /// The text for these variables, the fields of an object. UserError, with the place, where the template
  /// fails: a field that is absent, operands of the wrong type, raise_exception, a limit.
  std::string render(const Json& variables) const;

  /// The value of a template that is one {{ expression }} and nothing else: a list, a number, a string, ...
  /// (tuples and ranges become lists, undefined null); of any other template its text.
  Json value(const Json& variables) const;

 private:
  explicit Template(std::shared_ptr<const jinja::Program> program) : program_(std::move(program)) {}

  std::shared_ptr<const jinja::Program> program_;
};

}  // namespace radlads
