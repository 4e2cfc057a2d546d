// Turns the source of a template into its syntax tree.
#pragma once

#include <string>
#include <string_view>

#include "text/jinja/syntax.h"

namespace radlads::jinja {

/// UserError with the position if `source` is malformed or uses what is not supported.
Program parse_program(std::string_view source, std::string name, const TemplateOptions& options);

}  // namespace radlads::jinja
