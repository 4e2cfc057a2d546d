// radlads perplexity MODEL --text FILE: how well a model predicts a text.
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "eval/score.h"

namespace radlads::cli {
namespace {

struct Arguments {
  std::filesystem::path model;
  DocumentOptions documents;
  ComputeOptions compute;
};

void run(const Arguments& arguments) {
  const auto weights = infer::load_weights(arguments.model, arguments.compute.compute());
  const eval::Documents documents = arguments.documents.encode(*load_tokenizer(arguments.model));
  warn_beyond_window(weights->config(), documents);
  const eval::Perplexity result = eval::perplexity(weights, documents, arguments.compute.num_threads());
  const nlohmann::ordered_json json = {
      {"nats_per_token", result.nats_per_token}, {"tokens", result.tokens}, {"documents", result.documents}};
  write_result(json.dump(2), arguments.documents.json);
}

}  // namespace

void add_perplexity(CLI::App& app) {
  CLI::App* command = app.add_subcommand("perplexity", "Score a text: mean nats per token");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, "MODEL", arguments->model)->required();
  arguments->documents.add_to(*command);
  arguments->compute.add_to(*command);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace radlads::cli
