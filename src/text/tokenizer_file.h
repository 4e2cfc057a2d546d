// Reading tokenizer.json. Its two long members, model.vocab and model.merges, go straight into lists: as JSON
// values they would cost ten times the memory and several times the time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace radlads::text {

struct TokenizerFile {
  using Vocab = std::vector<std::pair<std::string, int64_t>>;
  using Merges = std::vector<std::pair<std::string, std::string>>;

  std::filesystem::path path;
  nlohmann::json parts;          // everything else
  std::optional<Vocab> vocab;    // spelling and id, in the order of the file
  std::optional<Merges> merges;  // left and right, by rank; written as "a b" or as ["a", "b"]
};

/// UserError, naming the file, if it cannot be read, is not JSON or repeats a member, or if an element of the
/// two lists has a wrong type.
TokenizerFile read_tokenizer_file(const std::filesystem::path& path);

/// The whole of a file. UserError if it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace radlads::text
