#include "infer/stop_ids.h"

#include <limits>

#include "io/json_field.h"

namespace radlads::infer {

std::vector<int64_t> stop_ids(const std::filesystem::path& folder, const ModelConfig& config) {
  const std::filesystem::path file = folder / "generation_config.json";
  if (!std::filesystem::exists(file)) return config.eos_token_ids;
  const JsonFile json(file, "read_generation_config");
  const auto eos = json.root().find("eos_token_id");
  if (!eos) return config.eos_token_ids;
  std::vector<int64_t> ids;
  for (const JsonField& id : eos->is_array() ? eos->elements() : std::vector{*eos})
    ids.push_back(id.as_integer(0, std::numeric_limits<int32_t>::max()));
  return ids;
}

}  // namespace radlads::infer
