#include "eval/evaluate.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "core/error.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/sha256.h"
#include "eval/fitted_documents.h"
#include "eval/generation.h"
#include "eval/position_ranges.h"
#include "infer/stop_ids.h"
#include "io/mapped_file.h"

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
      const auto encoded = encoder.continuation(request.context, request.continuation);
      most = std::max(most, encoded.dropped_tokens + static_cast<int64_t>(encoded.sequence.ids.size()));
    }
  }
  return most;
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
  const int64_t count =
      settings.limit < 0 ? spec.num_documents : std::min(settings.limit, spec.num_documents);
  return fitted_documents(task, static_cast<uint64_t>(settings.seed), count,
                          [&](int64_t index, const Json& document) {
                            return tokens_of(builder.question(index, document), task, model.encoder);
                          });
}

/// The accuracy of guessing, where it depends on the document.
std::optional<double> mean_chance(const PreparedTask& prepared) {
  std::vector<double> chances;
  for (const Question& question : prepared.questions) {
    const Json chance = prepared.task.doc_to_chance.of(question.doc);
    if (!chance.is_number()) {
      fail("[eval] {}: the chance of document {} is {} and no number: mend the key chance in {}",
           prepared.task.name, question.doc_id, chance.dump(), prepared.task.file.string());
    }
    chances.push_back(chance.get<double>());
  }
  return chances.empty() ? std::nullopt : std::optional(mean(chances));
}

PreparedTask prepare(Task task, const EvalSettings& settings, const EvalModel& model) {
  PreparedTask prepared;
  const bool is_rolling = task.output == OutputType::kRolling;
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
  prepared.num_documents = synthetic ? synthetic->num_documents : static_cast<int64_t>(data.questions.size());
  prepared.data_sha256 = data.sha256;
  PromptBuilder builder(prepared.task, std::move(data.examples), options);
  const int64_t count =
      settings.limit < 0 ? prepared.num_documents : std::min(settings.limit, prepared.num_documents);
  for (int64_t i = 0; i < count; ++i) {
    prepared.questions.push_back(builder.question(i, data.questions[static_cast<size_t>(i)]));
    if (prepared.task.output == OutputType::kMultipleChoice)
      right_choices(prepared.task, prepared.questions.back());  // refuses what the figures would stumble over
  }
  if (prepared.task.doc_to_chance) prepared.task.chance = mean_chance(prepared);
  return prepared;
}

bool has_data(const Task& task, const EvalSettings& settings) {
  return task.synthetic || !data_file(task, task.split, settings.data).empty();
}

/// Asks for log-likelihoods; the places of its requests among all sequences.
class Scoring {
 public:
  Scoring(const EvalModel& model, const PreparedTask& prepared) : prepared_(prepared) {
    const auto& metrics = prepared.task.metrics;
    by_position_ = std::any_of(metrics.begin(), metrics.end(),
                               [](const MetricSpec& metric) { return metric.name == kNatsByPosition; });
    for (size_t i = 0; i < prepared.questions.size(); ++i) {
      bool truncated = false;
      for (const TextRequest& request : prepared.questions[i].requests) {
        if (prepared.task.output == OutputType::kRolling) {
          for (ScoredSequence& window : model.encoder.rolling(request.context))
            add_window(i, std::move(window));
          continue;
        }
        auto encoded = model.encoder.continuation(request.context, request.continuation);
        truncated = truncated || encoded.dropped_tokens > 0;
        add(i, std::move(encoded.sequence));
      }
      num_truncated_ += truncated ? 1 : 0;
    }
  }

