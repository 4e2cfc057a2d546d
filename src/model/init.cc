#include "model/init.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/half.h"
#include "core/random.h"

namespace radlads {
namespace {

using Kind = InitRule::Kind;

void fill_uniform(Random random, double low, double high, std::span<float> out) {
  for (float& value : out) value = static_cast<float>(low + (high - low) * random.uniform());
}

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// `count` random orthonormal vectors of `width` >= count entries: Gaussian vectors, Gram-Schmidt twice over
/// (once is not orthogonal to rounding). The distribution is uniform (Haar).
std::vector<double> orthonormal_vectors(Random random, size_t count, size_t width) {
  std::vector<double> vectors(count * width);
  for (size_t i = 0; i < count; ++i) {
    const std::span<double> v(vectors.data() + i * width, width);
    for (double& value : v) value = random.normal();
    for (int pass = 0; pass < 2; ++pass) {
      for (size_t j = 0; j < i; ++j) {
        const std::span<const double> u(vectors.data() + j * width, width);
        const double projection = dot(u, v);
        for (size_t n = 0; n < width; ++n) v[n] -= projection * u[n];
      }
    }
    const double scale = 1 / std::sqrt(dot(v, v));
    for (double& value : v) value *= scale;
  }
  return vectors;
}

/// [rows, columns] with orthonormal rows if rows <= columns, else orthonormal columns.
void fill_orthogonal(Random random, double gain, int64_t rows, int64_t columns, std::span<float> out) {
  const auto R = static_cast<size_t>(rows), M = static_cast<size_t>(columns);
  if (R > M) gain *= std::sqrt(static_cast<double>(R) / static_cast<double>(M));
  const bool wide = R <= M;
  const std::vector<double> vectors = orthonormal_vectors(random, std::min(R, M), std::max(R, M));
  for (size_t i = 0; i < R; ++i) {
    for (size_t j = 0; j < M; ++j) {
      out[i * M + j] = static_cast<float>(gain * (wide ? vectors[i * M + j] : vectors[j * R + i]));
    }
  }
}

/// start + 5 s^exponent over the channels, s = n / (A - 1).
void fill_ramp(double start, double exponent, std::span<float> out) {
  const double last = std::max<double>(1, static_cast<double>(out.size()) - 1);
  for (size_t n = 0; n < out.size(); ++n) {
    out[n] = static_cast<float>(start + 5 * std::pow(static_cast<double>(n) / last, exponent));
  }
}

/// The ablation: q, k, v uniform in +-0.5 / sqrt(C) .. 0.5 / sqrt(A), biases and o zero. False if the tensor
/// is not one of them.
bool reinitialized(const ModelConfig& student, const TensorSpec& spec, Random random, std::span<float> out) {
  const auto is = [&](const char* projection) { return spec.name.find(projection) != std::string::npos; };
  if (spec.part != Part::kMixer || spec.init.kind != Kind::kCopied || is("_norm")) return false;
  if (student.mixer_of(spec.layer).is_attention) return false;
  if (is("o_proj") || spec.name.ends_with(".bias")) {
    std::fill(out.begin(), out.end(), 0.0f);
  } else {
    fill_uniform(random, -0.5 / std::sqrt(student.C), 0.5 / std::sqrt(student.A()), out);
  }
  return true;
}

}  // namespace

void fill_by_rule(const ModelConfig& config, const TensorSpec& spec, const InitOptions& options,
                  std::span<float> out) {
  const Random random(options.seed, Random::stream_of(spec.name));
  switch (spec.init.kind) {
    case Kind::kConstant:
      std::fill(out.begin(), out.end(), static_cast<float>(spec.init.a));
      return;
    case Kind::kUniform:
      return fill_uniform(random, spec.init.a, spec.init.b, out);
    case Kind::kOrthogonal:
      return fill_orthogonal(random, spec.init.a, spec.shape[0], spec.shape[1], out);
    case Kind::kRamp:
      return fill_ramp(spec.init.a, spec.init.b, out);
    case Kind::kGateReset: {
      const double bound = options.gate_uniform ? 1 / std::sqrt(static_cast<double>(config.C)) : 0;
      return fill_uniform(random, -bound, bound, out);
    }
    case Kind::kCopied:
      break;
  }
  RADLADS_CHECK(false, "{} has no initial value of its own", spec.name);
}

void initial_value(const ModelConfig& student, const TensorSpec& spec, const ModelFolder& teacher,
                   const InitOptions& options, std::span<float> out) {
  RADLADS_CHECK(static_cast<int64_t>(out.size()) == num_elements(spec.shape), "{}: wrong size", spec.name);
  if (options.reinit_att &&
      reinitialized(student, spec, Random(options.seed, Random::stream_of(spec.name)), out)) {
    return;
  }
  if (spec.init.kind != Kind::kCopied) return fill_by_rule(student, spec, options, out);
  const bool untied = spec.part == Part::kHead && teacher.config.tie_word_embeddings;
  const std::string embedding = fmt::format("{}.weight", teacher.config.network->embedding);
  const TensorView& source = teacher.tensors.at(untied ? embedding : spec.name);
  RADLADS_CHECK(source.shape == spec.shape, "{}: {} in the teacher", spec.name, to_string(source.shape));
  convert_to_float({source.data, source.num_bytes()}, source.dtype, out);
}

void pretrain_value(const ModelConfig& config, const TensorSpec& spec, uint64_t seed, std::span<float> out) {
  if (spec.shape.size() < 2) {
    std::ranges::fill(out, spec.name.ends_with("bias") ? 0.0f : 1.0f);
    return;
  }
  const bool writes = spec.name.ends_with("o_proj.weight") || spec.name.ends_with("down_proj.weight");
  const double deviation =
      config.initializer_range / (writes ? std::sqrt(2.0 * static_cast<double>(config.L)) : 1);
  Random random(seed, Random::stream_of(spec.name));
  for (float& value : out) value = static_cast<float>(deviation * random.normal());
}

}  // namespace radlads
