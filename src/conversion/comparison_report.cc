#include "conversion/comparison_report.h"

#include <utility>

namespace radlads {

ComparisonReport comparison_report(const Comparison& c, std::string text) {
  ComparisonReport report = {.text = std::move(text),
                             .documents = c.documents,
                             .tokens = c.tokens,
                             .teacher_nats_per_token = c.teacher_nats_per_token,
                             .student_nats_per_token = c.student_nats_per_token,
                             .kl_per_token = c.kl_per_token,
                             .top1_agreement = c.top1_agreement};
  for (const PositionFigures& p : c.positions) {
    report.positions.push_back(
        {p.from, p.to, p.tokens, p.kl, p.teacher_nats, p.student_nats, p.top1_agreement});
  }
  for (const LayerFigures& l : c.layers) {
    report.layers.push_back({l.layer, std::string(mixer_name(l.mixer)), l.cosine, l.relative_error,
                             l.hidden_cosine, l.hidden_relative_error});
  }
  return report;
}

}  // namespace radlads
