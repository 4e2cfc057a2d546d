#include "eval/task.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "core/error.h"

namespace radlads::eval {
namespace {

/// The members of one map of a task file, each taken by name; what is left at the end is unknown.
class Keys {
 public:
  Keys(const Json& map, std::string subject, const std::filesystem::path& file)
      : map_(map), subject_(std::move(subject)), file_(file) {
    if (!map.is_object()) fail("a map is wanted");
  }

  /// Null if it is not there.
  Json take(std::string_view key) {
    taken_.emplace_back(key);
    const auto found = map_.find(std::string(key));
    return found == map_.end() ? Json() : *found;
  }

  std::string text(std::string_view key, std::string otherwise = "") {
    const Json value = take(key);
    if (value.is_null()) return otherwise;
    if (!value.is_string()) fail("{}: a text is wanted, got {}", key, value.dump());
    return value.get<std::string>();
  }

  int64_t whole(std::string_view key, int64_t otherwise, int64_t least) {
    const Json value = take(key);
    if (value.is_null()) return otherwise;
    if (!value.is_number_integer() || value.get<int64_t>() < least)
      fail("{}: a whole number of at least {} is wanted, got {}", key, least, value.dump());
    return value.get<int64_t>();
  }

  double number(std::string_view key, double otherwise) {
    const Json value = take(key);
    if (value.is_null()) return otherwise;
    if (!value.is_number()) fail("{}: a number is wanted, got {}", key, value.dump());
    return value.get<double>();
  }

  bool flag(std::string_view key, bool otherwise) {
    const Json value = take(key);
    if (value.is_null()) return otherwise;
    if (!value.is_boolean()) fail("{}: true or false is wanted, got {}", key, value.dump());
    return value.get<bool>();
  }

  DocField field(std::string_view key) { return field(take(key), key); }
  DocField field(const Json& value, std::string_view key) const {
    if (value.is_object()) {
      // Choices may be a map from answers to texts, of which the texts count.
      Json texts = Json::array();
      for (const Json& text : value) texts.push_back(text);
      return field(texts, key);
    }
    return DocField::parse(value, fmt::format("{} of {} in {}", key, subject_, file_.string()));
  }

  /// UserError if there are members that nobody took.
  void finish() const {
    for (const auto& entry : map_.items()) {
      if (std::find(taken_.begin(), taken_.end(), entry.key()) == taken_.end())
        fail("the key {} is not known", entry.key());
    }
  }

  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    radlads::fail("[read_task] {}: {} in {}", subject_, fmt::format(format, std::forward<Args>(args)...),
                  file_.string());
  }

 private:
  const Json& map_;
  std::string subject_;
  const std::filesystem::path& file_;
  std::vector<std::string> taken_;
};

OutputType parse_output(const Keys& keys, const std::string& name) {
  if (name == "multiple_choice") return OutputType::kMultipleChoice;
  if (name == "loglikelihood") return OutputType::kLogLikelihood;
  if (name == "loglikelihood_rolling") return OutputType::kRolling;
  if (name == "generate_until") return OutputType::kGenerateUntil;
  keys.fail(
      "output_type {:?} is not known; there are multiple_choice, loglikelihood, loglikelihood_rolling and "
      "generate_until",
      name);
}

struct MetricKind {
  std::string_view name, aggregation;
  bool higher_is_better;
  OutputType output;
  bool is_default;  // where a task names none
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
    {"exact_match", "mean", true, OutputType::kGenerateUntil, true},
};

MetricSpec parse_metric(const Json& yaml, OutputType output, const std::string& task,
                        const std::filesystem::path& file) {
  Keys keys(yaml, task + ", metric_list", file);
  MetricSpec metric;
  metric.name = keys.text("metric");
  const auto* kind = std::find_if(std::begin(kMetricKinds), std::end(kMetricKinds), [&](const MetricKind& x) {
    return x.name == metric.name && x.output == output;
  });
  if (kind == std::end(kMetricKinds))
    keys.fail("the metric {:?} is not known for this output_type", metric.name);
  metric.aggregation = keys.text("aggregation", std::string(kind->aggregation));
  if (metric.aggregation != kind->aggregation && metric.aggregation != "mean")
    keys.fail("the aggregation {:?} of {} is not known", metric.aggregation, metric.name);
  metric.higher_is_better = keys.flag("higher_is_better", kind->higher_is_better);
  if (metric.name == "exact_match") {
    for (const char* name : {"ignore_case", "ignore_punctuation", "ignore_numbers", "regexes_to_ignore"}) {
      if (const Json value = keys.take(name); !value.is_null()) metric.arguments[name] = value;
    }
  }
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
  } else if (!yaml.is_array()) {
    fail("[read_task] {}: metric_list must be a list in {}", task, file.string());
  }
  for (const Json& metric : yaml) metrics.push_back(parse_metric(metric, output, task, file));
  return metrics;
}

