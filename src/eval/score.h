// How well models predict texts, and how far two models are apart.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "infer/runner.h"

namespace radlads {

using Documents = std::vector<std::vector<TokenId>>;

/// Means over all predicted ids: every id of every document but its first.
struct Perplexity {
  double nats_per_token = 0;
  int64_t tokens = 0;
  int64_t documents = 0;
};

struct Comparison {
  double teacher_nats_per_token = 0;
  double student_nats_per_token = 0;
  double kl_per_token = 0;    // KL(teacher || student), nats
  double top1_agreement = 0;  // share of places where both hold the same token likeliest
  int64_t tokens = 0;
  int64_t documents = 0;
};

Perplexity perplexity(std::shared_ptr<const infer::Weights> model, const Documents& documents,
                      int num_threads);

/// UserError if the vocabularies differ in size.
Comparison compare(std::shared_ptr<const infer::Weights> teacher,
                   std::shared_ptr<const infer::Weights> student, const Documents& documents,
                   int num_threads);

}  // namespace radlads
