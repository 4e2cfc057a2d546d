#include "golden/golden_case.h"

#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "support/expect_close.h"

namespace radlads {

GoldenCase::GoldenCase(std::filesystem::path folder, std::map<std::string, double> bounds)
    : folder_(std::move(folder)), bounds_(std::move(bounds)) {
  std::ifstream file(folder_ / "case.json");
  if (!file) return;
  const auto json = nlohmann::json::parse(file);
  if (!json.contains("bounds")) return;
  for (const auto& [kind, bound] : json["bounds"].items()) bounds_[kind] = bound.get<double>();
}

void GoldenCase::check(const std::string& name, std::span<const float> got, std::span<const float> wanted,
                       const std::string& kind) {
  if (const auto result = is_close(got, wanted, bound(kind)); !result) fail(name + ": " + result.message());
}

void GoldenCase::check(const std::string& name, double got, double wanted, const std::string& kind) {
  const double error = std::abs(got - wanted) / (wanted == 0 ? 1 : std::abs(wanted));
  if (!(error <= bound(kind)))
    fail(fmt::format("{}: got {}, wanted {} (error {:.2e})", name, got, wanted, error));
}

void GoldenCase::fail(const std::string& message) { failures_.push_back(folder_.string() + ": " + message); }

std::span<const float> floats_of(const Safetensors& file, const std::string& name) {
  const auto it = file.tensors().find(name);
  if (it == file.tensors().end()) radlads::fail("[golden] {} is missing in {}", name, file.path().string());
  return it->second.f32();
}

std::vector<int32_t> ids_of(const Safetensors& file, const std::string& name) {
  const auto it = file.tensors().find(name);
  if (it == file.tensors().end()) radlads::fail("[golden] {} is missing in {}", name, file.path().string());
  const TensorView& tensor = it->second;
  std::vector<int64_t> wide(static_cast<size_t>(tensor.size()));
  std::memcpy(wide.data(), tensor.data, wide.size() * sizeof(int64_t));
  return {wide.begin(), wide.end()};
}

bool has(const Safetensors& file, const std::string& name) { return file.tensors().contains(name); }

}  // namespace radlads
