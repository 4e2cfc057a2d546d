#include "infer/session.h"

#include <algorithm>
#include <utility>

#include "core/error.h"

namespace radlads::infer {
namespace {

/// Row `slot` of a buffer with one row per slot.
std::span<float> row(Buffer& buffer, int32_t slot, size_t num_slots) {
  const std::span<float> all = buffer.as<float>();
  const size_t width = all.size() / num_slots;
  return all.subspan(static_cast<size_t>(slot) * width, width);
}

void grow(KvCache& cache, int64_t tokens, int64_t used, int64_t row_floats) {
  if (tokens <= cache.capacity) return;
  const int64_t capacity = std::max(tokens, cache.capacity * 3 / 2);
  for (Buffer* buffer : {&cache.k, &cache.v}) {
    Buffer larger = Buffer::of<float>(static_cast<size_t>(capacity * row_floats));
    std::copy_n(buffer->as<float>().data(), used * row_floats, larger.as<float>().data());
    *buffer = std::move(larger);
  }
  cache.capacity = capacity;
}

}  // namespace

Session::Session(Session&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), slot_(other.slot_) {}

Session& Session::operator=(Session&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(slot_, other.slot_);
  return *this;
}

Session::~Session() {
  if (pool_ != nullptr) pool_->free_.push_back(slot_);
}

int64_t Session::position() const { return pool_->position(slot_); }

void Session::reset() { pool_->clear(slot_); }

Session Session::fork() const {
  Session session = pool_->open();
  pool_->copy(slot_, session.slot_);
  return session;
}

void Session::reserve(int64_t tokens) {
  for (const int64_t layer : pool_->weights().config().softmax_layers()) pool_->cache(layer, slot_, tokens);
}

SessionPool::SessionPool(std::shared_ptr<const Weights> weights, int64_t slots)
    : weights_(std::move(weights)) {
  const ModelConfig& config = weights_->config();
  const auto count = static_cast<size_t>(slots);
  for (int64_t l = 0; l < config.L; ++l) {
    Layer layer;
    if (config.mixer_of(l).is_attention) layer.caches.resize(count);
    for (const StateSpec& state : config.states_of(l)) {
      layer.states.push_back(Buffer::of<float>(count * static_cast<size_t>(num_elements(state.shape))));
    }
    layers_.push_back(std::move(layer));
  }
  positions_.resize(count);
  for (auto slot = static_cast<int32_t>(slots); slot > 0; --slot) free_.push_back(slot - 1);
}

Session SessionPool::open() {
  RADLADS_CHECK(!free_.empty(), "all {} sessions are taken", positions_.size());
  const int32_t slot = free_.back();
  free_.pop_back();
  clear(slot);
  return Session(this, slot);
}

KvCache& SessionPool::cache(int64_t layer, int32_t slot, int64_t tokens) {
  KvCache& cache = layers_[static_cast<size_t>(layer)].caches[static_cast<size_t>(slot)];
  grow(cache, tokens, position(slot), weights_->config().Hkv * weights_->config().N);
  return cache;
}

void SessionPool::clear(int32_t slot) {
  positions_[static_cast<size_t>(slot)] = 0;
  for (Layer& layer : layers_) {
    for (Buffer& state : layer.states) std::ranges::fill(row(state, slot, positions_.size()), 0.0f);
  }
}

void SessionPool::copy(int32_t from, int32_t to) {
  const int64_t used = position(from) * weights_->config().Hkv * weights_->config().N;
  for (size_t l = 0; l < layers_.size(); ++l) {
    for (Buffer& state : layers_[l].states) {
      std::ranges::copy(row(state, from, positions_.size()), row(state, to, positions_.size()).begin());
    }
    if (layers_[l].caches.empty()) continue;
    const KvCache& source = layers_[l].caches[static_cast<size_t>(from)];
    KvCache& target = cache(static_cast<int64_t>(l), to, position(from));
    std::copy_n(source.k.as<float>().data(), used, target.k.as<float>().data());
    std::copy_n(source.v.as<float>().data(), used, target.v.as<float>().data());
  }
  // Last: a cache that grows keeps as many rows as its session has read.
  positions_[static_cast<size_t>(to)] = positions_[static_cast<size_t>(from)];
}

}  // namespace radlads::infer
