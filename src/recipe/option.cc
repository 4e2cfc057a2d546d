#include "recipe/option.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/machine.h"
#include "core/units.h"
#include "mixers/table.h"

namespace radlads {
namespace {

using Choices = std::vector<std::string>;
using MixerValues = decltype(Recipe::mixer_options);

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int64_t kLargestCount = 1'000'000'000'000'000;  // tokens, updates, documents, seeds
constexpr int64_t kLongestContext = 1 << 24, kLargestBatch = 1 << 20, kLargestRank = 1 << 16;
constexpr int64_t kMostLayers = 10'000;  // of a config.json

[[noreturn]] void refuse(const std::string& name, const std::string& text, const std::string& wanted) {
  fail("[recipe] {}: \"{}\" is not {}", name, text, wanted);
}

double parse_number(const std::string& name, const std::string& text, double low, double high) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= low && value <= high) ||
      !std::isfinite(value)) {
    refuse(name, text,
           high == kInfinity ? fmt::format("a number of at least {}", low)
                             : fmt::format("a number from {} to {}", low, high));
  }
  return value;
}

bool parse_flag(const std::string& name, const std::string& text) {
  if (text != "true" && text != "false") refuse(name, text, "true or false");
  return text == "true";
}

/// Items may be written as "0,3" or one by one.
Choices split(const std::vector<std::string>& values) {
  Choices items;
  for (const std::string& text : values) {
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find(',', begin), text.size());
      if (end > begin) items.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return items;
}

/// Adds one option for one field; `optional` fields are written and read as "auto" if they are left out.
class Table {
 public:
  void group(std::string prefix) { prefix_ = std::move(prefix); }

  template <class Field>
  void count(const char* name, Field& field, const char* help, int64_t least = 0,
             int64_t most = kLargestCount) {
    add(name, "count", help, field, [least, most](const std::string& option, const std::string& text) {
      const auto value = parse_count(text);
      if (!value || *value < least || *value > most)
        refuse(option, text, fmt::format("a whole number from {} to {}", least, format_count(most)));
      return *value;
    });
  }

  template <class Field>
  void number(const char* name, Field& field, const char* help, double low = 0, double high = kInfinity) {
    add(name, "number", help, field, [low, high](const std::string& option, const std::string& text) {
      return parse_number(option, text, low, high);
    });
  }

  template <class Field>
  void flag(const char* name, Field& field, const char* help) {
    add(name, "true|false", help, field, parse_flag);
  }

  /// One of several values, each by its name.
  template <class Field>
  void choice(const char* name, Field& field, std::vector<std::pair<std::string, Field>> values,
              const char* help) {
    Choices names;
    for (const auto& [text, value] : values) names.push_back(text);
    const std::string option = prefix_ + name, all = fmt::format("{}", fmt::join(names, "|"));
    const auto set = [&field, values, option, all](const std::vector<std::string>& texts) {
      const std::string& text = only_one(option, texts);
      const auto chosen = std::ranges::find(values, text, &std::pair<std::string, Field>::first);
      if (chosen == values.end()) refuse(option, text, "one of " + all);
      field = chosen->second;
    };
    const auto get = [&field, values] {
      return std::vector{std::ranges::find(values, field, &std::pair<std::string, Field>::second)->first};
    };
    rows_.push_back({option, all, help, false, set, get});
  }

  void mixer(const char* name, std::string& field, const char* help) {
    const Choices known = replacement_names();
    const std::string all = fmt::format("{}", fmt::join(known, "|"));
    add(name, all, help, field, [known, all](const std::string& option, const std::string& text) {
      if (std::find(known.begin(), known.end(), text) == known.end()) refuse(option, text, "one of " + all);
      return text;
    });
  }

  void text(const char* name, std::string& field, const char* values, const char* help) {
    add(name, values, help, field, [](const std::string&, const std::string& value) { return value; });
  }

  void indices(const char* name, std::vector<int64_t>& field, const char* help) {
    const std::string option = prefix_ + name;
    const auto set = [&field, option](const std::vector<std::string>& values) {
      field.clear();
      for (const std::string& item : split(values)) {
        const auto value = parse_count(item);
        if (!value || *value >= kMostLayers)
          refuse(option, item, fmt::format("a whole number from 0 to {}", kMostLayers - 1));
        field.push_back(*value);
      }
    };
    const auto get = [&field] {
      std::vector<std::string> values;
      for (const int64_t value : field) values.push_back(format_count(value));
      return values;
    };
    rows_.push_back({option, "counts", help, true, set, get});
  }