  std::vector<Answer> run(const EvalModel& model, const ComputeSettings& compute, Journal* journal) {
    const std::string& name = prepared_.task.name;
    std::vector<std::optional<LogLikelihood>> known(sequences_.size());
    int64_t done = 0;
    for (size_t i = 0; journal != nullptr && i < known.size(); ++i) {
      known[i] = journal->log_likelihood(name, static_cast<int64_t>(i));
      done += known[i] ? 1 : 0;
    }
    Progress progress(name, "requests", static_cast<int64_t>(sequences_.size()), done);
    const auto on_scored = [&](std::span<const int32_t> scored, std::span<const LogLikelihood> all) {
      for (const int32_t i : scored) {
        if (known[static_cast<size_t>(i)]) continue;
        ++done;
        if (journal != nullptr) journal->add(name, i, all[static_cast<size_t>(i)]);
      }
      if (journal != nullptr) journal->flush();
      progress.update(done);
    };
    const std::vector<LogLikelihood> scores =
        score_sequences(model.weights, sequences_,
                        {compute.batch, compute.reuse_prefixes, compute.num_threads}, known, on_scored);
    std::vector<Answer> answers(prepared_.questions.size());
    const bool is_rolling = prepared_.task.output == OutputType::kRolling;
    for (Answer& answer : answers) {
      if (is_rolling) answer.choices.emplace_back();
    }
    for (size_t i = 0; i < scores.size(); ++i) {
      auto& choices = answers[question_[i]].choices;
      if (is_rolling) {
        choices[0].sum += scores[i].sum;
        choices[0].is_greedy = choices[0].is_greedy && scores[i].is_greedy;
        if (by_position_) add_score(answers[question_[i]].by_position, i, scores[i]);
      } else {
        choices.push_back(scores[i]);
      }
    }
    return answers;
  }

  int64_t num_truncated() const { return num_truncated_; }

 private:
  void add(size_t question, ScoredSequence sequence) {
    sequences_.push_back(std::move(sequence));
    question_.push_back(question);
  }

  void add_window(size_t question, ScoredSequence window) {
    if (!by_position_) return add(question, std::move(window));
    for (WindowPart& part : split_by_position(window)) {
      add(question, std::move(part.sequence));
      range_.push_back(static_cast<size_t>(part.range));
    }
  }

  void add_score(std::vector<RollingScore>& by_position, size_t sequence, const LogLikelihood& score) const {
    by_position.resize(std::max(by_position.size(), range_[sequence] + 1));
    RollingScore& total = by_position[range_[sequence]];
    total.log_likelihood += score.sum;
    total.size += static_cast<double>(sequences_[sequence].num_scored);
  }

  const PreparedTask& prepared_;
  bool by_position_ = false;
  std::vector<ScoredSequence> sequences_;
  std::vector<size_t> question_;  // of each sequence
  std::vector<size_t> range_;     // of positions, of each sequence, where they are told apart
  int64_t num_truncated_ = 0;
};

std::vector<Answer> generate_answers(const EvalModel& model, const PreparedTask& prepared,
                                     const EvalSettings& settings, const ComputeSettings& compute,
                                     Journal* journal, int64_t& num_truncated) {
  const Task& task = prepared.task;
  const int64_t room = model.encoder.window() - task.generation.max_tokens;
  if (room <= 0) {
    fail(
        "[eval] {}: {} tokens to generate leave no room for the question in the model's window of {}: give "
        "--gen-kwargs max_gen_toks=N",
        task.name, task.generation.max_tokens, model.encoder.window());
  }
  std::vector<GenerationRequest> requests;
  for (const Question& question : prepared.questions) {
    auto encoded = model.encoder.prompt(question.requests[0].context, room);
    num_truncated += encoded.dropped_tokens > 0 ? 1 : 0;
    for (int64_t repeat = 0; repeat < task.repeats; ++repeat) {
      const auto seed = static_cast<uint64_t>(settings.seed + question.doc_id * task.repeats + repeat);
      requests.push_back({encoded.sequence.ids, &task.generation, seed});
    }
  }
  std::vector<std::optional<std::string>> known(requests.size());
  for (size_t i = 0; journal != nullptr && i < known.size(); ++i)
    known[i] = journal->text(task.name, static_cast<int64_t>(i));
  Progress progress(task.name, "texts", static_cast<int64_t>(requests.size()));
  const auto on_batch = [&](size_t first, std::span<const std::string> texts) {
    for (size_t i = 0; journal != nullptr && i < texts.size(); ++i)
      journal->add(task.name, static_cast<int64_t>(first + i), texts[i]);
    if (journal != nullptr) journal->flush();
    progress.update(static_cast<int64_t>(first + texts.size()));
  };
  const auto texts = generate_texts(model.weights, model.encoder, model.stop_ids, requests,
                                    {compute.batch, compute.num_threads}, known, on_batch);
  std::vector<Answer> answers(prepared.questions.size());
  for (size_t i = 0; i < texts.size(); ++i)
    answers[i / static_cast<size_t>(task.repeats)].texts.push_back(texts[i]);
  return answers;
}

