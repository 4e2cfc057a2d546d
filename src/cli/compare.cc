// radlads compare TEACHER STUDENT --text FILE: what the student lost.
#include <memory>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/error.h"
#include "eval/score.h"

namespace radlads::cli {
namespace {

struct Arguments {
  std::filesystem::path teacher, student;
  DocumentOptions documents;
  ComputeOptions compute;
};

void run(const Arguments& arguments) {
  const auto teacher = infer::load_weights(arguments.teacher, arguments.compute.compute());
  const auto student = infer::load_weights(arguments.student, arguments.compute.compute());
  const Documents documents = arguments.documents.encode(*load_tokenizer(arguments.teacher));
  if (arguments.documents.encode(*load_tokenizer(arguments.student)) != documents) {
    fail(
        "[compare] the tokenizers of {} and {} encode the text differently; only models of one vocabulary "
        "can be "
        "compared",
        arguments.teacher.string(), arguments.student.string());
  }
  const Comparison result = compare(teacher, student, documents, arguments.compute.num_threads());
  const nlohmann::ordered_json json = {{"teacher_nats_per_token", result.teacher_nats_per_token},
                                       {"student_nats_per_token", result.student_nats_per_token},
                                       {"kl_per_token", result.kl_per_token},
                                       {"top1_agreement", result.top1_agreement},
                                       {"tokens", result.tokens},
                                       {"documents", result.documents}};
  write_result(json.dump(2), arguments.documents.json);
}

}  // namespace

void add_compare(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("compare", "Compare two models on a text: KL, top-1 agreement, nats per token");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("TEACHER", arguments->teacher, "model folder")->required();
  command->add_option("STUDENT", arguments->student, "model folder")->required();
  arguments->documents.add_to(*command);
  arguments->compute.add_to(*command);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace radlads::cli
