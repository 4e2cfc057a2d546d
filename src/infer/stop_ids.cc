#include "infer/stop_ids.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"

namespace radlads::infer {

std::vector<int64_t> stop_ids(const std::filesystem::path& folder, const ModelConfig& config) {
  std::vector<int64_t> ids = config.eos_token_ids;
  const std::filesystem::path file = folder / "generation_config.json";
  if (!std::filesystem::exists(file)) return ids;
  const auto json = nlohmann::json::parse(read_text_file(file), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) fail("[generate] {} is no JSON object", file.string());
  const auto eos = json.value("eos_token_id", nlohmann::json());
  for (const auto& id : eos.is_array() ? eos : nlohmann::json::array({eos})) {
    if (id.is_number_integer()) ids.push_back(id.get<int64_t>());
  }
  return ids;
}

}  // namespace radlads::infer
