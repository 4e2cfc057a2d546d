// radlads generate MODEL: continues a text.
#include "infer/generate.h"

#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "cli/command.h"
#include "core/error.h"
#include "infer/stop_ids.h"

namespace radlads::cli {
namespace {

struct Arguments {
  std::filesystem::path model;
  std::string prompt;
  bool greedy = false;
  infer::GenerateOptions options;
  ComputeOptions compute;
};

void generate(Arguments& arguments) {
  const auto weights = infer::load_weights(arguments.model, arguments.compute.compute());
  const auto tokenizer = load_tokenizer(arguments.model);
  const std::vector<TokenId> prompt = tokenizer->encode(arguments.prompt, /*add_special_tokens=*/true);
  if (prompt.empty())
    fail("[generate] the prompt is empty, and the tokenizer adds nothing to begin with: give --prompt");
  infer::GenerateOptions& options = arguments.options;
  if (arguments.greedy) options.sampler.temperature = 0;
  options.stop_ids = infer::stop_ids(arguments.model, weights->config());

  infer::SessionPool pool(weights, 1);
  infer::Runner runner(weights, arguments.compute.num_threads());
  infer::Session session = pool.open();
  // The stream starts behind the prompt, so that spaces at the seam come out as they would in the whole text.
  const auto stream = tokenizer->stream();
  for (const TokenId id : prompt) stream->push(id);
  const auto print = [](const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  infer::generate(runner, session, prompt, options, [&](TokenId id) {
    const std::string piece = stream->push(id);
    if (!tokenizer->is_special(id)) print(piece);
    return true;
  });
  print(stream->finish() + "\n");
}

}  // namespace

void add_generate(CLI::App& app) {
  CLI::App* command = app.add_subcommand("generate", "Continue a text");
  auto arguments = std::make_shared<Arguments>();
  infer::SamplerOptions& sampler = arguments->options.sampler;
  command->add_option("MODEL", arguments->model, "model folder")->required();
  command->add_option("--prompt", arguments->prompt, "text to continue");
  command->add_option("--max-new-tokens", arguments->options.max_new_tokens)
      ->check(not_negative())
      ->capture_default_str();
  auto* greedy = command->add_flag("--greedy", arguments->greedy, "always the likeliest token");
  command->add_option("--temperature", sampler.temperature, "0 is greedy")
      ->excludes(greedy)
      ->capture_default_str();
  command->add_option("--top-k", sampler.top_k, "sample among the k likeliest; 0: all")
      ->capture_default_str();
  command->add_option("--top-p", sampler.top_p, "sample among the likeliest that together reach p")
      ->capture_default_str();
  command
      ->add_option("--min-p", sampler.min_p, "leave out what is less likely than this share of the likeliest")
      ->capture_default_str();
  command->add_option("--repetition-penalty", sampler.repetition_penalty, "above 1: against repetition")
      ->capture_default_str();
  command->add_option("--seed", sampler.seed, "of the sampling")->capture_default_str();
  arguments->compute.add_to(*command);
  command->callback([arguments] { generate(*arguments); });
}

}  // namespace radlads::cli
