// The types of YAML's scalars: the rules of YAML 1.1 as PyYAML's SafeLoader applies them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "io/yaml.h"

namespace radlads {

/// A plain scalar is null (empty, ~, null), a boolean (true, yes, on and their opposites), a whole number
/// (decimal, 0b1, 017, 0x1f, 1:30 for 90; with underscores), a number with a point (1.5, 1.0e+3, .inf, .nan),
/// or a string: dates are strings too. A quoted one is a string. A tag such as !!int asks for its type.
/// UserError for a whole number of more than 64 bits, and for a scalar that is not what its tag says.
nlohmann::ordered_json yaml_scalar(const YamlNode& node, const YamlPlace& place);

}  // namespace radlads