std::vector<std::string> texts(const Keys& keys, std::string_view key, const Json& value) {
  std::vector<std::string> result;
  for (const Json& item : value.is_array() ? value : Json::array({value})) {
    if (!item.is_string()) keys.fail("{}: a text or a list of texts is wanted, got {}", key, value.dump());
    result.push_back(item.get<std::string>());
  }
  return result;
}

GenerationSpec parse_generation(const Json& yaml, const Task& task, const std::filesystem::path& file) {
  GenerationSpec spec;
  spec.as_written = yaml.is_null() ? Json::object() : yaml;
  Keys keys(spec.as_written, task.name + ", generation_kwargs", file);
  const Json until = keys.take("until");
  spec.until =
      until.is_null() ? std::vector<std::string>{task.fewshot_delimiter} : texts(keys, "until", until);
  for (const char* name : {"max_tokens", "max_new_tokens", "max_gen_toks"})
    spec.max_tokens = keys.whole(name, spec.max_tokens, 1);
  spec.temperature = keys.number("temperature", 0);
  spec.do_sample = keys.flag("do_sample", spec.temperature > 0);
  if (!spec.do_sample) spec.temperature = 0;
  spec.top_p = keys.number("top_p", 1);
  spec.top_k = keys.whole("top_k", 0, 0);
  keys.finish();
  return spec;
}

/// Takes the first of the fields that is there.
DocField field_or(const Keys& keys, const Json& own, std::string_view key, const DocField& otherwise) {
  return own.is_null() ? otherwise : keys.field(own, key);
}

FewshotSpec parse_fewshot(const Json& yaml, const std::string& split, const Task& task,
                          const std::filesystem::path& file) {
  const Json map = yaml.is_null() ? Json::object() : yaml;
  Keys keys(map, task.name + ", fewshot_config", file);
  FewshotSpec spec;
  spec.sampler = keys.text("sampler", "default");
  if (spec.sampler != "default" && spec.sampler != "first_n")
    keys.fail("the sampler {:?} is not known; there are default and first_n", spec.sampler);
  spec.split = keys.text("split", split);
  spec.samples = keys.take("samples");
  if (!spec.samples.is_null() && !spec.samples.is_array()) keys.fail("samples must be a list");
  for (const Json& index : keys.take("fewshot_indices")) {
    if (!index.is_number_unsigned()) keys.fail("fewshot_indices must be whole numbers");
    spec.indices.push_back(index.get<int64_t>());
  }
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

Task parse_task(const Json& yaml, const std::filesystem::path& file) {
  Task task;
  task.file = file;
  task.config = yaml;
  Keys named(yaml, "a task", file);
  task.name = named.text("task");
  if (task.name.empty()) named.fail("it has no name: give it the key task");

  Keys keys(yaml, task.name, file);
  for (const char* key : {"task", "include", "tag", "metadata"}) keys.take(key);
  task.alias = keys.text("task_alias", task.name);
  task.data = keys.text("data", task.name);
  task.output = parse_output(keys, keys.text("output_type", "generate_until"));
  const std::string training = keys.text("training_split"), validation = keys.text("validation_split"),
                    test = keys.text("test_split");
  task.split = test.empty() ? validation : test;
  if (task.split.empty()) keys.fail("it has neither test_split nor validation_split");
  task.description = keys.field("description");
  task.doc_to_text = keys.field("doc_to_text");
  task.doc_to_target = keys.field("doc_to_target");
  task.doc_to_choice = keys.field("doc_to_choice");
  task.gen_prefix = keys.field("gen_prefix");
  task.contexts = keys.field("contexts");
  task.doc_to_count = keys.field("doc_to_count");
  task.target_delimiter = keys.text("target_delimiter", " ");
  task.fewshot_delimiter = keys.text("fewshot_delimiter", "\n\n");
  task.fewshot = parse_fewshot(keys.take("fewshot_config"), keys.text("fewshot_split"), task, file);
  // The harness leaves the question out of its examples where both splits are named alike, or neither is.
  task.fewshot.excludes_question = task.fewshot.split == test;
  if (task.fewshot.split.empty()) task.fewshot.split = training.empty() ? task.split : training;
  task.num_fewshot = keys.whole("num_fewshot", 0, 0);
  task.repeats = keys.whole("repeats", 1, 1);
  task.generation = parse_generation(keys.take("generation_kwargs"), task, file);
  task.filters = keys.take("filter_list");
  task.metrics = parse_metrics(keys.take("metric_list"), task.output, task.name, file);
  if (const Json chance = keys.take("chance"); chance.is_number()) task.chance = chance.get<double>();
  const Json metadata = yaml.value("metadata", Json::object());
  task.version = metadata.is_object() ? metadata.value("version", Json("Yaml")) : Json("Yaml");
  keys.finish();
  if (!task.doc_to_text && !task.contexts && task.output != OutputType::kRolling)
    keys.fail("it has no doc_to_text");
  if (!task.doc_to_target) keys.fail("it has no doc_to_target");
  if (task.output == OutputType::kMultipleChoice && !task.doc_to_choice) keys.fail("it has no doc_to_choice");
  return task;
}

}  // namespace radlads::eval
