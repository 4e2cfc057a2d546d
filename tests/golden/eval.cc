#include "golden/eval.h"

#include <cmath>
#include <fstream>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "eval/evaluate.h"
#include "eval/task_library.h"
#include "golden/differences.h"
#include "io/file.h"

namespace fs = std::filesystem;

namespace radlads {
namespace {

using namespace eval;

constexpr double kLogLikelihoodBound = 1e-3, kPerplexityBound = 1e-4, kStderrBound = 0.03;
constexpr size_t kMaxMessages = 5;

class Failures {
 public:
  explicit Failures(std::string subject) : subject_(std::move(subject)) {}

  template <class... Args>
  void check(bool holds, fmt::format_string<Args...> format, Args&&... args) {
    if (holds) return;
    if (messages_.size() < kMaxMessages)
      messages_.push_back(subject_ + ": " + fmt::format(format, std::forward<Args>(args)...));
    failed_ = true;
  }

  /// Equal, but for perplexities.
  void check_figure(const std::string& key, double got, double wanted) {
    const bool is_perplexity = key.find("perplexity") != std::string::npos;
    const double bound = !is_perplexity                            ? 1e-9
                         : key.find("stderr") != std::string::npos ? kStderrBound
                                                                   : kPerplexityBound;
    check(std::abs(got - wanted) <= bound * std::abs(wanted) + 1e-12, "{}: got {}, wanted {}", key, got,
          wanted);
  }

  GoldenResult result() && { return case_result(std::move(messages_)); }

 private:
  std::string subject_;
  std::vector<std::string> messages_;
  bool failed_ = false;
};

const TaskLibrary& library() {
  static const TaskLibrary tasks(own_tasks(), {});
  return tasks;
}

/// Tasks are evaluated once, for the cases of a task and of its groups.
const TaskResult& evaluated(const fs::path& model_folder, const fs::path& docs, const std::string& task,
                            std::optional<int64_t> num_fewshot) {
  static std::map<fs::path, EvalModel> models;
  static std::map<std::string, TaskResult> results;
  EvalSettings settings;
  settings.tasks = {task};
  settings.data = docs;
  settings.num_fewshot = num_fewshot;
  const std::string key = fmt::format("{} {} {}", model_folder.string(), task, num_fewshot.value_or(-1));
  if (const auto found = results.find(key); found != results.end()) return found->second;
  auto model = models.find(model_folder);
  if (model == models.end()) {
    model = models
                .emplace(model_folder,
                         open_model_for_evaluation(model_folder, kernels::Compute::kFloat32, settings))
                .first;
  }
  auto answered = ask(model->second, prepare_tasks(library(), settings, model->second), settings,
                      {.num_threads = static_cast<int>(std::thread::hardware_concurrency())}, nullptr);
  return results.emplace(key, std::move(answered.at(0))).first->second;
}

Json read_json(const fs::path& file) { return Json::parse(read_text_file(file)); }

std::vector<Json> read_lines(const fs::path& file) {
  std::vector<Json> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(Json::parse(line));
  return lines;
}

/// The line of loglikelihoods_*.jsonl about a task; null if there is none.
Json log_likelihoods_of(const fs::path& folder, const std::string& name) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with("loglikelihoods_")) continue;
    for (const Json& line : read_lines(entry.path())) {
      if (line.at("task") == name) return line;
    }
  }
  return {};
}

/// The entry "results" of a task with this many examples.
Json figures_of(const fs::path& folder, const std::string& task, int64_t num_fewshot) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with("results_")) continue;
    const Json json = read_json(entry.path());
    if (json.at("results").contains(task) && json.at("n-shot").at(task) == num_fewshot)
      return json.at("results").at(task);
  }
  return {};
}

void check_figures(const std::vector<Figure>& figures, const Json& wanted, Failures& failures) {
  size_t checked = 0;
  for (const Figure& figure : figures) {
    const std::string key = figure.metric + "," + figure.filter,
                      error = figure.metric + "_stderr," + figure.filter;
    failures.check(wanted.contains(key), "{} is not expected", key);
    if (!wanted.contains(key)) continue;
    failures.check_figure(key, figure.estimate.value, wanted.at(key));
    failures.check_figure(error, figure.estimate.standard_error.value_or(-1), wanted.at(error));
    ++checked;
  }
  for (const auto& entry : wanted.items())
    checked -= entry.key().find(',') != std::string::npos && entry.key().find("_stderr") == std::string::npos
                   ? 1
                   : 0;
  failures.check(checked == 0, "not all metrics are there");
}

void check_log_likelihoods(const TaskResult& result, const Json& wanted, Failures& failures) {
  failures.check(wanted.at("n") == result.answers.size(), "{} documents, wanted {}", result.answers.size(),
                 wanted.at("n").dump());
  failures.check(wanted.at("truncated_docs") == result.num_truncated, "{} truncated, wanted {}",
                 result.num_truncated, wanted.at("truncated_docs").dump());
  std::vector<size_t> greedy;
  for (size_t i = 0; i < result.answers.size(); ++i) {
    const auto& choices = result.answers[i].choices;
    const Json& all = wanted.at("loglikelihoods").at(i);
    failures.check(all.size() == choices.size(), "document {}: {} choices", i, choices.size());
    bool any_greedy = false;
    for (size_t c = 0; c < std::min(choices.size(), all.size()); ++c) {
      failures.check(std::abs(choices[c].sum - all[c].get<double>()) <= kLogLikelihoodBound,
                     "document {}, choice {}: got {}, wanted {}", i, c, choices[c].sum, all[c].get<double>());
      any_greedy = any_greedy || choices[c].is_greedy;
    }
    if (any_greedy) greedy.push_back(i);
  }
  failures.check(Json(greedy) == wanted.at("greedy_docs"), "other documents have a greedy choice: {}",
                 Json(greedy).dump());
}

