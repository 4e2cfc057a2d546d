#include "report/comparison_text.h"

#include <cmath>

#include <fmt/format.h>

#include "report/facts.h"
#include "report/numbers.h"
#include "report/plain_text.h"

namespace radlads {
namespace report {
namespace {

std::string range(const PositionReport& p) {
  return p.from == p.to ? grouped(p.from) : fmt::format("{}-{}", grouped(p.from), grouped(p.to));
}

/// With as many decimals for 0.9996 as for 0.5.
std::string cosine(double value) {
  return std::isfinite(value) ? fmt::format("{:.4f}", value) : number(value);
}

std::string by_position(const ComparisonReport& c) {
  if (c.positions.empty()) return "";
  TextRows rows = {{"Position", "Tokens", "KL", "Nats, teacher", "student", "Top-1"}};
  for (const PositionReport& p : c.positions) {
    rows.push_back({range(p), grouped(p.tokens), number(p.kl), number(p.teacher_nats), number(p.student_nats),
                    percent(p.top1_agreement)});
  }
  return text_table(rows);
}

std::string by_layer(const ComparisonReport& c) {
  if (c.layers.empty()) return "";
  TextRows rows = {{"Layer", "Mixer", "Mixer: error", "cosine", "Hidden: error", "cosine"}};
  for (const LayerReport& l : c.layers) {
    rows.push_back({grouped(l.layer), one_line(l.mixer), number(l.relative_error), cosine(l.cosine),
                    number(l.hidden_relative_error), cosine(l.hidden_cosine)});
  }
  return text_table(rows) +
         "Mixer: each mixer alone, fed with the teacher's activations. Hidden: the residual stream after "
         "the\n"
         "layer, each model on its own. Error: ||student - teacher|| / ||teacher||.\n";
}

}  // namespace

void add_comparison(const ComparisonReport& c, TextRows& rows) {
  const double difference = c.student_nats_per_token - c.teacher_nats_per_token;
  rows.push_back({"Nats per token", number(c.teacher_nats_per_token), number(c.student_nats_per_token),
                  signed_number(difference)});
  rows.push_back({"Perplexity", number(std::exp(c.teacher_nats_per_token)),
                  number(std::exp(c.student_nats_per_token)), number(perplexity_ratio(c)) + "×"});
}

std::string divergence_line(const ComparisonReport& c) {
  return fmt::format("KL(teacher ‖ student) {} nats/token, top-1 agreement {}, over {} tokens\n",
                     number(c.kl_per_token), percent(c.top1_agreement), count(c.tokens));
}

}  // namespace report

std::string comparison_text(const ComparisonReport& c) {
  using namespace report;
  TextRows totals = {{"", "Teacher", "Student", ""}};
  add_comparison(c, totals);
  return text_table(totals) + divergence_line(c) + "\n" + by_position(c) + by_layer(c);
}

}  // namespace radlads
