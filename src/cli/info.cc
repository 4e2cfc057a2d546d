// radlads info MODEL: what a model folder holds.
#include <map>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.h"
#include "core/units.h"
#include "model/config.h"
#include "model/model_folder.h"

namespace radlads::cli {
namespace {

void print_config(const ModelConfig& config) {
  fmt::print("model_type    {}\n", config.model_type);
  fmt::print("mixer         {}", config.mixer().name);
  const auto softmax = config.softmax_layers();
  if (!config.is_teacher() && !softmax.empty())
    fmt::print(", softmax in layers {}", fmt::join(softmax, ", "));
  fmt::print("\nsizes         {} layers, width {}, feed-forward {}, vocabulary {}{}\n", config.L, config.C,
             config.F, config.V, config.tie_word_embeddings ? " (embedding tied to the head)" : "");
  fmt::print("heads         {} of {}, {} for keys and values\n", config.H, config.N, config.Hkv);
  if (!config.is_teacher()) {
    std::vector<std::string> options, ranks;
    for (const MixerOption& option : config.mixer().options) {
      const int64_t value = config.options[option.key];
      const bool is_flag = option.kind == MixerOption::Kind::kFlag;
      (option.kind == MixerOption::Kind::kRank ? ranks : options)
          .push_back(fmt::format("{} {}", option.key,
                                 is_flag ? (value != 0 ? "true" : "false") : std::to_string(value)));
    }
    fmt::print("options       {}\n", fmt::join(options, ", "));
    fmt::print("ranks         {}\n", fmt::join(ranks, ", "));
  }
  if (!config.ignored_fields.empty())
    fmt::print("ignored       {}\n", fmt::join(config.ignored_fields, ", "));
}

void print_sizes(const ModelFolder& model) {
  std::map<Part, int64_t> parts;
  for (const TensorSpec& spec : model.table) {
    if (!spec.unused) parts[spec.part] += num_elements(spec.shape);
  }
  fmt::print("parameters    {}", num_parameters(model.config));
  for (const auto& [part, count] : parts)
    fmt::print("{}{} {}", part == parts.begin()->first ? " (" : ", ", part_name(part), count);
  fmt::print(")\nstate         {} bytes per sequence ({})\n", state_bytes(model.config),
             format_bytes(static_cast<uint64_t>(state_bytes(model.config))));
  const int64_t cache = cache_bytes_per_token(model.config, 4);
  fmt::print("cache         {} bytes per token{}\n", cache, cache == 0 ? ": none" : " (float32)");
}

void print_tensors(const ModelFolder& model) {
  fmt::print("tensors       {}\n", model.table.size());
  for (const TensorSpec& spec : model.table) {
    const TensorView& tensor = model.tensor(spec);
    fmt::print("  {:<56} {:<18} {:<5} {}{}\n", spec.name, to_string(spec.shape),
               safetensors_name(tensor.dtype), part_name(spec.part), spec.unused ? ", unused" : "");
  }
}

}  // namespace

void add_info(CLI::App& app) {
  struct Arguments {
    std::filesystem::path model;
    bool brief = false;
  };
  CLI::App* command = app.add_subcommand("info", "Show a model's config, sizes, state and tensors");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, "MODEL", arguments->model)->required();
  command->add_flag("--brief", arguments->brief, "leave out the list of tensors");
  command->callback([arguments] {
    const ModelFolder model = open_model(arguments->model);
    print_config(model.config);
    print_sizes(model);
    if (!arguments->brief) print_tensors(model);
  });
}

}  // namespace radlads::cli
