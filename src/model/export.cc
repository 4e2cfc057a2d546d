#include "model/export.h"

#include "core/error.h"
#include "core/half.h"
#include "io/file.h"
#include "io/tensor_folder.h"

namespace radlads {

void export_model(const std::filesystem::path& folder, const ModelConfig& config, const TensorValues& values,
                  const StoredDTypes& dtypes) {
  const std::vector<TensorSpec> table = tensor_table(config);
  std::vector<SafetensorsEntry> entries;
  for (const TensorSpec& spec : table)
    entries.push_back({spec.name, dtypes ? dtypes(spec) : config.dtype, spec.shape});
  std::vector<float> floats;
  std::vector<std::byte> bytes;
  write_tensor_folder(folder, entries, [&](size_t i) -> std::span<const std::byte> {
    const DType dtype = entries[i].dtype;
    floats.resize(static_cast<size_t>(num_elements(table[i].shape)));
    bytes.resize(floats.size() * size_of(dtype));
    values(table[i], floats);
    if (!convert_from_float(floats, dtype, bytes)) {
      fail("[export] {}: a value is too large for {}; choose --export_dtype bfloat16", table[i].name,
           torch_name(dtype));
    }
    return bytes;
  });
  write_text_file(folder / "config.json", config.source);
}

}  // namespace radlads
