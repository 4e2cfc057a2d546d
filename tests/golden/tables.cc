#include "golden/tables.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "data/order.h"
#include "golden/golden_case.h"
#include "mixers/table.h"
#include "model/init.h"
#include "recipe/recipe.h"

namespace radlads {
namespace {

using Json = nlohmann::json;

constexpr double kExact = 1e-12;           // relative: the last digits of a double
constexpr double kVectorBound = 2e-6;      // absolute
constexpr double kOrthogonalBound = 1e-5;  // of the Gram matrix, over gain^2

Json read_json(const std::filesystem::path& file) { return Json::parse(std::ifstream(file)); }

/// Rows of numbers, without the header.
std::vector<std::vector<double>> read_csv(std::filesystem::path file) {
  std::ifstream in(file.replace_extension(".csv"));
  std::vector<std::vector<double>> rows;
  std::string line, cell;
  std::getline(in, line);
  while (std::getline(in, line)) {
    rows.emplace_back();
    for (std::stringstream cells(line); std::getline(cells, cell, ',');)
      rows.back().push_back(std::stod(cell));
  }
  return rows;
}

bool equal(double got, double wanted) { return std::abs(got - wanted) <= kExact * std::abs(wanted); }

StepRecipe step_of(const Json& json) {
  StepRecipe step;
  const std::map<std::string, Schedule> schedules = {{"cos", Schedule::kCosine},
                                                     {"linear", Schedule::kLinear},
                                                     {"exp", Schedule::kExp},
                                                     {"oneminussqrt", Schedule::kOneMinusSqrt},
                                                     {"flat", Schedule::kFlat}};
  step.schedule = schedules.at(json.at("lr_decay_type"));
  step.tokens = json.at("my_exit_tokens");
  step.context = json.at("ctx_len");
  step.batch = json.at("global_batch");
  step.lr = json.at("lr_init");
  step.final_lr = json.at("lr_final");
  if (json.at("lr2_init") >= 0) step.mixer_lr = json.at("lr2_init");
  if (json.at("lr2_final") >= 0) step.mixer_final_lr = json.at("lr2_final");
  step.lr_wait = json.at("lr_wait");
  step.lr_endpoint = json.at("lr_endpoint");
  step.warmup_steps = json.at("warmup_steps");
  return step;
}

/// A model of which the tensors are asked for: sizes and options are all that the rules look at.
ModelConfig config_of(const std::filesystem::path& file, int gate_rank_type) {
  const std::string name = file.stem().string();
  ModelConfig config;
  int kind = 0;
  if (std::sscanf(name.c_str(), "rad%d-C%ld-H%ld-L%ld", &kind, &config.C, &config.H, &config.L) != 4) {
    fail("[golden] {} is not named rad6-C64-H4-L4 or alike", name);
  }
  config.Hkv = config.H;
  config.N = config.C / config.H;
  config.V = config.F = 8;
  const MixerSpec* mixer = kind == 6 ? &mixers::Rad6::spec : &mixers::Rad7::spec;
  config.mixers.assign(static_cast<size_t>(config.L), mixer);
  config.options = fresh_options(*mixer, config.C);
  config.options.set("gate_rank_type", gate_rank_type);
  config.options.set("groupnorm_att", 1);
  mixer->complete(config.options, config.C);
  return config;
}

/// max |Gram / gain^2 - I| of rows (or columns) of a [rows, columns] tensor.
double gram_deviation(std::span<const float> w, int64_t rows, int64_t columns, bool of_rows, double gain) {
  const int64_t count = of_rows ? rows : columns, width = of_rows ? columns : rows;
  const auto at = [&](int64_t i, int64_t n) {
    return static_cast<double>(w[static_cast<size_t>(of_rows ? i * columns + n : n * columns + i)]);
  };
  double worst = 0;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      double sum = 0;
      for (int64_t n = 0; n < width; ++n) sum += at(i, n) * at(j, n);
      worst = std::max(worst, std::abs(sum / (gain * gain) - (i == j ? 1 : 0)));
    }
  }
  return worst;
}

/// The sample must fill the interval and no more, and its mean must be the middle within five standard
/// errors.
std::string check_uniform(std::span<const float> values, double low, double high) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  double mean = 0;
  for (const float value : values) mean += value / static_cast<double>(values.size());
  const double width = high - low, error = width / std::sqrt(12.0 * static_cast<double>(values.size()));
  if (*least < low || *most > high || *least > low + 0.05 * width || *most < high - 0.05 * width ||
      std::abs(mean - (low + high) / 2) > 5 * error) {
    return fmt::format("not uniform in [{}, {}]: from {} to {}, mean {}", low, high, *least, *most, mean);
  }
  return "";
}

