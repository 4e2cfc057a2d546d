// Activations and products with a gate: the low-rank pairs' tanh and sigmoid, the feed-forward's SwiGLU, the
// mixers' output gate. Elementwise over `size` floats.
#pragma once

#include <cstdint>

#include "kernels/context.h"

namespace radlads::kernels {

enum class Activation : uint8_t { kIdentity, kSigmoid, kTanh, kSquaredRelu };  // relu(x)^2

/// y = activation(x)
struct Activate {
  int64_t size = 0;
  Activation activation = Activation::kIdentity;
  const float* x = nullptr;
  float* y = nullptr;  // may be x
};

/// y = silu(gate) * up
struct SwiGlu {
  int64_t size = 0;
  const float* gate = nullptr;
  const float* up = nullptr;
  float* y = nullptr;  // may be gate or up
};

struct SwiGluBackward {
  int64_t size = 0;
  const float* gate = nullptr;
  const float* up = nullptr;
  const float* d_y = nullptr;
  float* d_gate = nullptr;
  float* d_up = nullptr;
  float* y = nullptr;  // the forward pass's result again; null: not wanted
};

/// y = scale * x * activation(gate), activation: identity or sigmoid. With a null gate, y = scale * x.
struct OutputGate {
  int64_t size = 0;
  float scale = 1.0f;
  Activation activation = Activation::kIdentity;
  const float* x = nullptr;
  const float* gate = nullptr;
  float* y = nullptr;  // may be x
};

struct OutputGateBackward {
  int64_t size = 0;
  float scale = 1.0f;
  Activation activation = Activation::kIdentity;
  const float* x = nullptr;
  const float* gate = nullptr;
  const float* d_y = nullptr;
  float* dx = nullptr;      // may be d_y
  float* d_gate = nullptr;  // null with a null gate
};

void activate(Context& context, const Activate& args);
void swiglu(Context& context, const SwiGlu& args);
void swiglu_backward(Context& context, const SwiGluBackward& args);
void output_gate(Context& context, const OutputGate& args);
void output_gate_backward(Context& context, const OutputGateBackward& args);

}  // namespace radlads::kernels
