#include "conversion/figures.h"

#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/json_field.h"

namespace radlads {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunFigures, teacher_nats_per_token, student_nats_per_token, kl_per_token,
                                   top1_agreement, documents, tokens, seconds)

void write_figures(const RunFolder& run, const RunReport& report) {
  if (!report.comparison) return;
  const ComparisonReport& c = *report.comparison;
  RunFigures figures = {c.teacher_nats_per_token,
                        c.student_nats_per_token,
                        c.kl_per_token,
                        c.top1_agreement,
                        c.documents,
                        c.tokens};
  for (const StepReport& step : report.steps) figures.seconds += step.seconds;
  write_text_file(run.figures(), nlohmann::json(figures).dump(2) + "\n");
}

std::optional<RunFigures> read_figures(const RunFolder& run) {
  if (!std::filesystem::exists(run.figures())) return std::nullopt;
  try {
    const JsonFile json(run.figures(), "read_figures");
    const JsonField& root = json.root();
    return RunFigures{.teacher_nats_per_token = root.at("teacher_nats_per_token").as_number(),
                      .student_nats_per_token = root.at("student_nats_per_token").as_number(),
                      .kl_per_token = root.at("kl_per_token").as_number(),
                      .top1_agreement = root.at("top1_agreement").as_number(),
                      .documents = root.at("documents").as_integer(0),
                      .tokens = root.at("tokens").as_integer(0),
                      .seconds = root.at("seconds").as_number()};
  } catch (const UserError& error) {
    fail("{}: remove that file and the student, and run again", error.what());
  }
}

}  // namespace radlads
