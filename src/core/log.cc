#include "core/log.h"

#include "core/status_line.h"

namespace radlads {

void log_info(std::string_view message) { write_above_status(fmt::format("{}\n", message)); }

void log_warning(std::string_view message) { write_above_status(fmt::format("warning: {}\n", message)); }

}  // namespace radlads
