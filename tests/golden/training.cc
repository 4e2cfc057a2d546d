#include "golden/training.h"

#include <cmath>
#include <fstream>
#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "golden/golden_case.h"
#include "golden/goose_folder.h"
#include "model/model_folder.h"
#include "train/head_loss.h"
#include "train/layer_tape.h"
#include "train/losses.h"
#include "train/ops.h"
#include "train/resident_store.h"
#include "train/stores.h"

namespace radlads {
namespace {

using train::everything;
using train::nothing;
using train::Pass;
using train::ResidentStore;
using train::store_of;

std::span<const float> values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<size_t>(tensor.numel())};
}

/// Whole sequences [B,T] of ids; every token but a sequence's last has the next one as its target.
Batch batch_of(std::span<const int32_t> ids, int64_t B, int64_t T) {
  Batch batch = {B, T, {ids.begin(), ids.end()}, {}, {}, {}};
  for (int64_t b = 0; b < B; ++b) {
    batch.boundaries.push_back(b * T);
    for (int64_t t = 0; t < T; ++t) {
      batch.positions.push_back(t);
      batch.targets.push_back(t + 1 < T ? ids[static_cast<size_t>(b * T + t + 1)] : -1);
    }
  }
  batch.boundaries.push_back(B * T);
  return batch;
}

/// What a golden file calls a parameter: files with the authors' names of RWKV-7 lack our "model.".
std::string name_in(const Safetensors& file, const std::string& kind, const std::string& parameter) {
  constexpr std::string_view kPrefix = "model.";
  if (has(file, kind + parameter) || !parameter.starts_with(kPrefix)) return kind + parameter;
  return kind + parameter.substr(kPrefix.size());
}

/// Gradients in the store against grad.<name>; a parameter that takes no part has gradient 0 in the file.
void check_gradients(GoldenCase& golden, const Safetensors& file, ResidentStore& store,
                     const std::string& what) {
  for (const auto& parameter : store.parameters()) {
    const std::string name = name_in(file, "grad.", parameter.spec.name);
    if (!has(file, name)) continue;
    const at::Tensor gradient =
        parameter.gradient.defined() ? parameter.gradient : at::zeros(parameter.spec.shape);
    golden.check(what + name, values_of(gradient), floats_of(file, name), "grad");
  }
}

void forget_gradients(ResidentStore& store) {
  for (auto& parameter : store.parameters()) parameter.gradient = at::Tensor();
}

void check_logits(GoldenCase& golden, const Safetensors& io, const Pass& pass, ResidentStore& store) {
  const at::NoGradGuard no_grad;
  const train::LayerTensors outside = store.acquire(train::kOutside);
  const NetworkSpec& network = *pass.config.network;
  const at::Tensor hidden = train::norm(pass, outside, network.final_norm, train::hidden_states(pass, store));
  const std::string_view head_name = pass.config.tie_word_embeddings ? network.embedding : network.head;
  const at::Tensor& head = outside[fmt::format("{}.weight", head_name)];
  golden.check("trained half: logits", values_of(at::mm(hidden, head.t())), floats_of(io, "logits"),
               "logits");
}

void check_language_loss(GoldenCase& golden, const Safetensors& io, const Pass& pass, ResidentStore& store) {
  const double count = static_cast<double>(pass.targets.ge(0).sum().item<int64_t>());
  for (const bool recompute : {false, true}) {
    const std::string what = recompute ? "recomputed: " : "";
    forget_gradients(store);
    golden.check(what + "loss", train::language_loss(pass, store, recompute, 1 / count) / count,
                 floats_of(io, "loss")[0], "loss");
    check_gradients(golden, io, store, what);
  }
}

void check_training(GoldenCase& golden, const Safetensors& io, const ModelFolder& model,
                    const std::string& ids) {
  const Shape& shape = io.tensors().at(ids).shape;
  kernels::Context context;
  context.num_threads = 2;
  const Pass pass(model.config, batch_of(ids_of(io, ids), shape[0], shape[1]), context, at::kFloat);
  const auto store = store_of(model, everything);
  check_logits(golden, io, pass, *store);
  if (has(io, "loss")) check_language_loss(golden, io, pass, *store);
}

