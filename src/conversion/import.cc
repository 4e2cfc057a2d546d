#include "conversion/import.h"

#include <memory>

#include "conversion/student_folder.h"
#include "core/error.h"
#include "core/half.h"
#include "io/file.h"
#include "model/model_folder.h"
#include "text/tokenizer.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

bool is_json(const fs::path& tokenizer) { return tokenizer.extension() == ".json"; }

void copy_tokenizer(const fs::path& tokenizer, const fs::path& folder) {
  if (fs::is_directory(tokenizer)) return copy_tokenizer_files(tokenizer, folder);
  write_text_file(folder / (is_json(tokenizer) ? "tokenizer.json" : "rwkv_vocab_v20230424.txt"),
                  read_text_file(tokenizer));
}

std::unique_ptr<Tokenizer> load(const fs::path& tokenizer) {
  if (fs::is_directory(tokenizer)) return load_tokenizer(tokenizer);
  return is_json(tokenizer) ? load_tokenizer_json(tokenizer) : load_world_tokenizer(tokenizer);
}

void check_vocabulary(const fs::path& tokenizer, int64_t V) {
  const int64_t ids = load(tokenizer)->vocab_size();
  if (ids > V) {
    fail("[import] the tokenizer has {} ids, but the model only {}: it belongs to another model: {}", ids, V,
         tokenizer.string());
  }
}

}  // namespace

void import_rwkv(const fs::path& weights, const fs::path& tokenizer, const fs::path& folder) {
  if (fs::exists(folder)) fail("[import] {} exists: choose another name", folder.string());
  if (!fs::is_regular_file(weights))
    fail("[import] {} is not a file: give the .pth or .safetensors file of the weights", weights.string());
  const ModelFolder model = open_rwkv_weights(weights);
  check_finite(model);
  check_vocabulary(tokenizer, model.config.V);
  fs::path partial = folder;
  partial += ".partial";
  remove_folder(partial);
  make_folder(partial);
  copy_tokenizer(tokenizer, partial);
  export_model(
      partial, model.config,
      [&](const TensorSpec& spec, std::span<float> out) {
        const TensorView& tensor = model.tensor(spec);
        convert_to_float({tensor.data, tensor.num_bytes()}, tensor.dtype, out);
      },
      [&](const TensorSpec& spec) { return model.tensor(spec).dtype; });
  rename_folder(partial, folder);
}

}  // namespace radlads
