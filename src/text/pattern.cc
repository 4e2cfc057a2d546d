#include "text/pattern.h"

#include <stdexcept>

#include "core/utf8.h"

namespace radlads::text {

Pattern Pattern::parse(const JsonField& field) {
  if (const auto literal = field.find("String")) {
    const std::string string = literal->as_string();
    return string.empty() ? Pattern(Regex("")) : Pattern(string);  // found between any two characters
  }
  const JsonField regex = field.at("Regex");
  try {
    return Pattern(Regex(regex.as_string()));
  } catch (const std::invalid_argument& error) {
    regex.fail("{}", error.what());
  }
}

std::string Pattern::replace(std::string_view valid, std::string_view content) const {
  std::string result;
  result.reserve(valid.size() + valid.size() / 2);
  size_t done = 0;
  for_each_match(valid, [&](Range match) {
    result += valid.substr(done, match.begin - done);
    result += content;
    done = match.end;
  });
  result += valid.substr(done);
  return result;
}

bool Pattern::is_one_character() const {
  const auto* literal = std::get_if<std::string>(&what_);
  return literal != nullptr && !literal->empty() && literal->size() == utf8_length((*literal)[0]);
}

}  // namespace radlads::text
