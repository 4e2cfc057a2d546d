#include "text/pattern.h"

#include <algorithm>
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

std::string Pattern::replace(std::string_view valid, std::string_view content, size_t* head,
                             size_t most_bytes) const {
  std::string result;
  result.reserve(valid.size() + valid.size() / 2);
  size_t done = 0;
  const size_t old_head = head == nullptr ? 0 : *head;
  size_t new_head = 0;
  const auto keep = [&](size_t end) {
    result += valid.substr(done, end - done);
    if (done < old_head) new_head = result.size() - (end - std::min(end, old_head));
  };
  for_each_match(valid, [&](Range match) {
    if (result.size() > most_bytes) return;
    keep(match.begin);
    result += content;
    if (match.end <= old_head) new_head = result.size();
    done = match.end;
  });
  keep(valid.size());
  if (head != nullptr) *head = new_head;
  return result;
}

bool Pattern::is_one_character() const {
  const auto* literal = std::get_if<std::string>(&what_);
  return literal != nullptr && !literal->empty() && literal->size() == utf8_length((*literal)[0]);
}

}  // namespace radlads::text
