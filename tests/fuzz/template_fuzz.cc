// A template, rendered as a chat template is.
#include <string_view>

#include "core/error.h"
#include "text/template.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const radlads::Json kVariables = {
      {"messages", {{{"role", "user"}, {"content", "a é\n"}}, {{"role", "tool"}}}},
      {"n", 3},
      {"x", 2.5},
      {"l", {3, "b", nullptr, {1, 2}}}};
  try {
    radlads::Template::parse({reinterpret_cast<const char*>(data), size}, "t",
                             {.dialect = radlads::TemplateDialect::kTransformers, .strict = false})
        .render(kVariables);
  } catch (const radlads::UserError&) {
  }
  return 0;
}
