// The mixers there are. A mixer is a folder here with three files: spec.cc (what the program knows of it),
// infer.cc and train.cc (its computation in each half).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mixers/spec.h"

namespace at {
class Tensor;
}

namespace radlads {

namespace infer {
class Mixer;
class WeightLoader;
}  // namespace infer

namespace train {
struct MixerCall;
struct MixerOutput;
}  // namespace train

namespace mixers {

/// What a folder defines: its spec; its layer for inference, with its weights; its forward pass in training.
struct Softmax {
  static const MixerSpec spec;
  static std::unique_ptr<infer::Mixer> load(infer::WeightLoader& loader, int64_t layer);
  static train::MixerOutput forward(const train::MixerCall& call);
};

struct Rad6 {
  static const MixerSpec spec;
  static std::unique_ptr<infer::Mixer> load(infer::WeightLoader& loader, int64_t layer);
  static train::MixerOutput forward(const train::MixerCall& call);
};

struct Rad7 {
  static const MixerSpec spec;
  static std::unique_ptr<infer::Mixer> load(infer::WeightLoader& loader, int64_t layer);
  static train::MixerOutput forward(const train::MixerCall& call);
};

struct Goose {
  static const MixerSpec spec;
  static std::unique_ptr<infer::Mixer> load(infer::WeightLoader& loader, int64_t layer);
  static train::MixerOutput forward(const train::MixerCall& call);
};

/// Calls visit(Mixer()) for each of them, in the order of messages and help; attention is the first.
template <class Visit>
void for_each(const Visit& visit) {
  const auto all = [&]<class... Mixers>(Mixers... mixers) { (visit(mixers), ...); };
  all(Softmax(), Rad6(), Rad7(), Goose());
}

}  // namespace mixers

/// The specs of all of them.
std::span<const MixerSpec* const> all_mixers();

/// The options of all of them, each key once, in an order that agrees with every mixer's own.
std::vector<const MixerOption*> all_mixer_options();

/// Names of those that can replace attention.
std::vector<std::string> replacement_names();

/// nullptr if there is none of this name.
const MixerSpec* find_mixer(std::string_view name);

}  // namespace radlads
