#include "eval/results.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <set>

#include <fmt/format.h>

#include "core/sha256.h"
#include "io/file.h"
#include "io/python_json.h"

namespace radlads::eval {
namespace {

const char* const kNoNumber = "N/A";

Json number_or_none(const std::optional<double>& value) { return value ? Json(*value) : Json(kNoNumber); }

void add_figures(const std::vector<Figure>& figures, Json& entry) {
  for (const Figure& figure : figures) {
    entry[figure.metric + "," + figure.filter] = figure.estimate.value;
    entry[figure.metric + "_stderr," + figure.filter] = number_or_none(figure.estimate.standard_error);
  }
}

Json entry_of(const TaskResult& result) {
  const Task& task = result.prepared.task;
  Json entry = {{"name", task.name}, {"alias", task.alias}, {"sample_len", result.prepared.questions.size()}};
  add_figures(result.figures, entry);
  return entry;
}

Json entry_of(const GroupResult& result) {
  Json entry = {
      {"alias", result.group.alias}, {"name", result.group.name}, {"sample_len", result.num_documents}};
  add_figures(result.figures, entry);
  for (const Figure& figure : result.figures)
    entry["sample_count"][figure.metric + "," + figure.filter] = result.num_documents;
  const std::string partial = partial_text(static_cast<int64_t>(result.tasks.size()), result.num_possible);
  if (!partial.empty()) entry["partial"] = partial;
  return entry;
}

Json higher_is_better(const std::vector<Figure>& figures) {
  Json entry = Json::object();
  for (const Figure& figure : figures) entry[figure.metric] = figure.higher_is_better;
  return entry;
}

std::string iso_time(double seconds) {
  const auto whole = static_cast<std::time_t>(std::floor(seconds));
  std::tm parts{};
  localtime_r(&whole, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H-%M-%S", &parts);
  return fmt::format("{}.{:06d}", text, static_cast<int>((seconds - std::floor(seconds)) * 1e6));
}

/// A log-likelihood and whether it is greedy, as Python writes them.
Json as_texts(const LogLikelihood& x, bool is_rolling) {
  if (is_rolling) return python_repr_float(x.sum);
  return Json::array({python_repr_float(x.sum), x.is_greedy ? "True" : "False"});
}

struct SampleParts {
  Json responses = Json::array(), filtered = Json::array(), arguments = Json::object();
};

SampleParts parts_of(const TaskResult& result, size_t i, const Figure& figure) {
  const Task& task = result.prepared.task;
  const Question& question = result.prepared.questions[i];
  SampleParts parts;
  for (const LogLikelihood& choice : result.answers[i].choices) {
    const Json text = as_texts(choice, task.output == OutputType::kRolling);
    parts.responses.push_back(Json::array({text}));
    parts.filtered.push_back(text);
  }
  if (task.output == OutputType::kGenerateUntil) {
    parts.responses.push_back(result.answers[i].texts);
    parts.filtered.push_back(figure.filtered[i]);
  }
  for (size_t j = 0; j < question.requests.size(); ++j) {
    Json& arguments = parts.arguments[fmt::format("gen_args_{}", j)];
    arguments["arg_0"] = question.requests[j].context;
    if (task.output == OutputType::kGenerateUntil) {
      arguments["arg_1"] = task.generation.as_written;
    } else if (task.output != OutputType::kRolling) {
      arguments["arg_1"] = question.requests[j].continuation;
    }
  }
  return parts;
}

/// Where contexts differ, the harness takes the shared continuation for the target.
std::string target_text(const Task& task, const Question& question) {
  return task.contexts ? question.choices[static_cast<size_t>(right_choices(task, question)[0])]
                       : python_text(question.target);
}

/// All figures of one filter for question i.
Json sample(const TaskResult& result, size_t i, std::span<const Figure> figures) {
  const Question& question = result.prepared.questions[i];
  SampleParts parts = parts_of(result, i, figures[0]);
  const std::string target = target_text(result.prepared.task, question);
  Json line = {{"doc_id", question.doc_id},
               {"doc", question.doc},
               {"target", target},
               {"arguments", std::move(parts.arguments)},
               {"resps", std::move(parts.responses)},
               {"filtered_resps", std::move(parts.filtered)},
               {"filter", figures[0].filter},
               {"metrics", Json::array()},
               {"doc_hash", sha256_hex(python_json(question.doc, 2, /*ensure_ascii=*/false))},
               {"prompt_hash", sha256_hex(question.requests[0].context)},
               {"target_hash", sha256_hex(target)}};
  for (const Figure& figure : figures) {
    line["metrics"].push_back(figure.metric);
    line[figure.metric] = !figure.items.empty()  ? figure.items[i]
                          : figure.sizes.empty() ? Json(figure.values[i])
                                                 : Json({figure.values[i], figure.sizes[i]});
  }
  return line;
}

/// Figures that share a filter are adjacent.
template <class Visit>
void for_each_filter(const std::vector<Figure>& figures, const Visit& visit) {
  for (size_t begin = 0, end = 0; begin < figures.size(); begin = end) {
    for (end = begin; end < figures.size() && figures[end].filter == figures[begin].filter;) ++end;
    visit(std::span(figures).subspan(begin, end - begin));
  }
}

/// What all tasks of a group agree on.
void add_group_facts(const GroupResult& group, Json& json) {
  std::set<Json> shots;
  Json better = Json::object();
  for (const std::string& task : group.tasks) {
    shots.insert(json["n-shot"][task]);
    for (const auto& [metric, is_better] : json["higher_is_better"][task].items()) {
      const bool agrees = better.value(metric, is_better) == is_better;
      better[metric] = agrees ? is_better : Json();
    }
  }
  if (shots.size() == 1) json["n-shot"][group.group.name] = *shots.begin();
  if (!better.empty()) json["higher_is_better"][group.group.name] = better;
}

}  // namespace

std::string samples_jsonl(const TaskResult& result) {
  std::string text;
  for_each_filter(result.figures, [&](std::span<const Figure> figures) {
    for (size_t i = 0; i < result.prepared.questions.size(); ++i)
      text += python_json(sample(result, i, figures), /*indent=*/-1, /*ensure_ascii=*/false) + "\n";
  });
  return text;
}

Json results_json(const EvalResult& result, const EvalSettings& settings, const RunFacts& facts) {
  Json json = {{"results", Json::object()}};
  for (const GroupResult& group : result.groups) {
    const Json entry = entry_of(group);
    if (!group.figures.empty()) json["results"][group.group.name] = json["groups"][group.group.name] = entry;
    json["group_subtasks"][group.group.name] = group.members;
    json["versions"][group.group.name] = group.group.version;
  }
  for (const TaskResult& task : result.tasks) {
    const std::string& name = task.prepared.task.name;
    json["results"][name] = entry_of(task);
    json["configs"][name] = task.prepared.task.config;
    json["versions"][name] = task.prepared.task.version;
    json["n-shot"][name] = task.prepared.num_fewshot;
    json["higher_is_better"][name] = higher_is_better(task.figures);
    json["n-samples"][name] = {{"original", task.prepared.num_documents},
                               {"effective", task.prepared.questions.size()}};
    json["truncated"][name] = task.num_truncated;
    json["seconds"][name] = task.seconds;
    if (task.prepared.task.chance) json["chance"][name] = *task.prepared.task.chance;
  }
  for (const GroupResult& group : result.groups) add_group_facts(group, json);
  Json& config = json["config"] = settings.to_json();
  config["model"] = "radlads";
  config["model_args"] = {{"pretrained", facts.model_name}, {"dtype", facts.dtype}};
  config["batch_size"] = facts.batch > 0 ? Json(facts.batch) : Json("auto");
  config["device"] = "cpu";
  config["num_threads"] = facts.num_threads;
  config["bootstrap_iters"] = kBootstrapResamples;
  json["date"] = facts.start_time;
  json["model_source"] = "radlads";
  json["model_name"] = facts.model_name;
  json["model_name_sanitized"] = results_folder("", facts.model_name).string();
  json["software"] = {{"radlads", facts.version}};
  json["start_time"] = facts.start_time;
  json["end_time"] = facts.end_time;
  json["total_evaluation_time_seconds"] = fmt::format("{}", facts.end_time - facts.start_time);
  return json;
}

std::filesystem::path results_folder(const std::filesystem::path& output, const std::string& model_name) {
  std::string name;
  bool replaced = false;
  for (const char c : model_name) {
    const bool replace = std::string_view("\"<>:/|\\?*[]").find(c) != std::string_view::npos;
    if (!replace) {
      name += c;
    } else if (!replaced) {
      name += "__";
    }
    replaced = replace;
  }
  return output / name;
}

std::filesystem::path write_results(const EvalResult& result, const EvalSettings& settings,
                                    const RunFacts& facts, const std::filesystem::path& folder) {
  const std::string time = iso_time(facts.end_time);
  for (const TaskResult& task : result.tasks)
    write_text_file(folder / fmt::format("samples_{}_{}.jsonl", task.prepared.task.name, time),
                    samples_jsonl(task));
  const std::filesystem::path file = folder / fmt::format("results_{}.json", time);
  write_text_file(file, python_json(results_json(result, settings, facts), 2, /*ensure_ascii=*/false) + "\n");
  return file;
}

}  // namespace radlads::eval
