#include "eval/prepare.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/log.h"
#include "core/units.h"
#include "eval/metrics.h"
#include "eval/task_data.h"
#include "io/json_field.h"

namespace radlads::eval {
namespace {

/// The keys of a task that flags replace.
Json overrides(const EvalSettings& settings) {
  Json keys = Json::object();
  if (!settings.generation.empty()) keys["generation_kwargs"] = settings.generation;
  if (settings.num_fewshot) keys["num_fewshot"] = *settings.num_fewshot;
  return keys;
}

/// Tokens that a model reads and writes for a question, at most.
int64_t tokens_of(const Question& question, const Task& task, const RequestEncoder& encoder) {
  int64_t most = 0;
  for (const TextRequest& request : question.requests) {
    if (request.continuation.empty()) {
      const int64_t answer = task.output == OutputType::kGenerateUntil ? task.generation.max_tokens : 0;
      most = std::max(most, encoder.prompt(request.context, INT64_MAX).context_tokens + answer);
    } else {
      const auto encoded = encode_scored(encoder, request, task, question);
      most = std::max(most, encoded.dropped_tokens + static_cast<int64_t>(encoded.sequence.ids.size()));
    }
  }
  return most;
}

/// The documents of `num_documents` that are evaluated.
int64_t limited(const EvalSettings& settings, int64_t num_documents) {
  if (!settings.limit) return num_documents;
  const double wanted =
      *settings.limit < 1 ? std::ceil(*settings.limit * static_cast<double>(num_documents)) : *settings.limit;
  return std::min(static_cast<int64_t>(wanted), num_documents);
}

TaskData make_documents(const Task& task, const EvalSettings& settings, const EvalModel& model,
                        PromptBuilder builder) {
  const SyntheticSpec& spec = *task.synthetic;
  if (spec.length > model.encoder.window()) {
    fail(
        "[eval] {}: a length of {} tokens is more than the model's window of {}: give a smaller --length, or "
        "a larger --max-length",
        task.name, spec.length, model.encoder.window());
  }
  const int64_t count = limited(settings, spec.num_documents);
  return fitted_documents(
      task, static_cast<uint64_t>(settings.seed), count, [&](int64_t index, const Json& document) {
        return tokens_of(builder.question(index, document, made_place(index)), task, model.encoder);
      });
}

/// The accuracy of guessing, if it depends on the document.
std::optional<double> mean_chance(const PreparedTask& prepared) {
  std::vector<double> chances;
  for (const Question& question : prepared.questions) {
    const Json chance = prepared.task.doc_to_chance.of(question.doc);
    if (!chance.is_number() || chance.get<double>() < 0 || chance.get<double>() > 1) {
      fail("[eval] {}: the chance of {} is not a number from 0 to 1 but {}: correct the key chance in {}",
           prepared.task.name, question.place, OrderedJsonField(chance, "eval", "").shown(),
           prepared.task.file.string());
    }
    chances.push_back(chance.get<double>());
  }
  return chances.empty() ? std::nullopt : std::optional(mean(chances));
}

/// UserError for a document without a field that others have, and that the task names: the name itself would
/// be taken for the text.
void check_fields(const Task& task, const TaskData& data) {
  for (const DocField* field : {&task.doc_to_text, &task.doc_to_target, &task.doc_to_choice}) {
    const auto has_field = [&](const Json& doc) { return field->names_field_of(doc); };
    const auto lacking = std::find_if_not(data.questions.begin(), data.questions.end(), has_field);
    if (lacking == data.questions.end() ||
        std::none_of(data.questions.begin(), data.questions.end(), has_field))
      continue;
    fail("[eval] {}: the document has no field {} in {}", field->where(),
         OrderedJsonField(field->source(), "eval", "").shown(),
         data.places[static_cast<size_t>(lacking - data.questions.begin())]);
  }
}

/// f1 is of choice 1 against choice 0.
void check_metrics(const PreparedTask& prepared) {
  const auto& metrics = prepared.task.metrics;
  if (prepared.task.output != OutputType::kMultipleChoice ||
      std::none_of(metrics.begin(), metrics.end(),
                   [](const MetricSpec& metric) { return metric.name == "f1"; }))
    return;
  for (const Question& question : prepared.questions) {
    if (question.choices.size() != 2)
      fail("[eval] {}: the metric f1 needs two choices, but there are {} in {}", prepared.task.name,
           question.choices.size(), question.place);
  }
}

PreparedTask prepare(Task task, const EvalSettings& settings, const EvalModel& model) {
  PreparedTask prepared;
  const bool is_rolling = task.output == OutputType::kRolling;
  if (task.fewshot.has_indices && task.num_fewshot > 0)
    warn("[eval] {}: fewshot_indices has no effect, as in lm-evaluation-harness", task.name);
  prepared.num_fewshot = is_rolling ? 0 : task.num_fewshot;
  prepared.task = std::move(task);
  const PromptOptions options = {.num_fewshot = prepared.num_fewshot,
                                 .seed = settings.seed,
                                 .chat_template = model.chat_template ? &*model.chat_template : nullptr,
                                 .system_instruction = settings.system_instruction,
                                 .fewshot_as_multiturn = settings.fewshot_as_multiturn};
  const auto& synthetic = prepared.task.synthetic;
  TaskData data = synthetic ? make_documents(prepared.task, settings, model, {prepared.task, {}, options})
                            : load_task_data(prepared.task, prepared.num_fewshot, settings.data);
  check_fields(prepared.task, data);
  prepared.num_documents = synthetic ? synthetic->num_documents : static_cast<int64_t>(data.questions.size());
  prepared.data_sha256 = data.sha256;
  PromptBuilder builder(prepared.task, std::move(data.examples), options);
  const int64_t count = limited(settings, prepared.num_documents);
  for (int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<size_t>(i);
    prepared.questions.push_back(builder.question(i, data.questions[index], data.places[index]));
  }
  prepared.system_refusal = builder.system_refusal();
  check_metrics(prepared);
  if (prepared.task.doc_to_chance) prepared.task.chance = mean_chance(prepared);
  return prepared;
}

/// One warning for all tasks.
void warn_of_refusals(const std::vector<PreparedTask>& tasks) {
  const auto refused = [](const PreparedTask& prepared) { return !prepared.system_refusal.empty(); };
  const auto first = std::find_if(tasks.begin(), tasks.end(), refused);
  if (first == tasks.end()) return;
  warn(
      "[eval] {}: the chat template refuses system messages, so prompts are without the description and "
      "--system-instruction ({})",
      counted(std::count_if(tasks.begin(), tasks.end(), refused), "task"), first->system_refusal);
}

bool has_data(const Task& task, const EvalSettings& settings) {
  return task.synthetic || !data_file(task, task.split, settings.data).empty();
}

}  // namespace

RequestEncoder::Encoded encode_scored(const RequestEncoder& encoder, const TextRequest& request,
                                      const Task& task, const Question& question) {
  try {
    return encoder.continuation(request.context, request.continuation);
  } catch (const UserError& error) {
    fail("[eval] {}: {} in {}", task.name, error.what(), question.place);
  }
}

std::vector<PreparedTask> prepare_tasks(const TaskLibrary& library, const EvalSettings& settings,
                                        const EvalModel& model) {
  std::vector<PreparedTask> prepared;
  std::set<std::string> seen;
  for (const std::string& name : settings.tasks) {
    int64_t missing = 0;
    bool are_published = false;
    const std::vector<std::string> tasks = library.tasks_of(name);
    for (const std::string& task_name : tasks) {
      Task task = library.task(task_name, overrides(settings));
      if (!library.is_task(name) && !settings.strict && !has_data(task, settings)) {
        ++missing;
        are_published = are_published || is_published(task);
        continue;
      }
      if (seen.insert(task_name).second) prepared.push_back(prepare(std::move(task), settings, model));
    }
    if (missing == static_cast<int64_t>(tasks.size())) {
      fail("[eval] {}: none of its {} tasks has data in {}{}", name, tasks.size(),
           settings.data.empty() ? "the folder of --data" : settings.data.string(),
           are_published ? ": tools/eval_data.py creates that folder" : "");
    }
    if (missing > 0) {
      warn("[eval] {}: {} of {} tasks have no data in {} and are left out", name, missing, tasks.size(),
           settings.data.string());
    }
  }
  warn_of_refusals(prepared);
  return prepared;
}

}  // namespace radlads::eval
