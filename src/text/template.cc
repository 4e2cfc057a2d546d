#include "text/template.h"

#include "text/jinja/interpreter.h"
#include "text/jinja/parser.h"

namespace radlads {

Template Template::parse(std::string_view source, std::string name, const TemplateOptions& options) {
  return Template(
      std::make_shared<const jinja::Program>(jinja::parse_program(source, std::move(name), options)));
}

std::string Template::render(const Json& variables) const {
  return jinja::Interpreter(*program_, variables).text();
}

Json Template::value(const Json& variables) const {
  const jinja::Print* print =
      program_->body.size() == 1 ? std::get_if<jinja::Print>(&program_->body[0].what) : nullptr;
  jinja::Interpreter interpreter(*program_, variables);
  return print != nullptr ? interpreter.value(*print) : Json(interpreter.text());
}

}  // namespace radlads
