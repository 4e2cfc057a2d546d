#include "train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include <ATen/Parallel.h>

#include "core/error.h"
#include "core/half.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/parallel.h"
#include "core/units.h"
#include "io/file.h"
#include "model/config.h"
#include "model/init.h"
#include "model/model_folder.h"
#include "recipe/yaml.h"
#include "train/losses.h"

namespace radlads::train {
namespace {

Recipe read_recipe(const RunFolder& run, const Job& job) {
  Recipe recipe;
  auto options = recipe_options(recipe, job.command == "pretrain" ? Command::kPretrain : Command::kConvert);
  read_recipe_file(run.recipe(), options);
  return recipe;
}

std::function<void(const TensorSpec&, std::span<float>)> values_of(const ModelFolder& folder) {
  return [&folder](const TensorSpec& spec, std::span<float> out) {
    const TensorView& tensor = folder.tensor(spec);
    convert_to_float({tensor.data, tensor.num_bytes()}, tensor.dtype, out);
  };
}

bool needs_teacher(const Step& step) {
  return step.kind == StepKind::kAlign || step.kind == StepKind::kDistill;
}

/// The teacher's projections. What is new in the mixers is trained fully; the rest of the teacher is kept.
bool takes_low_rank(const TensorSpec& spec) {
  const bool of_layer = spec.part == Part::kMixer || spec.part == Part::kFeedForward;
  return of_layer && spec.init.kind == InitRule::Kind::kCopied && spec.shape.size() == 2;
}

int64_t count_targets(const std::vector<Batch>& batches) {
  int64_t count = 0;
  for (const Batch& batch : batches) {
    count +=
        std::count_if(batch.targets.begin(), batch.targets.end(), [](int64_t target) { return target >= 0; });
  }
  return count;
}

}  // namespace

Trainer::Trainer(RunFolder run)
    : run_(std::move(run)), recipe_(), job_(read_job(run_)), corpus_(job_.tokens) {
  recipe_ = read_recipe(run_, job_);
  context_.num_threads = recipe_.threads > 0 ? static_cast<int>(recipe_.threads) : available_cores();
  at::set_num_threads(context_.num_threads);
  compute_ = recipe_.dtype == DType::kBF16 ? at::kBFloat16 : at::kFloat;
  open_models();
}

std::vector<Step> Trainer::steps() const {
  std::vector<Step> all;
  for (const StepKind kind : kAllSteps) {
    const bool is_of_command = (kind == StepKind::kPretrain) == (job_.command == "pretrain");
    if (is_of_command && recipe_.step(kind).tokens > 0) all.push_back({kind, &recipe_.step(kind)});
  }
  return all;
}

void Trainer::open_models() {
  config_ = parse_config(read_text_file(run_.config()), run_.config().string());
  const std::vector<Step> all = steps();
  const bool from_teacher = job_.start.empty() && job_.command != "pretrain";
  if (from_teacher || std::any_of(all.begin(), all.end(), needs_teacher))
    teacher_folder_.emplace(open_model(job_.teacher));

  const auto nothing = [](const TensorSpec&) { return false; };
  std::function<void(const TensorSpec&, std::span<float>)> fill;
  std::optional<ModelFolder> start;
  if (!job_.start.empty()) {
    start.emplace(open_model(job_.start));
    fill = values_of(*start);
  } else if (from_teacher) {
    const InitOptions init = {recipe_.seed, recipe_.gate_init == GateInit::kUniform, recipe_.reinit_att};
    fill = [this, init](const TensorSpec& spec, std::span<float> out) {
      initial_value(config_, spec, *teacher_folder_, init, out);
    };
  } else {
    fill = [this](const TensorSpec& spec, std::span<float> out) {
      pretrain_value(config_, spec, recipe_.seed, out);
    };
  }
  const ModelFolder* origin = start ? &*start : from_teacher ? &*teacher_folder_ : nullptr;
  if (origin != nullptr && !recipe_.export_dtype) dtypes_ = stored_dtypes(*origin, config_.dtype);
  model_ = std::make_unique<ResidentStore>(tensor_table(config_), fill, nothing);
  if (std::any_of(all.begin(), all.end(), needs_teacher)) {
    teacher_ = std::make_unique<ResidentStore>(teacher_folder_->table, values_of(*teacher_folder_), nothing);
  }
}

std::unique_ptr<DataOrder> Trainer::data_order(const Step& step) const {
  if (recipe_.data_order == TokenOrder::kReference) return reference_order(corpus_, step.recipe->context);
  const int64_t held_out = recipe_.eval_text.empty() ? recipe_.eval_documents : 0;
  return packed_order(corpus_,
                      documents_without(corpus_.num_documents(),
                                        held_out_documents(corpus_.num_documents(), held_out, recipe_.seed)),
                      step.recipe->context, recipe_.seed, job_.end_of_document);
}

bool Trainer::trains(const Step& step, const TensorSpec& spec) const {
  const auto& freeze = step.recipe->freeze;
  if (std::find(freeze.begin(), freeze.end(), part_name(spec.part)) != freeze.end()) return false;
  if (step.recipe->lora_rank > 0 && spec.init.kind == InitRule::Kind::kCopied && !takes_low_rank(spec))
    return false;
  if (step.kind != StepKind::kAlign) return true;
  return spec.part == Part::kMixer && !config_.mixer_of(spec.layer).is_attention;
}

void Trainer::begin(const Step& step) {
  model_->restart([&](const TensorSpec& spec) { return trains(step, spec); });
  if (step.recipe->lora_rank > 0) model_->adapt(step.recipe->lora_rank, recipe_.seed, takes_low_rank);
}

bool Trainer::recomputes(const Step& step) const {
  if (recipe_.recompute) return *recipe_.recompute;
  const int64_t rows = step.recipe->micro_batch > 0 ? step.recipe->micro_batch : step.recipe->batch;
  return activation_bytes(config_, rows * step.recipe->context) > available_memory_bytes() / 2;
}

bool Trainer::run(const std::function<bool()>& stop_asked) {
  if (std::filesystem::exists(run_.model())) return true;
  make_folder(run_.checkpoints());
  std::optional<Position> position = find_checkpoint(run_.checkpoints());
  RunLog log(run_.log(), position ? position->log_bytes : 0);
  for (const Step& step : steps()) {
    if (position && step.kind != position->step) continue;
    begin(step);
    if (position) load_checkpoint(run_.checkpoints(), *position, *model_);
    const int64_t first_update = position ? position->updates : 0;
    position.reset();
    if (!run_step(step, first_update, log, stop_asked)) return false;
  }
  model_->restart([](const TensorSpec&) { return false; });
  export_weights();
  return true;
}

bool Trainer::run_step(const Step& step, int64_t first_update, RunLog& log,
                       const std::function<bool()>& stop_asked) {
  const StepRecipe& recipe = *step.recipe;
  const std::string name(step_name(step.kind));
  const int64_t num_updates = recipe.num_updates(), tokens_per_update = recipe.batch * recipe.context;
  const std::unique_ptr<DataOrder> order = data_order(step);
  if (order->tokens_per_epoch() < recipe.tokens && first_update == 0) {
    warn(
        "{}: the data has {} tokens, the budget is {}: it repeats {:.1f} times, each time in a different "
        "order",
        name, order->tokens_per_epoch(), format_count(recipe.tokens),
        static_cast<double>(recipe.tokens) / static_cast<double>(order->tokens_per_epoch()));
  }
  const bool recompute = recomputes(step);
  Progress progress(name, "tokens", num_updates * tokens_per_update, first_update * tokens_per_update);
  for (int64_t index = first_update; index < num_updates; ++index) {
    const auto begin = std::chrono::steady_clock::now();
    const Update result = update(step, *order, index, recompute);
    const LearningRates rates = learning_rates(recipe, index);
    const double norm =
        model_->step(rates, {recipe.beta1, recipe.beta2, recipe.eps, recipe.weight_decay, recipe.clip});
    if (!std::isfinite(result.loss) || !std::isfinite(norm)) {
      fail(
          "[{}] the loss is no longer a number at update {}: lower {}.lr (now {}) and start over with "
          "--overwrite",
          name, index, name, recipe.lr);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    log.write({name, index, (index + 1) * tokens_per_update, result.loss, norm, rates.lr, rates.mixer_lr,
               static_cast<double>(tokens_per_update) / seconds.count(), result.layer_loss});
    progress.update((index + 1) * tokens_per_update, fmt::format("loss {:.4f}", result.loss));
    const bool stop = stop_asked();
    if (stop || (index + 1) % recipe_.checkpoint_every == 0 || index + 1 == num_updates) {
      save_checkpoint(run_.checkpoints(), {step.kind, index + 1, log.bytes()}, *model_);
    }
    if (stop) return false;
  }
  return true;
}

Trainer::Update Trainer::update(const Step& step, const DataOrder& order, int64_t index, bool recompute) {
  const StepRecipe& recipe = *step.recipe;
  const int64_t micro = recipe.micro_batch > 0 ? recipe.micro_batch : recipe.batch;
  std::vector<Batch> batches;
  for (int64_t row = 0; row < recipe.batch; row += micro) {
    batches.push_back(order.batch(index * recipe.batch + row, std::min(micro, recipe.batch - row)));
  }
  const int64_t count = needs_teacher(step) ? recipe.batch * recipe.context : count_targets(batches);
  const double scale = 1 / static_cast<double>(std::max<int64_t>(count, 1));
  Update sum;
  for (const Batch& batch : batches) {
    const Update part = micro_update(step, batch, recompute, scale);
    model_->end_micro_batch();
    sum.loss += part.loss * scale;
    sum.layer_loss.resize(part.layer_loss.size());
    for (size_t l = 0; l < part.layer_loss.size(); ++l) sum.layer_loss[l] += part.layer_loss[l] * scale;
  }
  return sum;
}

Trainer::Update Trainer::micro_update(const Step& step, const Batch& batch, bool recompute,
                                      double grad_scale) {
  const Pass pass(config_, batch, context_, compute_);
  if (!needs_teacher(step)) return {language_loss(pass, *model_, recompute, grad_scale), {}};
  const Pass teacher_pass(teacher_folder_->config, pass);
  if (step.kind == StepKind::kDistill) {
    return {distill_loss(pass, *model_, teacher_pass, *teacher_, recompute, grad_scale), {}};
  }
  Update result;
  result.layer_loss = align_loss(pass, *model_, teacher_pass, *teacher_, grad_scale);
  result.loss = std::accumulate(result.layer_loss.begin(), result.layer_loss.end(), 0.0) /
                static_cast<double>(config_.L);
  return result;
}

void Trainer::export_weights() {
  const std::filesystem::path partial = run_.path / "model.partial";
  remove_folder(partial);
  make_folder(partial);
  auto parameter = model_->parameters().begin();  // in the order of the table, which export walks
  const auto values = [&](const TensorSpec& spec, std::span<float> out) {
    RADLADS_CHECK(parameter->spec.name == spec.name, "{} is not {}", parameter->spec.name, spec.name);
    if (!at::isfinite(parameter->value).all().item<bool>()) {
      fail(
          "[train] {} is no longer finite after the last update: lower its learning rate and start over with "
          "--overwrite",
          spec.name);
    }
    std::copy_n(parameter->value.const_data_ptr<float>(), out.size(), out.begin());
    ++parameter;
  };
  export_model(partial, config_, values, dtypes_);
  rename_folder(partial, run_.model());
}

}  // namespace radlads::train
