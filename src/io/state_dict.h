// The dictionary of names and tensors in a pickle.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "io/pickle.h"

namespace radlads {

struct NamedTensor {
  std::string name;  // without the prefixes of wrappers
  const PickleTensor* tensor;
};

/// The tensors of the dictionary that a pickle holds, in its order; at least one. Names are unique and valid
/// UTF-8, and without "_orig_mod." (torch.compile) and "module." (DistributedDataParallel, DeepSpeed) at
/// their beginning. Values without tensors are ignored. UserError "[torch_file] PATH: ..." for anything that
/// is not such a dictionary; for one with tensors further down it names the key under which they are.
std::vector<NamedTensor> named_tensors(const PickleValue& pickled, const std::filesystem::path& path);

}  // namespace radlads
