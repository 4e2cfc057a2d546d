#include "conversion/student_folder.h"

#include <algorithm>

#include "core/embedded_file.h"
#include "core/error.h"
#include "io/file.h"

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

}  // namespace

void copy_tokenizer_files(const fs::path& source, const fs::path& target) {
  for (const auto& entry : fs::directory_iterator(source)) {
    if (!is_tokenizer_file(entry.path().filename().string())) continue;
    write_text_file(target / entry.path().filename(), read_text_file(entry.path()));
  }
}

void write_modeling_files(const ModelConfig& config, const fs::path& target) {
  if (config.is_teacher()) return;
  for (const EmbeddedFile& file : modeling_files()) {
    if (serves(file.name, config.model_type)) write_text_file(target / file.name, file.text);
  }
}

}  // namespace radlads
