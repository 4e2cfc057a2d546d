#include "text/jinja/replace.h"

#include <algorithm>

#include "core/utf8.h"

namespace radlads::jinja {

std::string replaced(const Site& site, std::string_view text, std::string_view old,
                     std::string_view replacement, int64_t count) {
  std::string result;
  size_t done = 0, from = 0;
  while (count-- != 0) {
    const size_t at = text.find(old, from);
    if (at == text.npos) break;
    site.append(text.substr(done, at - done), result);
    site.append(replacement, result);
    done = at + old.size();
    if (old.empty() && at == text.size()) break;
    from = old.empty() ? at + utf8_length(text[at]) : done;
  }
  site.append(text.substr(done), result);
  return result;
}

}  // namespace radlads::jinja
