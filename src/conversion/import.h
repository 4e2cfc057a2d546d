// Weights in one file, as RWKV-7's authors publish them, into a model folder.
#pragma once

#include <filesystem>

namespace radlads {

/// Makes `folder`, which must not exist, from a .pth or .safetensors file of RWKV-7 weights: config.json,
/// model.safetensors in the types of the file, and the files of a tokenizer (a folder that has them, or
/// rwkv_vocab_v20230424.txt or a tokenizer.json by itself). The folder appears whole. UserError naming what
/// is wrong with the weights or the tokenizer.
void import_rwkv(const std::filesystem::path& weights, const std::filesystem::path& tokenizer,
                 const std::filesystem::path& folder);

}  // namespace radlads
