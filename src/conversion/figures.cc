#include "conversion/figures.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"

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
    return nlohmann::json::parse(read_text_file(run.figures())).get<RunFigures>();
  } catch (const nlohmann::json::exception& error) {
    fail("[figures] {} is broken: remove it and the student, and run again ({})", run.figures().string(),
         error.what());
  }
}

}  // namespace radlads
