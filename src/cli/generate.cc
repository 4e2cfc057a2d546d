// radlads generate MODEL: continues a text.
#include "infer/generate.h"

#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.h"
#include "core/error.h"
#include "core/log.h"
#include "infer/chat_prompt.h"
#include "infer/generation_config.h"
#include "infer/stop_ids.h"

namespace radlads::cli {
namespace {

struct Arguments {
  std::filesystem::path model;
  std::string prompt, system;
  bool greedy = false, chat = false;
  infer::GenerationConfig flags;
  infer::GenerateOptions options;
  ComputeOptions compute;
};

/// The prompt's ids. What ends a turn of a chat also ends the text.
std::vector<TokenId> encode_prompt(Arguments& arguments, const Tokenizer& tokenizer) {
  if (arguments.chat) {
    infer::ChatPrompt chat =
        infer::chat_prompt(arguments.model, tokenizer, arguments.system, arguments.prompt);
    std::vector<int64_t>& stop_ids = arguments.options.stop_ids;
    stop_ids.insert(stop_ids.end(), chat.stop_ids.begin(), chat.stop_ids.end());
    if (chat.ids.empty())
      fail("[generate] the chat template rendered no text in {}", arguments.model.string());
    return std::move(chat.ids);
  }
  std::vector<TokenId> ids = tokenizer.encode(arguments.prompt, /*add_special_tokens=*/true);
  if (ids.empty())
    fail("[generate] the prompt is empty, and the tokenizer adds no start token: give --prompt");
  return ids;
}

/// What the user leaves open is as the model's authors chose; returns their choices.
infer::GenerationConfig settle_options(Arguments& arguments) {
  if (arguments.greedy) arguments.flags.temperature = 0;
  const infer::GenerationConfig taken =
      infer::beside(infer::read_generation_config(arguments.model), arguments.flags);
  taken.apply_to(arguments.options);
  arguments.flags.apply_to(arguments.options);
  const std::vector<std::string> ignored = infer::settings_without_effect(arguments.model);
  if (!ignored.empty())
    warn("generation_config.json: {} {} no effect: not supported here", fmt::join(ignored, ", "),
         ignored.size() == 1 ? "has" : "have");
  if (const std::string text = taken.text(); !text.empty()) info("from generation_config.json: {}", text);
  return taken;
}

void generate(Arguments& arguments) {
  const infer::GenerationConfig authors = settle_options(arguments);
  const auto weights = infer::load_weights(arguments.model, arguments.compute.compute());
  const auto tokenizer = load_tokenizer(arguments.model);
  infer::GenerateOptions& options = arguments.options;
  options.stop_ids = infer::stop_ids(arguments.model, weights->config());
  const std::vector<TokenId> prompt = encode_prompt(arguments, *tokenizer);
  authors.apply_max_length(options, std::ssize(prompt));

  infer::SessionPool pool(weights, 1);
  infer::Runner runner(weights, arguments.compute.num_threads());
  infer::Session session = pool.open();
  // The stream starts after the prompt, so that spaces at the seam come out as they would in the whole text.
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
  CLI::App* command = app.add_subcommand(
      "generate",
      "Continue a text, or answer it (--chat); sampling follows the model's generation_config.json");
  auto arguments = std::make_shared<Arguments>();
  infer::GenerationConfig& flags = arguments->flags;
  add_model(*command, "MODEL", arguments->model)->required();
  auto* prompt = command->add_option("--prompt", arguments->prompt, "text to continue")->check(utf8_text());
  auto* chat = command->add_flag("--chat", arguments->chat,
                                 "answer the prompt: format it with the model's chat template");
  chat->needs(prompt);
  command->add_option("--system", arguments->system, "system message of the chat")
      ->needs(chat)
      ->check(utf8_text());
  command->add_option("--max-new-tokens", flags.max_new_tokens)->check(whole_number(0))->default_str("128");
  auto* greedy = command->add_flag("--greedy", arguments->greedy, "always take the most likely token");
  command->add_option("--temperature", flags.temperature, "0 is greedy")
      ->excludes(greedy)
      ->check(number(0, infer::kMostTemperature))
      ->default_str("1");
  command->add_option("--top-k", flags.top_k, "sample from the k most likely tokens; 0: all")
      ->check(whole_number(0))
      ->default_str("0");
  command
      ->add_option("--top-p", flags.top_p,
                   "sample from the most likely tokens that together reach probability p")
      ->check(number(infer::kLeastTopP, 1))
      ->default_str("1");
  command
      ->add_option("--min-p", flags.min_p,
                   "drop tokens less likely than this fraction of the most likely one")
      ->check(number(0, 1))
      ->default_str("0");
  command->add_option("--repetition-penalty", flags.repetition_penalty, "above 1 discourages repetition")
      ->check(number(infer::kLeastPenalty, infer::kMostPenalty))
      ->default_str("1");
  command->add_option("--seed", arguments->options.sampler.seed, "seed for sampling")
      ->check(whole_number(0))
      ->capture_default_str();
  arguments->compute.add_to(*command);
  command->callback([arguments] { generate(*arguments); });
}

}  // namespace radlads::cli
