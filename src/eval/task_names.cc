#include "eval/task_names.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace radlads::eval {
namespace {

/// Single letters to change, add or leave out between two names.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view name) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (size_t i = star; i <= name.size(); ++i) {
    if (matches_pattern(rest, name.substr(i))) return true;
  }
  return false;
}

std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> names) {
  std::optional<std::pair<size_t, std::string>> nearest;
  for (const std::string& other : names) {
    auto candidate = std::pair(edit_distance(name, other), other);
    if (!nearest || candidate < *nearest) nearest = std::move(candidate);
  }
  if (!nearest || nearest->first > std::max<size_t>(2, name.size() / 3)) return std::nullopt;
  return nearest->second;
}

}  // namespace radlads::eval
