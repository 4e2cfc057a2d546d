// The tasks that come with the program: the YAML files of assets/tasks.
#pragma once

#include <span>

#include "core/embedded_file.h"

namespace radlads {

std::span<const EmbeddedFile> own_tasks();

}  // namespace radlads