void check_sample(const TaskResult& result, const RequestEncoder& encoder, const Json& sample,
                  Failures& failures) {
  const auto id = sample.at("doc_id").get<size_t>();
  const Question& question = result.prepared.questions.at(id);
  const Json& requests = sample.at("requests");
  failures.check(requests.size() == question.requests.size(), "document {}: {} requests", id,
                 question.requests.size());
  for (const Figure& figure : result.figures) {
    if (sample.contains(figure.metric))
      failures.check(
          std::abs(sample.at(figure.metric).get<double>() - figure.values[id]) <= kLogLikelihoodBound,
          "document {}: {} is {}", id, figure.metric, figure.values[id]);
  }
  for (size_t r = 0; r < std::min(requests.size(), question.requests.size()); ++r) {
    const Json& wanted = requests[r];
    const TextRequest& text = question.requests[r];
    const auto got = encoder.continuation(text.context, text.continuation);
    failures.check(wanted.at("context_tokens") == got.context_tokens &&
                       wanted.at("dropped_tokens") == got.dropped_tokens &&
                       wanted.at("continuation_tokens") == got.sequence.num_scored,
                   "document {}, request {}: {} context tokens, {} dropped, {} scored", id, r,
                   got.context_tokens, got.dropped_tokens, got.sequence.num_scored);
    failures.check(wanted.at("is_greedy") == result.answers[id].choices[r].is_greedy,
                   "document {}, request {}: is_greedy", id, r);
    if (!wanted.contains("context")) continue;
    failures.check(wanted.at("context") == text.context && wanted.at("continuation") == text.continuation,
                   "document {}, request {}: the texts are {:?} and {:?}", id, r, text.context,
                   text.continuation);
    std::vector<TokenId> ids = wanted.at("context_ids");
    const std::vector<TokenId> tail = wanted.at("continuation_ids");
    ids.insert(ids.end(), tail.begin(), tail.end());
    ids.erase(ids.begin(), ids.begin() + got.dropped_tokens);
    failures.check(ids == got.sequence.ids, "document {}, request {}: other ids", id, r);
  }
}

/// MODEL/samples/NAME.jsonl
struct Place {
  fs::path folder, docs, model;
  std::string name, task;
  std::optional<int64_t> num_fewshot;

  Place(const fs::path& folder_of_model, const fs::path& shared)
      : folder(folder_of_model),
        docs(folder.parent_path() / "docs"),
        model(shared / "data/teachers" / folder.filename()) {}
};

}  // namespace

GoldenResult check_eval_task(const fs::path& samples, const fs::path& shared) {
  Place place(samples.parent_path().parent_path(), shared);
  if (!fs::exists(place.model)) return {.skipped = 1, .messages = {place.model.string() + " is missing"}};
  const std::string name = samples.stem();
  const size_t dot = name.rfind('.');
  const bool has_shots = dot != std::string::npos && name.ends_with("shot");
  const std::string task = has_shots ? name.substr(0, dot) : name;
  if (has_shots) place.num_fewshot = std::stoll(name.substr(dot + 1));
  Failures failures(name);
  const TaskResult& result = evaluated(place.model, place.docs, task, place.num_fewshot);
  const Json log_likelihoods = log_likelihoods_of(place.folder, name);
  failures.check(!log_likelihoods.is_null(), "no log-likelihoods are expected");
  if (!log_likelihoods.is_null()) check_log_likelihoods(result, log_likelihoods, failures);
  check_figures(result.figures, figures_of(place.folder, task, result.prepared.num_fewshot), failures);
  const RequestEncoder encoder = RequestEncoder::load(place.model, read_config(place.model));
  for (const Json& sample : read_lines(samples)) check_sample(result, encoder, sample, failures);
  return std::move(failures).result();
}

GoldenResult check_eval_groups(const fs::path& results, const fs::path& shared) {
  const Place place(results.parent_path(), shared);
  if (!fs::exists(place.model)) return {.skipped = 1, .messages = {place.model.string() + " is missing"}};
  const Json json = read_json(results);
  Failures failures(results.filename());
  std::vector<TaskResult> tasks;
  EvalSettings settings;
  for (const auto& entry : json.at("groups").items()) settings.tasks.push_back(entry.key());
  for (const auto& entry : json.at("configs").items()) {
    const int64_t shots = json.at("n-shot").at(entry.key());
    tasks.push_back(
        evaluated(place.model, place.docs, entry.key(), shots > 0 ? std::optional(shots) : std::nullopt));
  }
  for (const GroupResult& group : summarize_groups(library(), settings, tasks))
    check_figures(group.figures, json.at("groups").at(group.group.name), failures);
  return std::move(failures).result();
}

GoldenResult check_eval_templates(const fs::path& file) {
  const Task task = library().task(file.stem().string());
  Differences differences(file.string());
  for (const Json& line : read_lines(file)) {
    differences.next_line();
    differences.compare("query", task.doc_to_text.text_of(line), line.at("query").get<std::string>());
    differences.compare("choices", task.doc_to_choice.list_of(line),
                        line.at("choices").get<std::vector<std::string>>());
  }
  return std::move(differences).result();
}

}  // namespace radlads
