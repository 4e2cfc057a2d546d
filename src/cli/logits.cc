// radlads logits MODEL --ids 1,2,3 --out FILE: the raw logits of every position, to check other programs
// against.
#include <memory>

#include "cli/command.h"
#include "infer/runner.h"
#include "io/safetensors.h"

namespace radlads::cli {
namespace {

struct Arguments {
  std::filesystem::path model, out;
  std::vector<TokenId> ids;
  ComputeOptions compute;
};

void run(const Arguments& arguments) {
  const auto weights = infer::load_weights(arguments.model, arguments.compute.compute());
  check_ids(arguments.ids, weights->config().V, "logits");
  infer::SessionPool pool(weights, 1);
  infer::Runner runner(weights, arguments.compute.num_threads());
  infer::Session session = pool.open();
  const infer::Chunk chunk = {&session, arguments.ids};
  const std::span<const float> logits = runner.logits(runner.forward({&chunk, 1}));
  const Shape shape = {static_cast<int64_t>(arguments.ids.size()), weights->config().V};
  SafetensorsWriter writer(arguments.out, {{"logits", DType::kF32, shape}}, {{"format", "pt"}});
  writer.append(std::as_bytes(logits));
  writer.commit();
}

}  // namespace

void add_logits(CLI::App& app) {
  CLI::App* command = app.add_subcommand("logits", "Write the logits of every position of a list of ids");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, "MODEL", arguments->model)->required();
  command->add_option("--ids", arguments->ids, "token ids")->delimiter(',')->check(token_id())->required();
  command->add_option("--out", arguments->out, "safetensors file: `logits` [T,V] float32")->required();
  arguments->compute.add_to(*command);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace radlads::cli
