#include "conversion/public_text.h"

#include <vector>

#include "io/file.h"
#include "io/hub_cache.h"
#include "report/markdown.h"

namespace radlads {
namespace {

/// The words of a command line as a POSIX shell splits them: quotes of both kinds, and backslashes.
std::vector<std::string> shell_words(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else {
      words.back() += c == '\\' && quote != '\'' && i + 1 < line.size() ? line[++i] : c;
    }
  }
  return words;
}

/// "--data=a/b.txt" is a flag and its value.
std::string public_word(const std::string& word, std::string_view teacher) {
  if (word == teacher) return word;
  const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
  if (equals == std::string::npos) return public_path(word);
  return word.substr(0, equals + 1) + public_path(word.substr(equals + 1));
}

}  // namespace

std::string public_path(std::string_view path) {
  if (path.find('/') == std::string_view::npos && path != "." && path != ".." && path != "~")
    return std::string(path);
  const std::string name = hub_name(path);
  return name.empty() ? folder_name(path) : name;
}

std::string public_command(std::string_view command, std::string_view teacher) {
  std::string text;
  for (const std::string& word : shell_words(command)) {
    if (!text.empty()) text += ' ';
    text += report::shell_word(public_word(word, teacher));
  }
  return text;
}

Recipe public_recipe(Recipe recipe) {
  for (std::string& file : recipe.data) file = public_path(file);
  recipe.eval_text = public_path(recipe.eval_text);
  return recipe;
}

}  // namespace radlads
