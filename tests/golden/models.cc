#include "golden/models.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "golden/golden_case.h"
#include "golden/goose_folder.h"
#include "infer/runner.h"

namespace radlads {
namespace {

using infer::Chunk;

constexpr double kBound = 1e-5;  // ten times the float32 floor of the reference

/// What the files of a kind of models call their tensors.
struct Names {
  std::string ids;
  std::vector<std::string> states;         // in the order of ModelConfig::states_of
  std::vector<std::string> mixer_outputs;  // any of these
};

const Names kTransformer = {"input_ids", {"state", "shift"}, {"attn", "mixer"}};
const Names kGoose = {"ids", {"state", "shift_att", "shift_ffn"}, {"att"}};

/// What a run over all sequences of a case gave.
struct Outputs {
  std::vector<float> logits;                      // [B,T,V]
  std::vector<std::vector<float>> mixer, hidden;  // [L][B,T,C]
};

/// The case's sequences, each in a session of its own.
class Run {
 public:
  Run(const std::filesystem::path& folder, const Safetensors& io, const Names& names)
      : names_(names), weights_(infer::load_weights(folder)), runner_(weights_, 2) {
    const TensorView& ids = io.tensors().at(names.ids);
    B_ = ids.shape[0];
    T_ = ids.shape[1];
    ids_ = ids_of(io, names.ids);
    pool_.emplace(weights_, B_);
    for (int64_t b = 0; b < B_; ++b) sessions_.push_back(pool_->open());
  }

  const ModelConfig& config() const { return weights_->config(); }
  int64_t T() const { return T_; }
  int64_t B() const { return B_; }

  /// Reads tokens [begin, end) of every sequence in one pass, in steps of `step`.
  Outputs read(int64_t begin, int64_t end, int64_t step) {
    std::vector<Outputs> rows(static_cast<size_t>(B_));
    for (int64_t t = begin; t < end; t += step) append(t, std::min(t + step, end), rows);
    return joined(rows);
  }

  const Names& names() const { return names_; }

  /// The reference stores the last input even if no layer looks at it.
  bool keeps(int64_t layer, size_t index) const { return config().states_of(layer).size() > index; }

  /// A state of all sequences, as the files have it.
  std::vector<float> state(int64_t layer, size_t index) {
    const int64_t width = width_of(layer, index);
    std::vector<float> all;
    for (const infer::Session& session : sessions_) {
      const float* from = pool_->states(layer, index) + session.slot() * width;
      all.insert(all.end(), from, from + width);
    }
    return all;
  }

  void set_state(int64_t layer, size_t index, std::span<const float> values) {
    const int64_t width = width_of(layer, index);
    for (int64_t b = 0; b < B_; ++b) {
      float* to = pool_->states(layer, index) + sessions_[static_cast<size_t>(b)].slot() * width;
      std::copy_n(values.data() + b * width, width, to);
    }
  }

  void restart_at(int64_t position) {
    for (infer::Session& session : sessions_) {
      session.reset();
      pool_->advance(session.slot(), position);
    }
  }

 private:
  int64_t width_of(int64_t layer, size_t index) const {
    return num_elements(config().states_of(layer)[index].shape);
  }