/// One step of the protocol over the batches of a golden file.
class ProtocolStep {
 public:
  ProtocolStep(GoldenCase& golden, const nlohmann::json& settings, const Safetensors& file, std::string name)
      : golden_(golden), settings_(settings), file_(file), name_(std::move(name)) {
    const Shape& shape = file.tensors().at("tokens").shape;  // [steps,B,T+1]
    steps_ = shape[0];
    B_ = shape[1];
    T_ = shape[2] - 1;
  }

  /// `loss` returns the step's loss after adding gradients.
  void run(ResidentStore& student, const std::function<double(const Batch&)>& loss) {
    const double lr = settings_.at("lr");
    const train::AdamW adamw = {settings_.at("betas")[0], settings_.at("betas")[1], settings_.at("eps"),
                                settings_.at("weight_decay"), settings_.at("clip")};
    for (int64_t step = 0; step < steps_; ++step) {
      golden_.check(fmt::format("{} loss {}", name_, step), loss(batch(step)),
                    floats_of(file_, "loss")[static_cast<size_t>(step)], "loss");
      if (step == 0) check_gradients(golden_, file_, student, name_ + " ");
      student.end_micro_batch();
      golden_.check(fmt::format("{} grad_norm {}", name_, step), student.step({lr, lr, 0}, adamw),
                    floats_of(file_, "grad_norm")[static_cast<size_t>(step)], "grad_norm");
    }
    check_parameters(student, lr);
  }

 private:
  Batch batch(int64_t step) const {
    const std::vector<int32_t> all = ids_of(file_, "tokens");
    std::vector<int32_t> inputs;
    for (int64_t b = 0; b < B_; ++b) {
      const auto begin = all.begin() + (step * B_ + b) * (T_ + 1);
      inputs.insert(inputs.end(), begin, begin + T_);
    }
    return batch_of(inputs, B_, T_);
  }

  /// Distances in units of the learning rate: all within one bound, 99.9% within another.
  void check_parameters(ResidentStore& student, double lr) {
    size_t count = 0, over = 0;
    for (const auto& parameter : student.parameters()) {
      const std::string name = name_in(file_, "after.", parameter.spec.name);
      if (!has(file_, name)) continue;
      const auto got = values_of(parameter.value), wanted = floats_of(file_, name);
      for (size_t i = 0; i < wanted.size(); ++i) {
        const double distance = std::abs(static_cast<double>(got[i]) - wanted[i]) / lr;
        if (std::isnan(got[i]) && std::isnan(wanted[i])) continue;
        ++count;
        over += distance > golden_.bound("after_p999") ? 1 : 0;
        if (!(distance <= golden_.bound("after"))) {
          golden_.fail(fmt::format("{} {}[{}]: off by {:.3g} learning rates", name_, name, i, distance));
          return;
        }
      }
    }
    if (static_cast<double>(over) > 1e-3 * static_cast<double>(count)) {
      golden_.fail(fmt::format("{}: {} of {} parameters are off by more than {} learning rates", name_, over,
                               count, golden_.bound("after_p999")));
    }
  }

  GoldenCase& golden_;
  const nlohmann::json& settings_;
  const Safetensors& file_;
  std::string name_;
  int64_t steps_ = 0, B_ = 0, T_ = 0;
};

/// The student and the teacher of a case, and the passes of both over a batch.
struct Protocol {
  ModelFolder teacher_folder, student_folder;
  std::unique_ptr<ResidentStore> teacher, student;
  kernels::Context context;

