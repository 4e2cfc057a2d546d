#include "report/text_table.h"

#include <algorithm>

#include "report/plain_text.h"

namespace radlads::report {
namespace {

constexpr int64_t kGap = 3;  // between columns

}  // namespace

std::string spaces(int64_t count) {
  return std::string(static_cast<size_t>(std::max<int64_t>(0, count)), ' ');
}

std::string text_table(const TextRows& rows) {
  std::vector<int64_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = row[0];
    int64_t column = 0;
    for (size_t i = 1; i < row.size(); ++i) {
      column += widths[i - 1] + kGap;
      if (row[i].empty()) continue;
      line += spaces(column + widths[i] - columns(row[i]) - columns(line)) + row[i];
    }
    text += line + "\n";
  }
  return text + "\n";
}

}  // namespace radlads::report
