// A recurrence to compute, and its contestants. Every contestant of bench_wkv is given the same tensors:
// contiguous [B,T,H,N] float32 with H heads each (keys and values are not grouped) and no balance.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/buffer.h"

namespace radlads::bench {

enum class Mixer { kWkv6, kWkv7 };
enum class Pass { kForward, kForwardBackward, kDecode };
/// Golden: drawn like those of the golden vectors. Denormal: a state that fades through denormal numbers.
enum class Inputs { kGolden, kDenormal };

const char* name_of(Mixer mixer);
const char* name_of(Pass pass);
const char* name_of(Inputs inputs);

struct Shape {
  int64_t B, T, H, N;

  bool operator==(const Shape&) const = default;
  int64_t tensor_floats() const { return B * T * H * N; }
  int64_t state_floats() const { return B * H * N * N; }
};

/// FLOPs by convention, for a token and head: wkv6 5 N^2 forward and 11 N^2 backward, wkv7 9 N^2 and 19 N^2.
double flops_of(Mixer mixer, Pass pass, const Shape& shape);

struct Problem {
  Mixer mixer;
  Shape shape;
  Inputs inputs;
  Buffer r, lw, k, v, kk, a;  // [B,T,H,N]; wkv6 has neither kk nor a, and calls r its q
  Buffer d_o;                 // [B,T,H,N]
  Buffer s0;  // [B,H,N,N], rows as the mixer has them (wkv6: key channels, wkv7: value channels); none: zero
};

/// Training starts from no state, decoding (T = 1) from one. With `inputs` denormal training starts from one
/// too, v is 0 and the decay is so strong for so long that the state becomes denormal.
Problem make_problem(Mixer mixer, const Shape& shape, Inputs inputs);

/// A tensor that a contestant computed: valid until its next run.
using Result = std::span<const float>;

/// One way to compute a problem, with memory of its own. The problem must outlive it.
class Contestant {
 public:
  virtual ~Contestant() = default;

  /// Decoding advances the contestant's own states, which begin at s0, in place.
  virtual void run(Pass pass) = 0;

  /// What the last run, of this pass, computed: o, and after a backward pass the gradients of r, lw, k, v,
  /// kk, a.
  virtual std::vector<Result> results(Pass pass) = 0;
};

/// Memory for the results of a contestant, [B,T,H,N] each.
struct Outputs {
  explicit Outputs(const Problem& problem);

  std::vector<Result> results(Pass pass) const;

  Buffer o, dr, dlw, dk, dv, dkk, da;  // of wkv6: neither dkk nor da
};

/// The largest over the results of max|a - b| / max|b|, with b of `reference` (absolute where that is 0);
/// infinite if anything is not finite.
double relative_error(Contestant& contestant, Contestant& reference, Pass pass);

}  // namespace radlads::bench
