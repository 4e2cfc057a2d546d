#include "conversion/self_text_batch.h"

#include <algorithm>

#include "core/parallel.h"
#include "model/size.h"

namespace radlads {
namespace {

constexpr int64_t kLogitsPerThread = 1 << 17;  // that take longer to sample from than a thread takes to start

}  // namespace

int64_t bytes_per_document(const ModelConfig& config, int64_t context) {
  constexpr int64_t kFloat = sizeof(float);
  const int64_t logits = 3 * config.V * kFloat;  // with the sampler's copy and bins
  const int64_t activations = (2 * config.F + 16 * config.C) * kFloat;
  return state_bytes(config) + context * (cache_bytes_per_token(config, kFloat) + kFloat) + logits +
         activations;
}

BatchWriter::BatchWriter(const std::shared_ptr<const infer::Weights>& teacher, const DocumentRules& rules,
                         int64_t documents_per_batch, int num_threads)
    : rules_(rules),
      documents_per_batch_(static_cast<size_t>(documents_per_batch)),
      V_(static_cast<size_t>(teacher->config().V)),
      num_threads_(num_threads),
      pool_(teacher, documents_per_batch),
      runner_(teacher, num_threads) {}

std::optional<DocumentBatch> BatchWriter::write(int64_t number,
                                                const std::function<bool(int64_t tokens)>& go_on) {
  std::vector<Document> documents;
  const auto size = static_cast<int64_t>(documents_per_batch_);
  for (int64_t i = 0; i < size; ++i) documents.push_back(begin(number * size + i));
  while (true) {
    std::vector<Document*> open;
    for (Document& document : documents) {
      if (!document.is_finished) open.push_back(&document);
    }
    if (open.empty()) break;
    advance(open);
    if (!go_on(std::ssize(open))) return std::nullopt;
  }
  DocumentBatch batch;
  for (Document& document : documents) batch.push_back(std::move(document.ids));
  return batch;
}

BatchWriter::Document BatchWriter::begin(int64_t number) {
  infer::SamplerOptions sampler;
  sampler.temperature = rules_.temperature;
  sampler.seed = rules_.seed * 0x9e3779b97f4a7c15u + static_cast<uint64_t>(number);
  Document document = {pool_.open(), infer::Sampler(sampler), rules_.start,
                       std::ssize(rules_.start) >= rules_.context};
  document.session.reserve(rules_.context);
  return document;
}

/// Every document reads what it has not read yet (its start, or its last token) and gets one token more.
void BatchWriter::advance(std::span<Document* const> documents) {
  std::vector<infer::Chunk> chunks;
  std::vector<int64_t> last_rows;
  int64_t rows = 0;
  for (Document* document : documents) {
    const auto read = static_cast<size_t>(document->session.position());
    chunks.push_back({&document->session, std::span(document->ids).subspan(read)});
    rows += std::ssize(chunks.back().tokens);
    last_rows.push_back(rows - 1);
  }
  const std::span<const float> logits = runner_.logits(runner_.forward(chunks, last_rows));
  const int64_t worth = std::ssize(logits) / kLogitsPerThread;
  const int threads = static_cast<int>(std::clamp<int64_t>(worth, 1, num_threads_));
  parallel_items(std::ssize(documents), threads, [&](int64_t i) {
    Document& document = *documents[static_cast<size_t>(i)];
    const TokenId id = document.sampler.sample(logits.subspan(static_cast<size_t>(i) * V_, V_), {},
                                               document.session.position());
    const bool ends = std::ranges::find(rules_.stops, id) != rules_.stops.end();
    if (!ends) document.ids.push_back(id);
    document.is_finished = ends || std::ssize(document.ids) >= rules_.context;
  });
}

}  // namespace radlads
