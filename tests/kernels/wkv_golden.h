// The golden cases of wkv6 and wkv7 as cases of the tests, under the names of the common form.
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "io/safetensors.h"
#include "kernels/wkv_case.h"

namespace radlads::kernels {

/// The files of a kernel, wkv6 or wkv7.
inline std::vector<std::filesystem::path> golden_files(const std::string& kernel) {
  const std::filesystem::directory_iterator files(RADLADS_SOURCE_DIR "/tests/data/golden/kernels/" + kernel);
  return {begin(files), end(files)};
}

class GoldenWkvCase {
 public:
  explicit GoldenWkvCase(const std::filesystem::path& path) : file_(path), input(shape_of(file_), 0) {
    std::ranges::fill(input.s0, 0.0f);  // that of a case which has none
    for (const auto& [name, tensor] : file_.tensors()) {
      const std::vector<float> values(tensor.f32().begin(), tensor.f32().end());
      const std::string common = common_name(name);
      if (common == "s0") {
        input.s0 = values;
      } else if (common == "d_sT") {
        input.d_sT = values;
      } else if (input.inputs.contains(common)) {
        input.inputs.at(common) = HeadsBuffer(input.shape, input.shape.H, values);
      } else {
        wanted[common] = values;
      }
    }
  }

 private:
  static WkvShape shape_of(const Safetensors& file) {
    const Shape& v = file.tensors().at("v").shape;
    return {.B = v[0], .T = v[1], .H = v[2], .N = v[3]};
  }

  static std::string common_name(const std::string& name) {
    static const std::map<std::string, std::string> kNames = {
        {"q", "r"}, {"dq", "dr"}, {"logw", "lw"}, {"dlogw", "dlw"}, {"do", "d_o"}, {"dsT", "d_sT"}};
    const auto entry = kNames.find(name);
    return entry == kNames.end() ? name : entry->second;
  }

  Safetensors file_;

 public:
  WkvCase input;
  WkvResults wanted;
};

}  // namespace radlads::kernels
