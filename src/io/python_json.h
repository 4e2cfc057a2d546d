// JSON to the byte as Python's json.dumps writes it: hashes of documents are taken over that text.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace radlads {

/// json.dumps(value, indent=indent, ensure_ascii=ensure_ascii); a negative `indent` stands for None: all on
/// one line. The strings of `value` must be valid UTF-8.
std::string python_json(const nlohmann::ordered_json& value, int indent, bool ensure_ascii);

/// repr(value): the shortest digits that give the number back. "0.1", "1e-05", "1e+16", "inf", "nan".
std::string python_repr_float(double value);

}  // namespace radlads
