// radlads compare TEACHER STUDENT --text FILE: what the student lost, and where.
#include "eval/compare.h"

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/command.h"
#include "conversion/reports.h"
#include "core/error.h"

namespace radlads::cli {
namespace {

using json = nlohmann::ordered_json;

struct Arguments {
  std::filesystem::path teacher, student;
  DocumentOptions documents;
  ComputeOptions compute;
};

json json_of(const eval::PositionFigures& p) {
  return {{"from", p.from},
          {"to", p.to},
          {"tokens", p.tokens},
          {"kl", p.kl},
          {"teacher_nats", p.teacher_nats},
          {"student_nats", p.student_nats},
          {"top1_agreement", p.top1_agreement}};
}

json json_of(const eval::LayerFigures& l) {
  return {{"layer", l.layer},
          {"mixer", l.mixer->name},
          {"cosine", l.cosine},
          {"relative_error", l.relative_error},
          {"hidden_cosine", l.hidden_cosine},
          {"hidden_relative_error", l.hidden_relative_error}};
}

template <class Figures>
json list_of(const std::vector<Figures>& figures) {
  json list = json::array();
  for (const Figures& entry : figures) list.push_back(json_of(entry));
  return list;
}

json json_of(const eval::Comparison& c) {
  return {{"teacher_nats_per_token", c.teacher_nats_per_token},
          {"student_nats_per_token", c.student_nats_per_token},
          {"kl_per_token", c.kl_per_token},
          {"top1_agreement", c.top1_agreement},
          {"tokens", c.tokens},
          {"documents", c.documents},
          {"positions", list_of(c.positions)},
          {"layers", list_of(c.layers)}};
}

void run(const Arguments& arguments) {
  const auto teacher = infer::load_weights(arguments.teacher, arguments.compute.compute());
  const auto student = infer::load_weights(arguments.student, arguments.compute.compute());
  const eval::Documents documents = arguments.documents.encode(*load_tokenizer(arguments.teacher));
  if (arguments.documents.encode(*load_tokenizer(arguments.student)) != documents) {
    fail(
        "[compare] the tokenizers of {} and {} encode the text differently; only models with the same "
        "vocabulary can be compared",
        arguments.teacher.string(), arguments.student.string());
  }
  warn_beyond_window(teacher->config(), documents);
  const eval::Comparison result = eval::compare(teacher, student, documents, arguments.compute.num_threads());
  // A file or a pipe gets all figures; a person gets tables.
  const bool to_person = isatty(STDOUT_FILENO) != 0;
  if (!to_person || !arguments.documents.json.empty())
    write_result(json_of(result).dump(2), arguments.documents.json);
  if (to_person) fmt::print("{}", comparison_text(comparison_report(result, "")));
}

}  // namespace

void add_compare(CLI::App& app) {
  CLI::App* command = app.add_subcommand("compare",
                                         "Compare two models on a text, overall, by position and by layer: "
                                         "tables on a terminal, JSON otherwise");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, "TEACHER", arguments->teacher)->required();
  add_model(*command, "STUDENT", arguments->student)->required();
  arguments->documents.add_to(*command);
  arguments->compute.add_to(*command);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace radlads::cli
