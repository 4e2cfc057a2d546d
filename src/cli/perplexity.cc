// radlads perplexity MODEL --text FILE: how well a model predicts a text.
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "eval/documents.h"
#include "eval/score.h"

namespace radlads::cli {
namespace {

struct Arguments {
  std::filesystem::path model, json;
  std::vector<std::filesystem::path> text;
  int64_t documents = -1, context = 2048;
  ComputeOptions compute;
};

void run(const Arguments& arguments) {
  const auto weights = infer::load_weights(arguments.model, arguments.compute.compute());
  const auto tokenizer = load_tokenizer(arguments.model);
  const Documents documents =
      encode_documents(arguments.text, *tokenizer, arguments.documents, arguments.context);
  const Perplexity result = perplexity(weights, documents, arguments.compute.num_threads());
  const nlohmann::ordered_json json = {
      {"nats_per_token", result.nats_per_token}, {"tokens", result.tokens}, {"documents", result.documents}};
  write_result(json.dump(2), arguments.json);
}

}  // namespace

void add_perplexity(CLI::App& app) {
  CLI::App* command = app.add_subcommand("perplexity", "Score a text: mean nats per token");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("MODEL", arguments->model, "model folder")->required();
  command->add_option("--text", arguments->text, "text or JSON-lines files")->required();
  command->add_option("--documents", arguments->documents, "only the first ones; -1: all")
      ->capture_default_str();
  command->add_option("--context", arguments->context, "tokens of a document that are read")
      ->check(CLI::Range(int64_t{2}, int64_t{1} << 40))
      ->capture_default_str();
  command->add_option("--json", arguments->json, "file for the result; left out: standard output");
  arguments->compute.add_to(*command);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace radlads::cli