  double align(GoldenCase& golden, const Safetensors& file, const Batch& batch, bool first) {
    const Pass pass(student_folder.config, batch, context, at::kFloat),
        teacher_pass(teacher_folder.config, pass);
    const auto tokens = static_cast<double>(batch.num_tokens());
    const std::vector<double> sums = train::align_loss(pass, *student, teacher_pass, *teacher, 1 / tokens);
    if (first) {
      std::vector<float> means;
      for (const double sum : sums) means.push_back(static_cast<float>(sum / tokens));
      golden.check("step1 layer_loss", means, floats_of(file, "layer_loss"), "layer_loss");
    }
    return std::accumulate(sums.begin(), sums.end(), 0.0) / (tokens * static_cast<double>(sums.size()));
  }

  double distill(const Batch& batch) {
    const Pass pass(student_folder.config, batch, context, at::kFloat),
        teacher_pass(teacher_folder.config, pass);
    const auto tokens = static_cast<double>(batch.num_tokens());
    return train::distill_loss(pass, *student, teacher_pass, *teacher, /*recompute=*/false, 1 / tokens) /
           tokens;
  }
};

/// Replaces the parameters that the file has as after.<name>.
void take_parameters(ResidentStore& store, const Safetensors& file) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : store.parameters()) {
    const std::string name = name_in(file, "after.", parameter.spec.name);
    if (!has(file, name)) continue;
    const std::span<const float> values = floats_of(file, name);
    std::copy(values.begin(), values.end(), parameter.value.mutable_data_ptr<float>());
  }
}

void check_steps(GoldenCase& golden, const std::filesystem::path& folder) {
  const auto settings = nlohmann::json::parse(std::ifstream(folder / "case.json"));
  const std::string teacher = settings.at("teacher");
  Protocol protocol = {open_model(folder / teacher), open_model(folder / "student"), nullptr, nullptr, {}};
  protocol.context.num_threads = 2;
  protocol.teacher = store_of(protocol.teacher_folder, nothing);
  protocol.student =
      store_of(protocol.student_folder, [](const TensorSpec& spec) { return spec.part == Part::kMixer; });

  const Safetensors step1(folder / "step1.safetensors");
  bool first = true;
  ProtocolStep(golden, settings, step1, "step1").run(*protocol.student, [&](const Batch& batch) {
    return protocol.align(golden, step1, batch, std::exchange(first, false));
  });

  const std::filesystem::path second = folder / "step2.safetensors";
  if (!std::filesystem::exists(second)) return;
  const Safetensors step2(second);
  take_parameters(*protocol.student, step1);
  protocol.student->restart(everything);
  ProtocolStep(golden, settings, step2, "step2").run(*protocol.student, [&](const Batch& batch) {
    return protocol.distill(batch);
  });
}

}  // namespace

GoldenResult check_goose_training(const std::filesystem::path& folder) {
  GoldenCase golden(folder, {{"logits", 1e-5}, {"loss", 1e-5}, {"grad", 5e-5}});
  try {
    const Safetensors io(folder / "io.safetensors");
    const GooseFolder model(folder);
    check_training(golden, io, open_model(model.path()), "ids");
  } catch (const UserError& error) {
    golden.fail(error.what());
  }
  return case_result(golden.failures());
}

GoldenResult check_model_training(const std::filesystem::path& folder) {
  GoldenCase golden(folder, {{"logits", 1e-5}, {"loss", 1e-5}, {"grad", 3e-5}});
  try {
    const Safetensors io(folder / "io.safetensors");
    check_training(golden, io, open_model(folder), "input_ids");
  } catch (const UserError& error) {
    golden.fail(error.what());
  }
  return case_result(golden.failures());
}

GoldenResult check_protocol_steps(const std::filesystem::path& folder) {
  GoldenCase golden(folder, {{"loss", 5e-6},
                             {"layer_loss", 5e-6},
                             {"grad_norm", 5e-6},
                             {"grad", 2e-5},
                             {"after", 0.1},
                             {"after_p999", 1e-2}});
  try {
    check_steps(golden, folder);
  } catch (const UserError& error) {
    golden.fail(error.what());
  }
  return case_result(golden.failures());
}

}  // namespace radlads
