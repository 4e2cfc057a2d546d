#include "bench/wkv_problem.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/random.h"

namespace radlads::bench {
namespace {

constexpr float kLimit6 = -5.0f, kLimit7 = -0.6065f;  // of the log decay

/// Draws the tensors of one problem, each from a stream of its own.
class Draw {
 public:
  explicit Draw(const Shape& shape) : shape_(shape) {}

  Buffer normal(int64_t count) {
    return fill(count, [](Random& random) { return random.normal(); });
  }
  Buffer uniform(double low, double high) {
    return fill(shape_.tensor_floats(),
                [=](Random& random) { return low + (high - low) * random.uniform(); });
  }
  /// Every head's row has length 1.
  Buffer unit_rows() {
    Buffer rows = normal(shape_.tensor_floats());
    const auto values = rows.as<float>();
    const auto n = static_cast<size_t>(shape_.N);
    for (size_t row = 0; row < values.size(); row += n) {
      const auto x = values.subspan(row, n);
      const float length = std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0f));
      for (float& value : x) value /= length;
    }
    return rows;
  }
  /// One state of normal numbers, repeated: there may be hundreds of megabytes of them.
  Buffer states() {
    const auto one = static_cast<size_t>(shape_.N * shape_.N);
    Buffer drawn = normal(shape_.N * shape_.N);
    Buffer states = Buffer::of<float>(static_cast<size_t>(shape_.state_floats()));
    const auto all = states.as<float>();
    for (size_t at = 0; at < all.size(); at += one) std::ranges::copy(drawn.as<float>(), all.data() + at);
    return states;
  }

 private:
  template <class Next>
  Buffer fill(int64_t count, const Next& next) {
    Buffer buffer = Buffer::of<float>(static_cast<size_t>(count));
    Random random(1, ++stream_);
    for (float& x : buffer.as<float>()) x = static_cast<float>(next(random));
    return buffer;
  }

  Shape shape_;
  uint64_t stream_ = 0;
};

/// At wkv6's limit a state is denormal for three tokens and then 0. At wkv7's it stays so: rounding keeps the
/// smallest denormal, times more than a half, what it is. So wkv6 has channels of both kinds.
void make_denormal(Problem& problem) {
  std::ranges::fill(problem.v.as<float>(), 0.0f);
  const auto lw = problem.lw.as<float>();
  for (size_t i = 0; i < lw.size(); ++i) {
    lw[i] = problem.mixer == Mixer::kWkv6 && i % 2 == 0 ? kLimit6 : kLimit7;
  }
}

double error_of(std::span<const float> values, std::span<const float> reference) {
  RADLADS_CHECK(values.size() == reference.size(), "{} values, not {}", values.size(), reference.size());
  double difference = 0, largest = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]) || !std::isfinite(reference[i]))
      return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::abs(static_cast<double>(values[i]) - reference[i]));
    largest = std::max(largest, std::abs(static_cast<double>(reference[i])));
  }
  return largest > 0 ? difference / largest : difference;
}

}  // namespace

const char* name_of(Mixer mixer) { return mixer == Mixer::kWkv6 ? "wkv6" : "wkv7"; }

const char* name_of(Pass pass) {
  switch (pass) {
    case Pass::kForward:
      return "forward";
    case Pass::kForwardBackward:
      return "forward+backward";
    case Pass::kDecode:
      return "decode";
  }
  return "";
}

const char* name_of(Inputs inputs) { return inputs == Inputs::kGolden ? "golden" : "denormal"; }

double flops_of(Mixer mixer, Pass pass, const Shape& shape) {
  const double forward = mixer == Mixer::kWkv6 ? 5 : 9, backward = mixer == Mixer::kWkv6 ? 11 : 19;
  const double per_element = pass == Pass::kForwardBackward ? forward + backward : forward;
  return per_element * static_cast<double>(shape.T * shape.state_floats());
}

Problem make_problem(Mixer mixer, const Shape& shape, Inputs inputs) {
  Draw draw(shape);
  Problem problem{.mixer = mixer, .shape = shape, .inputs = inputs};
  problem.r = draw.normal(shape.tensor_floats());
  problem.lw = draw.uniform(mixer == Mixer::kWkv6 ? kLimit6 : kLimit7, 0);
  problem.k = draw.normal(shape.tensor_floats());
  problem.v = draw.normal(shape.tensor_floats());
  if (mixer == Mixer::kWkv7) {
    problem.kk = draw.unit_rows();
    problem.a = draw.uniform(0, 1);
  }
  problem.d_o = draw.normal(shape.tensor_floats());
  if (shape.T == 1 || inputs == Inputs::kDenormal) problem.s0 = draw.states();
  if (inputs == Inputs::kDenormal) make_denormal(problem);
  return problem;
}

Outputs::Outputs(const Problem& problem) {
  const auto allocate = [&](Buffer& tensor) {
    tensor = Buffer::of<float>(static_cast<size_t>(problem.shape.tensor_floats()));
  };
  for (Buffer* tensor : {&o, &dr, &dlw, &dk, &dv}) allocate(*tensor);
  if (problem.mixer == Mixer::kWkv7) allocate(dkk), allocate(da);
}

std::vector<Result> Outputs::results(Pass pass) const {
  std::vector<Result> results = {o.as<float>()};
  if (pass != Pass::kForwardBackward) return results;
  for (const Buffer* gradient : {&dr, &dlw, &dk, &dv, &dkk, &da}) {
    if (gradient->num_bytes() > 0) results.push_back(gradient->as<float>());
  }
  return results;
}

double relative_error(Contestant& contestant, Contestant& reference, Pass pass) {
  const auto results = contestant.results(pass), expected = reference.results(pass);
  RADLADS_CHECK(results.size() == expected.size(), "{} results, not {}", results.size(), expected.size());
  double error = 0;
  for (size_t i = 0; i < results.size(); ++i) error = std::max(error, error_of(results[i], expected[i]));
  return error;
}

}  // namespace radlads::bench
