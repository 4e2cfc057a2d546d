#include "conversion/student_folder.h"

#include <algorithm>
#include <vector>

#include "core/embedded_file.h"
#include "core/error.h"
#include "io/file.h"
#include "io/hub_cache.h"
#include "report/markdown.h"

namespace radlads {

std::span<const EmbeddedFile> modeling_files();  // generated from python/

namespace {

namespace fs = std::filesystem;

bool is_tokenizer_file(const std::string& name) {
  constexpr std::string_view kNames[] = {"tokenizer.json",
                                         "tokenizer_config.json",
                                         "special_tokens_map.json",
                                         "vocab.json",
                                         "merges.txt",
                                         "tokenizer.model",
                                         "added_tokens.json",
                                         "generation_config.json",
                                         "rwkv_vocab_v20230424.txt"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         name.starts_with("chat_template.");
}

/// Files for one model_type have it in their names; the others are for all.
bool serves(std::string_view file, std::string_view model_type) {
  return file.find("rad_rwkv") != std::string_view::npos || file.find(model_type) != std::string_view::npos;
}

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

void copy_tokenizer_files(const fs::path& source, const fs::path& target) {
  for (const auto& entry : fs::directory_iterator(source)) {
    if (!is_tokenizer_file(entry.path().filename().string())) continue;
    write_text_file(target / entry.path().filename(), read_text_file(entry.path()));
  }
}

void write_modeling_files(const ModelConfig& config, const fs::path& target) {
  if (!config.is_student()) return;
  for (const EmbeddedFile& file : modeling_files()) {
    if (serves(file.name, config.model_type)) write_text_file(target / file.name, file.text);
  }
}

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
