#include "infer/runner.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/half.h"
#include "feed_forward/table.h"
#include "kernels/rope.h"

namespace radlads::infer {
namespace {

constexpr size_t kPrefillTokens = 512;

/// Whether some layer mixes the first layer's values in.
bool needs_first_values(const ModelConfig& config) {
  return std::any_of(config.mixers.begin() + 1, config.mixers.end(),
                     [](const MixerSpec* mixer) { return mixer->mixes_first_values; });
}

/// Whether the feed-forward carries something from token to token.
bool reads_all_tokens(const ModelConfig& config) {
  return !config.network->feed_forward->states(config).empty();
}

}  // namespace

Runner::Runner(std::shared_ptr<const Weights> weights, int num_threads) : weights_(std::move(weights)) {
  context_.num_threads = num_threads;
}

void Runner::embed(std::span<const Chunk> chunks) {
  const ModelConfig& config = weights_->config();
  const Matrix& embedding = weights_->embedding;
  const size_t row_bytes = static_cast<size_t>(config.C) * size_of(embedding.dtype);
  const auto* table = static_cast<const std::byte*>(embedding.data);
  float* x = x_;
  for (const Chunk& chunk : chunks) {
    for (const TokenId id : chunk.tokens) {
      if (id < 0 || id >= config.V) {
        fail(
            "[forward] the token id {} is not in the vocabulary of {} tokens: the text was encoded with "
            "another tokenizer",
            id, config.V);
      }
      convert_to_float({table + static_cast<size_t>(id) * row_bytes, row_bytes}, embedding.dtype,
                       {x, static_cast<size_t>(config.C)});
      x += config.C;
    }
  }
}

void Runner::prepare_positions(std::span<const Chunk> chunks) {
  boundaries_.assign(1, 0);
  positions_.clear();
  slots_.clear();
  for (const Chunk& chunk : chunks) {
    const int64_t begin = chunk.session->position();
    for (size_t i = 0; i < chunk.tokens.size(); ++i) positions_.push_back(begin + static_cast<int64_t>(i));
    boundaries_.push_back(static_cast<int64_t>(positions_.size()));
    slots_.push_back(chunk.session->slot());
  }
}

std::span<const float> Runner::forward(std::span<const Chunk> chunks) {
  begin(chunks);
  while (layer_ < weights_->config().L) block();
  return end();
}

std::span<const float> Runner::forward(std::span<const Chunk> chunks, std::span<const int64_t> rows) {
  begin(chunks);
  while (layer_ + 1 < weights_->config().L) block();
  mix_normed(*pass_, x_);
  const bool feed_forward_reads_each = reads_all_tokens(weights_->config());
  if (!feed_forward_reads_each) keep(rows);
  feed_forward();
  if (feed_forward_reads_each) keep(rows);
  return end();
}

void Runner::begin(std::span<const Chunk> chunks) {
  RADLADS_CHECK(!chunks.empty(), "no session");
  const ModelConfig& config = weights_->config();
  pass_.reset();
  prepare_positions(chunks);
  const int64_t M = boundaries_.back();
  pass_memory_.reset();
  for (float** buffer : {&x_, &h_, &delta_}) *buffer = pass_memory_.floats(M * config.C);
  for (float** table : {&cos_, &sin_}) *table = pass_memory_.floats(M * config.N / 2);
  embed(chunks);
  kernels::rope_table(context_, weights_->rope_frequencies, positions_, cos_, sin_);
  pass_.emplace(
      Pass{.context = context_,
           .weights = *weights_,
           .pool = chunks[0].session->pool(),
           .scratch = layer_memory_,
           .M = M,
           .boundaries = boundaries_,
           .slots = slots_,
           .cos = cos_,
           .sin = sin_,
           .v_first = needs_first_values(config) ? pass_memory_.floats(M * config.Hkv * config.N) : nullptr,
           .attention_sequences = attention_sequences_});
  if (weights_->embedding_norm) pass_->norm(weights_->embedding_norm, x_, x_);
  layer_ = 0;
  other_v_first_ = nullptr;
}

std::span<const float> Runner::hidden() const {
  RADLADS_CHECK(pass_, "no pass has begun");
  return {x_, static_cast<size_t>(pass_->M * weights_->config().C)};
}

std::span<const float> Runner::mixer_output(std::span<const float> hidden) {
  const ModelConfig& config = weights_->config();
  RADLADS_CHECK(pass_ && layer_ < config.L, "no block is left of the pass");
  RADLADS_CHECK(hidden.size() == this->hidden().size(), "{} floats for {} tokens", hidden.size(), pass_->M);
  if (layer_ == 0 && pass_->v_first != nullptr && other_v_first_ == nullptr) {
    other_v_first_ = pass_memory_.floats(pass_->M * config.Hkv * config.N);
  }
  RADLADS_CHECK((pass_->v_first == nullptr) == (other_v_first_ == nullptr), "the first layer was not asked");
  Pass other = *pass_;
  other.v_first = other_v_first_;
  other.keeps_states = false;
  mix_normed(other, hidden.data());
  return {delta_, hidden.size()};
}

/// delta = mixer(norm(x))
void Runner::mix_normed(Pass& pass, const float* x) {
  const LayerWeights& layer = weights_->layers[static_cast<size_t>(layer_)];
  layer_memory_.reset();
  pass.norm(layer.mixer_norm, x, h_);
  layer.mixer->forward(pass, layer_, h_, delta_);
}

/// Only these rows of x and delta are kept, as the first ones.
void Runner::keep(std::span<const int64_t> rows) {
  const int64_t C = weights_->config().C;
  for (size_t i = 0; i < rows.size(); ++i) {
    RADLADS_CHECK(rows[i] < pass_->M && rows[i] >= static_cast<int64_t>(i), "row {} of {}", rows[i],
                  pass_->M);
    for (float* buffer : {x_, delta_}) {
      std::memmove(buffer + static_cast<int64_t>(i) * C, buffer + rows[i] * C,
                   static_cast<size_t>(C) * sizeof(float));
    }
  }
  pass_->M = static_cast<int64_t>(rows.size());
}

/// x += delta; x += feed_forward(norm(x))
void Runner::feed_forward() {
  const LayerWeights& layer = weights_->layers[static_cast<size_t>(layer_)];
  if (pass_->M > 0) {
    pass_->add_norm(layer.feed_forward_norm, delta_, x_, h_);
    layer.feed_forward->add_to(*pass_, layer_, h_, x_);
  }
  ++layer_;
}

BlockOutputs Runner::block() {
  const ModelConfig& config = weights_->config();
  RADLADS_CHECK(pass_ && layer_ < config.L, "no block is left of the pass");
  mix_normed(*pass_, x_);
  feed_forward();
  const auto size = static_cast<size_t>(pass_->M * config.C);
  return {{delta_, size}, {x_, size}};
}

std::span<const float> Runner::end() {
  const ModelConfig& config = weights_->config();
  RADLADS_CHECK(pass_ && layer_ == config.L, "the pass has not finished");
  const int64_t M = pass_->M;
  for (size_t s = 0; s < slots_.size(); ++s) {
    pass_->pool.advance(slots_[s], boundaries_[s + 1] - boundaries_[s]);
  }
  if (M > 0) pass_->norm(weights_->final_norm, x_, h_);
  pass_.reset();
  return {h_, static_cast<size_t>(M * config.C)};
}

std::span<const float> Runner::logits(std::span<const float> hidden) {
  const Matrix& head = weights_->head;
  const auto rows = static_cast<int64_t>(hidden.size()) / head.in;
  logits_memory_.reset();
  float* y = logits_memory_.floats(rows * head.out);
  kernels::linear(context_, {.M = rows,
                             .in = head.in,
                             .out = head.out,
                             .x = hidden.data(),
                             .W = head.data,
                             .dtype = head.dtype,
                             .compute = weights_->compute,
                             .y = y});
  return {y, static_cast<size_t>(rows * head.out)};
}

std::span<const float> Runner::read(Session& session, std::span<const TokenId> tokens) {
  RADLADS_CHECK(!tokens.empty(), "no token to read");
  while (true) {
    const Chunk chunk = {&session, tokens.first(std::min(tokens.size(), kPrefillTokens))};
    tokens = tokens.subspan(chunk.tokens.size());
    const auto last = static_cast<int64_t>(chunk.tokens.size()) - 1;
    if (tokens.empty()) return logits(forward({&chunk, 1}, {&last, 1}));
    forward({&chunk, 1}, {});
  }
}

}  // namespace radlads::infer
