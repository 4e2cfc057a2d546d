#include "core/error.h"
#include "text/tokenizer.h"

namespace radlads {

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_folder) {
  constexpr const char* kJson = "tokenizer.json";
  constexpr const char* kWorld = "rwkv_vocab_v20230424.txt";
  if (std::filesystem::exists(model_folder / kJson)) return load_tokenizer_json(model_folder / kJson);
  if (std::filesystem::exists(model_folder / kWorld)) return load_world_tokenizer(model_folder / kWorld);
  fail("[load_tokenizer] {}: no tokenizer; put {} or {} there", model_folder.string(), kJson, kWorld);
}

}  // namespace radlads