const TaskResult* find_result(const std::vector<TaskResult>& results, const std::string& name) {
  const auto found = std::find_if(results.begin(), results.end(),
                                  [&](const TaskResult& x) { return x.prepared.task.name == name; });
  return found == results.end() ? nullptr : &*found;
}

/// The group's figure over its tasks that have the metric.
void summarize(GroupResult& result, const std::vector<TaskResult>& results) {
  std::vector<SubtaskEstimate> parts;
  Figure figure;
  for (const std::string& name : result.tasks) {
    const TaskResult& task = *find_result(results, name);
    result.num_documents += static_cast<int64_t>(task.prepared.questions.size());
    for (const Figure& x : task.figures) {
      if (x.metric != result.group.metric) continue;
      parts.push_back({x.estimate, static_cast<int64_t>(x.values.size())});
      figure.higher_is_better = x.higher_is_better;
      figure.filter = x.filter;
      break;
    }
  }
  if (!result.group.has_figures || parts.empty()) return;
  figure.metric = result.group.metric;
  figure.estimate = result.group.weight_by_size ? mean_by_size(parts) : plain_mean(parts);
  result.figures.push_back(std::move(figure));
}

void hash_file(const std::filesystem::path& path, Sha256& hash) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  hash.update({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

Json EvalSettings::to_json() const {
  Json json = {{"num_fewshot", nullptr},
               {"limit", nullptr},
               {"fewshot_seed", seed},
               {"gen_kwargs", generation},
               {"apply_chat_template", apply_chat_template},
               {"system_instruction", system_instruction},
               {"fewshot_as_multiturn", fewshot_as_multiturn}};
  if (num_fewshot) json["num_fewshot"] = *num_fewshot;
  if (limit >= 0) json["limit"] = limit;
  if (max_length) json["max_length"] = *max_length;
  return json;
}

std::vector<PreparedTask> prepare_tasks(const TaskLibrary& library, const EvalSettings& settings,
                                        const EvalModel& model) {
  std::vector<PreparedTask> prepared;
  std::set<std::string> seen;
  for (const std::string& name : settings.tasks) {
    int64_t missing = 0;
    const std::vector<std::string> tasks = library.tasks_of(name);
    for (const std::string& task_name : tasks) {
      Task task = library.task(task_name, overrides(settings));
      if (!library.is_task(name) && !settings.strict && !has_data(task, settings)) {
        ++missing;
        continue;
      }
      if (seen.insert(task_name).second) prepared.push_back(prepare(std::move(task), settings, model));
    }
    if (missing == static_cast<int64_t>(tasks.size())) {
      fail("[eval] {}: none of its {} tasks has data in {}: tools/eval_data.py makes that folder", name,
           tasks.size(), settings.data.empty() ? "the folder of --data" : settings.data.string());
    }
    if (missing > 0) {
      warn("[eval] {}: {} of {} tasks have no data in {} and are left out", name, missing, tasks.size(),
           settings.data.string());
    }
  }
  return prepared;
}

EvalModel open_model_for_evaluation(const std::filesystem::path& folder, kernels::Compute compute,
                                    const EvalSettings& settings) {
  const auto weights = infer::load_weights(folder, compute);
  EvalModel model = {folder, weights, RequestEncoder::load(folder, weights->config()), {}, std::nullopt};
  if (settings.max_length) model.encoder.set_window(*settings.max_length);
  for (const int64_t id : infer::stop_ids(folder, weights->config()))
    model.stop_ids.push_back(static_cast<TokenId>(id));
  if (settings.apply_chat_template) {
    model.chat_template = ChatTemplate::load(folder);
    model.encoder.set_special_tokens(false);
  }
  return model;
}

std::vector<TaskResult> ask(const EvalModel& model, std::vector<PreparedTask> tasks,
                            const EvalSettings& settings, const ComputeSettings& compute, Journal* journal) {
  std::vector<TaskResult> results;
  for (PreparedTask& prepared : tasks) {
    TaskResult& result = results.emplace_back();
    result.prepared = std::move(prepared);
    const auto start = std::chrono::steady_clock::now();
    if (result.prepared.task.output == OutputType::kGenerateUntil) {
      result.answers =
          generate_answers(model, result.prepared, settings, compute, journal, result.num_truncated);
    } else {
      Scoring scoring(model, result.prepared);
      result.num_truncated = scoring.num_truncated();
      result.answers = scoring.run(model, compute, journal);
    }
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (result.num_truncated > 0) {
      warn(
          "[eval] {}: {} of {} questions are longer than the model's window of {} tokens and lost their "
          "beginning",
          result.prepared.task.name, result.num_truncated, result.prepared.questions.size(),
          model.encoder.window());
    }
    result.figures =
        measure(result.prepared.task, result.prepared.questions, result.answers, compute.num_threads);
  }
  return results;
}

std::vector<GroupResult> summarize_groups(const TaskLibrary& library, const EvalSettings& settings,
                                          const std::vector<TaskResult>& tasks) {
  std::vector<GroupResult> groups;
  std::vector<std::string> open(settings.tasks.rbegin(), settings.tasks.rend());
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    const auto is_there = [&](const GroupResult& x) { return x.group.name == name; };
    if (!library.is_group(name) || std::any_of(groups.begin(), groups.end(), is_there)) continue;
    GroupResult result;
    result.group = library.group(name);
    const auto was_evaluated = [&](const std::string& task) { return find_result(tasks, task) != nullptr; };
    const std::vector<std::string> possible = library.tasks_of(name);
    result.num_possible = static_cast<int64_t>(possible.size());
    std::copy_if(possible.begin(), possible.end(), std::back_inserter(result.tasks), was_evaluated);
    for (const std::string& member : result.group.members) {
      const std::vector<std::string> below = library.tasks_of(member);
      if (std::none_of(below.begin(), below.end(), was_evaluated)) continue;
      if (library.is_group(member)) {
        result.members.push_back(member);
      } else {
        std::copy_if(below.begin(), below.end(), std::back_inserter(result.members), was_evaluated);
      }
    }
    summarize(result, tasks);
    open.insert(open.end(), result.group.members.rbegin(), result.group.members.rend());
    if (!result.tasks.empty()) groups.push_back(std::move(result));
  }
  return groups;
}

std::string journal_key(const EvalModel& model, const std::vector<PreparedTask>& tasks,
                        const EvalSettings& settings, const ComputeSettings& compute,
                        const std::string& dtype) {
  Sha256 hash;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(model.folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    hash.update(file.filename().string());
    hash_file(file, hash);
  }
  for (const PreparedTask& prepared : tasks) {
    hash.update(prepared.task.config.dump());
    hash.update(prepared.data_sha256);
  }
  hash.update(settings.to_json().dump());
  hash.update(fmt::format("{} {} {} {} {}", compute.batch, compute.reuse_prefixes, compute.num_threads, dtype,
                          RADLADS_VERSION));
  return hash.hex();
}

}  // namespace radlads::eval
