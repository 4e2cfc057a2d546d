#include "eval/task.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "core/error.h"
#include "core/log.h"
#include "eval/generated_text.h"
#include "eval/metrics.h"
#include "eval/task_keys.h"

namespace radlads::eval {
namespace {

OutputType parse_output(const TaskKeys& keys, const std::string& name) {
  if (name == "multiple_choice") return OutputType::kMultipleChoice;
  if (name == "loglikelihood") return OutputType::kLogLikelihood;
  if (name == "loglikelihood_rolling") return OutputType::kRolling;
  if (name == "generate_until") return OutputType::kGenerateUntil;
  keys.fail(
      "output_type {:?} is not known; use multiple_choice, loglikelihood, loglikelihood_rolling or "
      "generate_until",
      name);
}

struct MetricKind {
  std::string_view name, aggregation;
  bool higher_is_better;
  OutputType output;
  bool is_default;  // if a task names none
};

constexpr MetricKind kMetricKinds[] = {
    {"acc", "mean", true, OutputType::kMultipleChoice, true},
    {"acc_norm", "mean", true, OutputType::kMultipleChoice, true},
    {"acc_bytes", "mean", true, OutputType::kMultipleChoice, false},
    {"exact_match", "mean", true, OutputType::kMultipleChoice, false},
    {"perplexity", "perplexity", false, OutputType::kLogLikelihood, true},
    {"acc", "mean", true, OutputType::kLogLikelihood, true},
    {"word_perplexity", "weighted_perplexity", false, OutputType::kRolling, true},
    {"byte_perplexity", "weighted_perplexity", false, OutputType::kRolling, true},
    {"bits_per_byte", "bits_per_byte", false, OutputType::kRolling, true},
    {kNatsByPosition, "nats_per_token", false, OutputType::kRolling, false},
    {"exact_match", "mean", true, OutputType::kGenerateUntil, true},
    {"string_match", "mean", true, OutputType::kGenerateUntil, false},
    {"f1", "f1", true, OutputType::kMultipleChoice, false},
    {"mcc", "matthews_corrcoef", true, OutputType::kMultipleChoice, false},
    {"bleu", "bleu", true, OutputType::kGenerateUntil, false},
    {"chrf", "chrf", true, OutputType::kGenerateUntil, false},
    {"chrf++", "chrf++", true, OutputType::kGenerateUntil, false},
    {"ter", "ter", false, OutputType::kGenerateUntil, false},
};

MetricSpec parse_metric(const Json& yaml, OutputType output, const std::string& task,
                        const std::filesystem::path& file) {
  TaskKeys keys(yaml, task + ", metric_list", file);
  MetricSpec metric;
  metric.name = keys.text("metric");
  if (keys.flag("hf_evaluate", false))
    keys.fail("the metric {:?} is one of the library evaluate (hf_evaluate), which is not supported",
              metric.name);
  const auto* kind = std::find_if(std::begin(kMetricKinds), std::end(kMetricKinds), [&](const MetricKind& x) {
    return x.name == metric.name && x.output == output;
  });
  if (kind == std::end(kMetricKinds))
    keys.fail("the metric {:?} is not known for this output_type", metric.name);
  metric.aggregation = keys.text("aggregation", std::string(kind->aggregation));
  const bool may_be_mean = find_corpus_metric(metric.name) == nullptr;
  if (metric.aggregation != kind->aggregation && !(may_be_mean && metric.aggregation == "mean"))
    keys.fail("the aggregation {:?} of {} is not known", metric.aggregation, metric.name);
  metric.higher_is_better = keys.flag("higher_is_better", kind->higher_is_better);
  if (metric.name == "exact_match") {
    for (const char* name : {"ignore_case", "ignore_punctuation", "ignore_numbers", "regexes_to_ignore"}) {
      if (const Json& value = keys.take(name); !value.is_null()) metric.arguments[name] = value;
    }
    ExactMatch(metric.arguments, "[read_task] " + task);  // checks them
  }
  for (const char* name : {"weight_by_size", "average"})
    keys.take(name);  // the harness does not read them either
  keys.finish();
  return metric;
}

std::vector<MetricSpec> parse_metrics(const Json& yaml, OutputType output, const std::string& task,
                                      const std::filesystem::path& file) {
  std::vector<MetricSpec> metrics;
  if (yaml.is_null()) {
    for (const MetricKind& kind : kMetricKinds) {
      if (kind.output == output && kind.is_default)
        metrics.push_back(
            {std::string(kind.name), std::string(kind.aggregation), kind.higher_is_better, Json::object()});
    }
  } else if (!yaml.is_array() || yaml.empty()) {
    fail("[read_task] {}: metric_list must be a list of at least one metric in {}", task, file.string());
  }
  for (const Json& metric : yaml) metrics.push_back(parse_metric(metric, output, task, file));
  return metrics;
}

GenerationSpec parse_generation(const Json& yaml, const Task& task, const std::filesystem::path& file) {
  GenerationSpec spec;
  spec.as_written = yaml.is_null() ? default_generation(task.fewshot_delimiter) : yaml;
  if (spec.as_written.is_object() && spec.as_written.value("until", Json()).is_null())
    spec.as_written["until"] = Json::array({task.fewshot_delimiter});
  TaskKeys keys(spec.as_written, task.name + ", generation_kwargs", file);
  spec.until = keys.texts("until");
  for (const char* name : {"max_tokens", "max_new_tokens", "max_gen_toks"})
    spec.max_tokens = keys.whole(name, spec.max_tokens, 1);
  spec.temperature = keys.number("temperature", 0);
  if (spec.temperature < 0) keys.fail("temperature must be at least 0, not {}", spec.temperature);
  spec.do_sample = keys.flag("do_sample", spec.temperature > 0);
  if (!spec.do_sample && spec.temperature > 0) {
    warn("[eval] {}: do_sample is false, so temperature has no effect: add do_sample=true to --gen-kwargs",
         task.name);
  }
  if (!spec.do_sample) spec.temperature = 0;
  spec.top_p = keys.number("top_p", 1);
  if (spec.top_p <= 0 || spec.top_p > 1) keys.fail("top_p must be above 0 and at most 1, not {}", spec.top_p);
  spec.top_k = keys.whole("top_k", 0, 0);
  if (keys.whole("num_beams", 1, 1) > 1) keys.fail("num_beams: beam search is not supported");
  keys.finish();
  return spec;
}

/// Of a map from names to templates.
std::vector<std::pair<std::string, DocField>> parse_fields(const Json& yaml, const Task& task,
                                                           const std::filesystem::path& file) {
  const Json map = yaml.is_null() ? Json::object() : yaml;
  TaskKeys keys(map, task.name + ", fields", file);
  std::vector<std::pair<std::string, DocField>> fields;
  for (const auto& entry : map.items()) fields.emplace_back(entry.key(), keys.field(entry.key()));
  return fields;
}

/// The dataset's name on the Hugging Face hub; empty if the task does not say.
std::string origin_of(const Json& path, const Json& name) {
  if (!path.is_string()) return "";
  const std::string& dataset = path.get_ref<const std::string&>();
  return name.is_string() ? fmt::format("{}, {}", dataset, name.get_ref<const std::string&>()) : dataset;
}

/// Takes the first of the fields that is present.
DocField field_or(const TaskKeys& keys, const Json& own, std::string_view key, const DocField& otherwise) {
  return own.is_null() ? otherwise : keys.field(own, key);
}

FewshotSpec parse_fewshot(const Json& yaml, const std::string& split, const Task& task,
                          const std::filesystem::path& file) {
  const Json map = yaml.is_null() ? Json::object() : yaml;
  TaskKeys keys(map, task.name + ", fewshot_config", file);
  FewshotSpec spec;
  spec.sampler = keys.text("sampler", "default");
  if (spec.sampler != "default" && spec.sampler != "first_n")
    keys.fail("the sampler {:?} is not known; use default or first_n", spec.sampler);
  spec.split = keys.text("split", split);
  keys.refuse({"process_docs"});
  spec.samples = keys.take("samples");
  if (!spec.samples.is_null() && (!spec.samples.is_array() || spec.samples.empty()))
    keys.fail("samples must be a list of at least one example");
  if (!spec.split.empty()) spec.samples = nullptr;  // as in the harness
  spec.has_indices = !keys.indices("fewshot_indices").empty();
  spec.doc_to_text = field_or(keys, keys.take("doc_to_text"), "doc_to_text", task.doc_to_text);
  spec.doc_to_target = field_or(keys, keys.take("doc_to_target"), "doc_to_target", task.doc_to_target);
  spec.doc_to_choice = field_or(keys, keys.take("doc_to_choice"), "doc_to_choice", task.doc_to_choice);
  spec.gen_prefix = field_or(keys, keys.take("gen_prefix"), "gen_prefix", task.gen_prefix);
  spec.target_delimiter = keys.text("target_delimiter", task.target_delimiter);
  spec.fewshot_delimiter = keys.text("fewshot_delimiter", task.fewshot_delimiter);
  keys.finish();
  return spec;
}

}  // namespace

std::string FewshotSpec::place() const {
  return samples.is_null() ? fmt::format("the split {:?}", split) : "fewshot_config.samples";
}

Json default_generation(const std::string& fewshot_delimiter) {
  return {{"temperature", 0.0},
          {"do_sample", false},
          {"max_gen_toks", 256},
          {"until", Json::array({fewshot_delimiter})}};
}

Task parse_task(const Json& yaml, const std::filesystem::path& file) {
  Task task;
  task.file = file;
  task.config = yaml;
  TaskKeys named(yaml, "a task", file);
  task.name = named.text("task");
  if (task.name.empty()) named.fail("it has no name: give it the key task");

  TaskKeys keys(yaml, task.name, file);
  keys.refuse_code();
  for (const char* key : {"task", "task_list"}) keys.take(key);
  keys.texts("tag");  // names, which the library reads
  // Where the data came from: here it is read from the folder of --data.
  task.origin = origin_of(keys.take("dataset_path"), keys.take("dataset_name"));
  for (const char* key : {"dataset_kwargs", "should_decontaminate", "doc_to_decontamination_query"})
    keys.take(key);
  keys.refuse({"class", "custom_dataset", "process_docs", "process_results", "use_prompt", "doc_to_image",
               "doc_to_audio"});
  if (keys.flag("unsafe_code", false)) keys.fail("unsafe_code: answers are never run as code here");
  task.alias = keys.text("task_alias", task.name);
  if (const Json& data = keys.take("data"); data.is_object()) {
    task.synthetic = parse_synthetic(data, task.name, file);
  } else {
    task.data = keys.text("data", task.name);
  }
  task.keep = keys.field("keep");
  task.fields = parse_fields(keys.take("fields"), task, file);
  task.output = parse_output(keys, keys.text("output_type", "generate_until"));
  const std::string training = keys.text("training_split"), validation = keys.text("validation_split"),
                    test = keys.text("test_split");
  task.split = test.empty() ? validation : test;
  if (task.split.empty() && !task.synthetic) keys.fail("it has neither test_split nor validation_split");
  task.description = keys.field("description");
  task.doc_to_text = keys.field("doc_to_text");
  task.doc_to_target = keys.field("doc_to_target");
  task.doc_to_choice = keys.field("doc_to_choice");
  task.gen_prefix = keys.field("gen_prefix");
  task.contexts = keys.field("contexts");
  task.doc_to_count = keys.field("doc_to_count");
  task.has_letters = keys.flag("target_letters", false);
  task.target_delimiter = keys.text("target_delimiter", " ");
  task.fewshot_delimiter = keys.text("fewshot_delimiter", "\n\n");
  task.fewshot = parse_fewshot(keys.take("fewshot_config"), keys.text("fewshot_split"), task, file);
  // The harness leaves the question out of its examples if both splits have the same name, or neither is
  // named.
  task.fewshot.excludes_question = task.fewshot.split == test;
  if (task.fewshot.split.empty())
    task.fewshot.split = !training.empty() ? training : validation.empty() ? test : validation;
  task.num_fewshot = keys.whole("num_fewshot", 0, 0);
  task.repeats = keys.whole("repeats", 1, 1);
  task.generation = parse_generation(keys.take("generation_kwargs"), task, file);
  task.filters = keys.take("filter_list");
  for (const FilterPipeline& filter :
       parse_filters(task.filters, fmt::format("[read_task] {} in {}", task.name, file.string()))) {
    filter.check_repeats(task.repeats);
    if (task.output != OutputType::kGenerateUntil) filter.check_for_scores();
  }
  task.metrics = parse_metrics(keys.take("metric_list"), task.output, task.name, file);
  if (const Json& chance = keys.take("chance"); chance.is_string()) {
    task.doc_to_chance = keys.field(chance, "chance");
  } else if (!chance.is_null()) {
    task.chance = keys.number("chance", 0);
    if (*task.chance < 0 || *task.chance > 1) keys.fail("chance must be from 0 to 1, not {}", *task.chance);
  }
  const Json& metadata = keys.take("metadata");
  task.version = metadata.is_object() ? metadata.value("version", Json("Yaml")) : Json("Yaml");
  keys.finish();
  if (task.synthetic && task.num_fewshot > 0)
    keys.fail("num_fewshot: {} is not possible: generated documents have no examples", task.num_fewshot);
  if (task.synthetic && (task.keep || !task.fields.empty()))
    keys.fail("keep and fields are for documents of files, not for generated ones");
  if (!task.doc_to_text && !task.contexts && task.output != OutputType::kRolling)
    keys.fail("it has no doc_to_text");
  if (!task.doc_to_target) keys.fail("it has no doc_to_target");
  if (task.output == OutputType::kMultipleChoice && !task.doc_to_choice) keys.fail("it has no doc_to_choice");
  return task;
}

}  // namespace radlads::eval