  void append(int64_t begin, int64_t end, std::vector<Outputs>& rows) {
    std::vector<Chunk> chunks;
    for (int64_t b = 0; b < B_; ++b) {
      chunks.push_back(
          {&sessions_[static_cast<size_t>(b)],
           std::span(ids_).subspan(static_cast<size_t>(b * T_ + begin), static_cast<size_t>(end - begin))});
    }
    const auto per_sequence = [&](std::span<const float> all, int64_t b) {
      const size_t size = all.size() / static_cast<size_t>(B_);
      return all.subspan(static_cast<size_t>(b) * size, size);
    };
    const auto extend = [](std::vector<float>& to, std::span<const float> from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    runner_.begin(chunks);
    for (size_t l = 0; l < static_cast<size_t>(config().L); ++l) {
      const infer::BlockOutputs outputs = runner_.block();
      for (int64_t b = 0; b < B_; ++b) {
        Outputs& row = rows[static_cast<size_t>(b)];
        row.mixer.resize(static_cast<size_t>(config().L));
        row.hidden.resize(static_cast<size_t>(config().L));
        extend(row.mixer[l], per_sequence(outputs.mixer, b));
        extend(row.hidden[l], per_sequence(outputs.hidden, b));
      }
    }
    const std::span<const float> logits = runner_.logits(runner_.end());
    for (int64_t b = 0; b < B_; ++b) extend(rows[static_cast<size_t>(b)].logits, per_sequence(logits, b));
  }

  Outputs joined(const std::vector<Outputs>& rows) const {
    Outputs all;
    all.mixer.resize(static_cast<size_t>(config().L));
    all.hidden.resize(static_cast<size_t>(config().L));
    const auto extend = [](std::vector<float>& to, const std::vector<float>& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    for (const Outputs& row : rows) {
      extend(all.logits, row.logits);
      for (size_t l = 0; l < row.mixer.size(); ++l) {
        extend(all.mixer[l], row.mixer[l]);
        extend(all.hidden[l], row.hidden[l]);
      }
    }
    return all;
  }

  const Names& names_;
  std::shared_ptr<const infer::Weights> weights_;
  infer::Runner runner_;
  std::optional<infer::SessionPool> pool_;
  std::vector<infer::Session> sessions_;
  std::vector<int32_t> ids_;
  int64_t B_ = 0, T_ = 0;
};

/// Tokens begin .. T-1 of a tensor [B,T,width].
std::vector<float> last_tokens(std::span<const float> all, int64_t B, int64_t T, int64_t begin) {
  const auto width = static_cast<int64_t>(all.size()) / (B * T);
  std::vector<float> result;
  for (int64_t b = 0; b < B; ++b) {
    result.insert(result.end(), all.begin() + (b * T + begin) * width, all.begin() + (b + 1) * T * width);
  }
  return result;
}

void check_states(GoldenCase& golden, const Safetensors& io, Run& run, const std::string& what) {
  for (int64_t l = 0; l < run.config().L; ++l) {
    for (size_t i = 0; i < run.names().states.size(); ++i) {
      const std::string name = fmt::format("{}.{}", run.names().states[i], l);
      if (has(io, name) && run.keeps(l, i))
        golden.check(what + name, run.state(l, i), floats_of(io, name), "state");
    }
  }
}

void check_whole(GoldenCase& golden, const Safetensors& io, Run& run, const std::string& what, int64_t step) {
  run.restart_at(0);
  const Outputs outputs = run.read(0, run.T(), step);
  golden.check(what + "logits", outputs.logits, floats_of(io, "logits"), "logits");
  for (int64_t l = 0; l < run.config().L; ++l) {
    const auto check_layer = [&](const std::string& kind, const std::vector<float>& got) {
      const std::string name = fmt::format("{}.{}", kind, l);
      if (has(io, name)) golden.check(what + name, got, floats_of(io, name), "mixer");
    };
    for (const std::string& name : run.names().mixer_outputs)
      check_layer(name, outputs.mixer[static_cast<size_t>(l)]);
    check_layer("hidden", outputs.hidden[static_cast<size_t>(l)]);
  }
  check_states(golden, io, run, what);
}

/// From the state after 20 tokens that the file gives, the rest must come out the same.
void check_continuation(GoldenCase& golden, const Safetensors& io, Run& run, int64_t step) {
  constexpr int64_t kBegin = 20;
  run.restart_at(kBegin);
  for (int64_t l = 0; l < run.config().L; ++l) {
    for (size_t i = 0; i < run.names().states.size(); ++i) {
      const std::string name = fmt::format("{}20.{}", run.names().states[i], l);
      if (has(io, name) && run.keeps(l, i)) run.set_state(l, i, floats_of(io, name));
    }
  }
  const std::string what = fmt::format("continued in steps of {}: ", step);
  const Outputs outputs = run.read(kBegin, run.T(), step);
  golden.check(what + "logits", outputs.logits,
               last_tokens(floats_of(io, "logits"), run.B(), run.T(), kBegin), "logits");
  check_states(golden, io, run, what);
}

void check_run(GoldenCase& golden, const Safetensors& io, Run run) {
  check_whole(golden, io, run, "whole: ", run.T());
  check_whole(golden, io, run, "token by token: ", 1);
  check_whole(golden, io, run, "in pieces of 16: ", 16);
  if (!has(io, "state20.0")) return;
  check_continuation(golden, io, run, run.T());
  check_continuation(golden, io, run, 1);
}

std::map<std::string, double> bounds() { return {{"logits", kBound}, {"mixer", kBound}, {"state", kBound}}; }

}  // namespace

GoldenResult check_model(const std::filesystem::path& folder) {
  GoldenCase golden(folder, bounds());
  try {
    const Safetensors io(folder / "io.safetensors");
    check_run(golden, io, Run(folder, io, kTransformer));
  } catch (const UserError& error) {
    golden.fail(error.what());
  }
  return case_result(golden.failures());
}

GoldenResult check_goose(const std::filesystem::path& folder) {
  GoldenCase golden(folder, bounds());
  try {
    const Safetensors io(folder / "io.safetensors");
    const GooseFolder model(folder);
    check_run(golden, io, Run(model.path(), io, kGoose));
    if (std::filesystem::exists(folder / "hf")) check_run(golden, io, Run(folder / "hf", io, kGoose));
  } catch (const UserError& error) {
    golden.fail(error.what());
  }
  return case_result(golden.failures());
}

GoldenResult check_published_goose(const std::filesystem::path& folder) {
  constexpr double kAbsolute = 5e-6;
  GoldenCase golden(folder, {});
  try {
    const Safetensors file(folder / "float64_forward.safetensors");
    const GooseFolder model(folder);
    const auto weights = infer::load_weights(model.path());
    infer::Runner runner(weights, 2);
    const auto expect = [&](const std::string& name, std::span<const float> got) {
      const std::span<const float> wanted = floats_of(file, name);
      for (size_t i = 0; i < wanted.size(); ++i) {
        if (got.size() == wanted.size() && std::abs(got[i] - wanted[i]) <= kAbsolute) continue;
        return golden.fail(fmt::format("{}[{}]: {} is not {}", name, i, got[i], wanted[i]));
      }
    };
    for (const std::string prefix : {"in_", ""}) {
      const std::vector<int32_t> ids = ids_of(file, prefix + "ids");
      infer::SessionPool pool(weights, 1);
      infer::Session session = pool.open();
      const Chunk chunk = {&session, ids};
      expect(prefix + "logits", runner.logits(runner.forward({&chunk, 1})));
      if (!has(file, prefix + "state")) continue;
      std::vector<float> states;
      const ModelConfig& config = weights->config();
      for (int64_t l = 0; l < config.L; ++l) {
        const float* state = pool.states(l, 0);
        states.insert(states.end(), state, state + config.H * config.N * config.N);
      }
      expect("state", states);
    }
  } catch (const UserError& error) {
    golden.fail(error.what());
  }
  return case_result(golden.failures());
}

}  // namespace radlads