std::string check_values(const Json& wanted, const TensorSpec& spec, std::span<const float> values,
                         const Safetensors& vectors) {
  const std::string kind = wanted.at("kind");
  if (wanted.at("shape") != spec.shape) return "shape " + to_string(spec.shape);
  if (kind == "uniform") return check_uniform(values, wanted.at("low"), wanted.at("high"));
  if (kind == "orthogonal") {
    const double deviation = gram_deviation(values, spec.shape[0], spec.shape[1],
                                            wanted.at("orthonormal") == "rows", wanted.at("gain"));
    return deviation <= kOrthogonalBound ? "" : fmt::format("Gram matrix off by {}", deviation);
  }
  const std::string short_name = spec.name.substr(spec.name.find("self_attn.") + 10);
  const std::span<const float> vector = kind == "vector"
                                            ? floats_of(vectors, fmt::format("{}.{}", short_name, spec.layer))
                                            : std::span<const float>();
  for (size_t i = 0; i < values.size(); ++i) {
    const double want = kind == "vector" ? vector[i] : wanted.at("value").get<double>();
    if (std::abs(values[i] - want) > kVectorBound)
      return fmt::format("[{}] is {}, wanted {}", i, values[i], want);
  }
  return "";
}

/// All layers of all tensors that the file names and this config has.
void check_table(GoldenCase& golden, const Json& json, const ModelConfig& config, const Safetensors& vectors,
                 std::vector<std::string>& seen) {
  for (const TensorSpec& spec : tensor_table(config)) {
    const size_t at = spec.name.find("self_attn.");
    if (at == std::string::npos || spec.init.kind == InitRule::Kind::kCopied || spec.unused) continue;
    const std::string name = spec.name.substr(at + 10);
    if (!json.contains(name)) {
      golden.fail(spec.name + " is not in the file");
      continue;
    }
    seen.push_back(name);
    std::vector<float> values(static_cast<size_t>(num_elements(spec.shape)));
    // The file has the gate as the reference really starts it.
    fill_by_rule(config, spec, {.seed = 3, .gate_uniform = true}, values);
    if (const std::string error = check_values(json[name], spec, values, vectors); !error.empty()) {
      golden.fail(spec.name + ": " + error);
    }
  }
}

}  // namespace

GoldenResult check_learning_rates(const std::filesystem::path& file) {
  GoldenCase golden(file.parent_path(), {});
  const Json json = read_json(file);
  const StepRecipe step = step_of(json);
  if (step.num_updates() != json.at("steps")) golden.fail(fmt::format("{} updates", step.num_updates()));
  for (const auto& row : read_csv(file)) {
    const LearningRates rates = learning_rates(step, static_cast<int64_t>(row[0]));
    if (!equal(rates.q, row[2]) || !equal(rates.lr, row[3]) || !equal(rates.mixer_lr, row[4])) {
      golden.fail(fmt::format("{} update {}: {} {} {}", file.stem().string(), row[0], rates.q, rates.lr,
                              rates.mixer_lr));
    }
  }
  return case_result(golden.failures());
}

GoldenResult check_order(const std::filesystem::path& file) {
  GoldenCase golden(file.parent_path(), {});
  const Json json = read_json(file);
  const CubicOrder order = CubicOrder::of(json.at("n_tokens"), json.at("ctx_len"));
  if (order.prime != json.at("prime") || order.factor != json.at("factor")) {
    golden.fail(fmt::format("{}: prime {}, factor {}", file.stem().string(), order.prime, order.factor));
  }
  for (const auto& row : read_csv(file)) {
    if (order.start(static_cast<int64_t>(row[4])) != static_cast<int64_t>(row[5])) {
      golden.fail(fmt::format("{}: sample {} starts at {}", file.stem().string(), row[4],
                              order.start(static_cast<int64_t>(row[4]))));
    }
  }
  return case_result(golden.failures());
}

GoldenResult check_initial_values(const std::filesystem::path& file) {
  GoldenCase golden(file.parent_path(), {});
  const Json json = read_json(file);
  std::filesystem::path vectors = file;
  const Safetensors tensors(vectors.replace_extension(".safetensors"));
  std::vector<std::string> seen;
  for (const int gate_rank_type : {1, 2})
    check_table(golden, json, config_of(file, gate_rank_type), tensors, seen);
  for (const auto& [name, wanted] : json.items()) {
    const bool unused = name == "r_k" || name == "k_k" || name == "k_a";
    if (!unused && std::find(seen.begin(), seen.end(), name) == seen.end())
      golden.fail(name + " was never made");
  }
  return case_result(golden.failures());
}

}  // namespace radlads
