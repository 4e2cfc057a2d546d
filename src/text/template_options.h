// How templates are read and rendered.
#pragma once

#include <cstdint>
#include <optional>

#include "text/local_time.h"

namespace radlads {

/// Which globals, filters and rules a template has.
enum class TemplateDialect : uint8_t {
  kHarness,       // jinja2's, as lm-evaluation-harness adds to them
  kTransformers,  // those of chat templates: nothing can be changed, JSON is plain, strftime_now
};

/// The settings of jinja2's Environment of the same names. The defaults are those of lm-evaluation-harness.
struct TemplateOptions {
  TemplateDialect dialect = TemplateDialect::kHarness;
  bool trim_blocks = false;
  bool lstrip_blocks = false;
  bool keep_trailing_newline = true;
  /// The use of an undefined variable or field is an error (StrictUndefined); else it is empty and false.
  bool strict = true;
  /// The time of strftime_now; nullopt for that of the call.
  std::optional<LocalTime> now = std::nullopt;
};

}  // namespace radlads