  void choices(const char* name, Choices& field, const Choices& allowed, const char* help) {
    const std::string option = prefix_ + name;
    const auto set = [&field, allowed, option](const std::vector<std::string>& values) {
      field = split(values);
      for (const std::string& item : field) {
        if (std::find(allowed.begin(), allowed.end(), item) == allowed.end()) {
          refuse(option, item, fmt::format("one of {}", fmt::join(allowed, ", ")));
        }
      }
    };
    rows_.push_back({option, "list", help, true, set, [&field] { return field; }});
  }

  void mixer_option(const MixerOption& option, MixerValues& values) {
    const std::string name(option.key), help(option.help);
    std::optional<int64_t>& field = values[name];
    switch (option.kind) {
      case MixerOption::Kind::kFlag:
        add(name.c_str(), "true|false", help.c_str(), field, parse_flag);
        rows_.back().get = [&field] { return std::vector{field ? format(*field != 0) : "auto"}; };
        return;
      case MixerOption::Kind::kCount:
        return count(name.c_str(), field, help.c_str(), 0, option.most);
      case MixerOption::Kind::kRank:
        if (!field) field = 0;
        return count(name.c_str(), field, "0: depends on the width", 0, kLargestRank);
    }
  }

  void files(const char* name, std::vector<std::string>& field, const char* help) {
    const auto set = [&field](const std::vector<std::string>& values) { field = values; };
    rows_.push_back({prefix_ + name, "list", help, true, set, [&field] { return field; }});
  }

  std::vector<Option> take() { return std::move(rows_); }

 private:
  static const std::string& only_one(const std::string& option, const std::vector<std::string>& values) {
    if (values.size() != 1) fail("[recipe] {} takes one value, not {}", option, values.size());
    return values[0];
  }

  static std::string format(int64_t value) { return format_count(value); }
  static std::string format(uint64_t value) { return fmt::format("{}", value); }
  static std::string format(double value) { return fmt::format("{}", value); }
  static std::string format(bool value) { return value ? "true" : "false"; }
  static std::string format(const std::string& value) { return value; }

  template <class Field>
  static std::string format(const std::optional<Field>& value) {
    return value ? format(*value) : "auto";
  }

  template <class Field, class Parse>
  void add(const char* name, std::string values, const char* help, Field& field, Parse parse) {
    const std::string option = prefix_ + name;
    constexpr bool kOptional = !std::is_arithmetic_v<Field> && !std::is_same_v<Field, std::string>;
    const auto set = [&field, option, parse](const std::vector<std::string>& texts) {
      const std::string& text = only_one(option, texts);
      if constexpr (kOptional) {
        if (text == "auto") {
          field.reset();
          return;
        }
        field = parse(option, text);
      } else {
        field = static_cast<Field>(parse(option, text));
      }
    };
    const auto get = [&field] { return std::vector<std::string>{format(field)}; };
    rows_.push_back({option, std::move(values), help, false, set, get});
  }

  std::string prefix_;
  std::vector<Option> rows_;
};

void add_step(Table& table, Recipe& recipe, StepKind kind) {
  StepRecipe& step = recipe.step(kind);
  table.group(std::string(step_name(kind)) + ".");
  table.count("tokens", step.tokens, "budget; 0 skips the step");
  table.count("context", step.context, "tokens per row", 2, kLongestContext);
  table.count("batch", step.batch, "rows per update", 1, kLargestBatch);
  table.count("micro_batch", step.micro_batch, "rows per pass; 0: as many as memory allows", 0,
              kLargestBatch);
  table.number("lr", step.lr, "learning rate at the start");
  table.number("final_lr", step.final_lr, "learning rate at the end");
  table.number("mixer_lr", step.mixer_lr, "learning rate of the mixers at the start; auto: same as lr");
  table.number("mixer_final_lr", step.mixer_final_lr,
               "learning rate of the mixers at the end; auto: same as final_lr");
  table.choice("schedule", step.schedule,
               {{"cosine", Schedule::kCosine},
                {"linear", Schedule::kLinear},
                {"exp", Schedule::kExp},
                {"oneminussqrt", Schedule::kOneMinusSqrt},
                {"flat", Schedule::kFlat}},
               "from lr to final_lr");
  table.number("lr_wait", step.lr_wait, "progress at which the schedule begins", 0, 1);
  table.number("lr_endpoint", step.lr_endpoint, "progress at which it ends", 0, 1);
  table.count("warmup_steps", step.warmup_steps, "updates of linear warm-up, from 1%");
  table.number("beta1", step.beta1, "AdamW", 0, 1);
  table.number("beta2", step.beta2, "AdamW", 0, 1);
  table.number("eps", step.eps, "AdamW");
  table.number("weight_decay", step.weight_decay, "AdamW");
  table.number("clip", step.clip, "maximum gradient norm; 0: no clipping");
  table.choices("freeze", step.freeze, {"embedding", "norm", "mixer", "feed_forward", "head"},
                "parts that are not trained");
  table.flag("untie", step.untie, "give a tied model a head of its own");
}

void add_lora(Table& table, StepRecipe& step) {
  table.count("lora_rank", step.lora_rank,
              "train only low-rank updates of this rank to the teacher's projections, and none of its other "
              "tensors (an ablation: worse); 0: full matrices",
              0, kLargestRank);
}

void add_run(Table& table, Recipe& recipe, Command command) {
  table.count("seed", recipe.seed, "seed for the initial values, the order of the data and the sampled text");
  table.files("data", recipe.data,
              command == Command::kPretrain
                  ? "text, JSON lines, Parquet or token files"
                  : "text, JSON lines, Parquet or token files; or self: sampled from the teacher");
  table.text("text_key", recipe.text_key, "name", "JSON field or Parquet column with the text");
  table.flag("skip_bad_lines", recipe.skip_bad_lines,
             "skip and count lines that cannot be read, instead of stopping");
  table.choice(
      "data_order", recipe.data_order,
      {{"packed", TokenOrder::kPacked}, {"reference", TokenOrder::kReference}},
      "packed: whole documents, each from a fresh state; reference: the published order over one stream");
  table.choice("dtype", recipe.dtype,
               {{"auto", std::nullopt}, {"float32", DType::kF32}, {"bfloat16", DType::kBF16}},
               "data type of matrix products; auto: the fastest on this machine");
  table.choice("recompute", recipe.recompute, {{"auto", std::nullopt}, {"true", true}, {"false", false}},
               "recompute activations in the backward pass: less memory, a quarter slower; auto: when memory "
               "is short");
  table.count("threads", recipe.threads, "0: all cores", 0, kMostThreads);
  table.count("checkpoint_every", recipe.checkpoint_every, "updates between checkpoints", 1);
  table.text("eval.text", recipe.eval_text, "file",
             "text to compare on; default: documents held out of the data");
  table.count("eval.documents", recipe.eval_documents, "documents to compare on; 0: no comparison");
  table.count("eval.context", recipe.eval_context, "tokens to read per document", 2, kLongestContext);
  table.flag("eval.speed", recipe.eval_speed, "measure the time per token of teacher and student");
}

void add_conversion(Table& table, Recipe& recipe) {
  table.mixer("mixer", recipe.mixer, "what replaces attention");
  table.indices("softmax_layers", recipe.softmax_layers, "layers that keep attention, from 0");
  table.choice("export_dtype", recipe.export_dtype,
               {{"teacher", std::nullopt},
                {"float32", DType::kF32},
                {"bfloat16", DType::kBF16},
                {"float16", DType::kF16}},
               "data type of the student's weights");
  table.flag("reinit_att", recipe.reinit_att, "reinitialize q, k, v, o (an ablation: worse)");
  table.choice("gate_init", recipe.gate_init, {{"zero", GateInit::kZero}, {"uniform", GateInit::kUniform}},
               "initial values of a full-rank gate");
  for (const MixerOption* option : all_mixer_options()) table.mixer_option(*option, recipe.mixer_options);
  table.count("self.tokens", recipe.self_tokens,
              "tokens to sample for data self; 0: the largest budget of a step");
  table.count("self.context", recipe.self_context,
              "longest sampled document; 0: the largest context of a step", 0, kLongestContext);
  table.number("self.temperature", recipe.self_temperature, "sampling temperature", 0.01, 100);
}

}  // namespace

std::vector<Option> recipe_options(Recipe& recipe, Command command) {
  Table table;
  if (command == Command::kConvert) add_conversion(table, recipe);
  add_run(table, recipe, command);
  if (command == Command::kConvert) {
    add_step(table, recipe, StepKind::kAlign);
    add_step(table, recipe, StepKind::kDistill);
    add_lora(table, recipe.distill);
    add_step(table, recipe, StepKind::kExtend);
    add_lora(table, recipe.extend);
  } else {
    add_step(table, recipe, StepKind::kPretrain);
  }
  return table.take();
}

Option* find_option(std::vector<Option>& options, std::string_view name) {
  const auto it =
      std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.name == name; });
  return it == options.end() ? nullptr : &*it;
}

}  // namespace radlads
