#include "eval/log_likelihood.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "infer/sampler.h"
#include "kernels/loss.h"

namespace radlads::eval {
namespace {

constexpr int64_t kMinShared = 8;        // tokens: copying a state for fewer is not worthwhile
constexpr int64_t kTokensAtOnce = 4096;  // of one forward pass
constexpr int64_t kSequencesAtOnce = 64;
constexpr int64_t kLogitsAtOnce = 1 << 22;  // floats
// Of the states of sequences that are read at once. Fixed, not a share of what is free: batches must be the
// same when an interrupted run resumes.
constexpr int64_t kStateBytes = int64_t{2} << 30;

/// Bytes of a session that has read `tokens`.
int64_t session_bytes(const ModelConfig& config, int64_t tokens) {
  int64_t floats = 0;
  for (const MixerSpec* mixer : config.mixers) {
    if (mixer->is_attention) floats += 2 * tokens * config.Hkv * config.N;
    for (const StateSpec& state : mixer->states(config)) floats += num_elements(state.shape);
  }
  return floats * static_cast<int64_t>(sizeof(float));
}

int64_t longest(const PrefixTree& tree, std::span<const int32_t> nodes) {
  int64_t most = 0;
  for (const int32_t i : nodes) {
    const PrefixNode& node = tree.nodes[static_cast<size_t>(i)];
    most = std::max(most, static_cast<int64_t>(node.tokens.size()) + longest(tree, node.children));
  }
  return most;
}

/// Sequences at once, such that those of all levels of the tree fit.
int64_t batch_size(const ScoringOptions& options, const ModelConfig& config, const PrefixTree& tree) {
  if (options.batch > 0) return options.batch;
  const int64_t levels = std::max<int64_t>(1, tree.depth);
  const int64_t each = levels * session_bytes(config, longest(tree, tree.roots));
  return std::clamp<int64_t>(kStateBytes / std::max<int64_t>(1, each), 1, kSequencesAtOnce);
}

class Scorer {
 public:
  using OnScored = std::function<void(std::span<const int32_t>, std::span<const LogLikelihood>)>;

  Scorer(const std::shared_ptr<const infer::Weights>& model, const PrefixTree& tree,
         const ScoringOptions& options, std::span<const std::optional<LogLikelihood>> known,
         std::vector<LogLikelihood>& results, const OnScored& on_scored)
      : tree_(tree),
        config_(model->config()),
        batch_(batch_size(options, config_, tree)),
        known_(known),
        results_(results),
        on_scored_(on_scored),
        pool_(model, batch_ * std::max<int64_t>(1, tree.depth)),
        runner_(model, options.num_threads) {}

  void run() {
    std::vector<Reading> roots;
    for (const int32_t root : tree_.roots) roots.push_back({root, nullptr});
    visit(roots);
  }

 private:
  /// A node to read, from its parent's state on.
  struct Reading {
    int32_t node;
    const infer::Session* parent;  // null for a root
  };

  const PrefixNode& node_of(const Reading& reading) const {
    return tree_.nodes[static_cast<size_t>(reading.node)];
  }

  /// Nodes whose parents are read, and all below them.
  void visit(std::span<const Reading> readings) {
    while (!readings.empty()) {
      size_t count = 0;
      int64_t tokens = 0;
      while (count < readings.size() && static_cast<int64_t>(count) < batch_) {
        tokens += static_cast<int64_t>(node_of(readings[count]).tokens.size());
        if (count > 0 && tokens > kTokensAtOnce) break;
        ++count;
      }
      const auto batch = readings.first(count);
      if (std::any_of(batch.begin(), batch.end(), [&](const Reading& r) { return is_open(r.node); }))
        read(batch);
      readings = readings.subspan(count);
    }
  }

  /// Whether a sequence that ends here or below still needs scoring.
  bool is_open(int32_t index) const {
    const PrefixNode& node = tree_.nodes[static_cast<size_t>(index)];
    const auto unknown = [&](int32_t sequence) {
      return known_.empty() || !known_[static_cast<size_t>(sequence)].has_value();
    };
    return std::any_of(node.finished.begin(), node.finished.end(), unknown) ||
           std::any_of(node.children.begin(), node.children.end(),
                       [&](int32_t child) { return is_open(child); });
  }

  void read(std::span<const Reading> batch) {
    std::vector<infer::Session> sessions;
    for (const Reading& reading : batch)
      sessions.push_back(reading.parent == nullptr ? pool_.open() : reading.parent->fork());
    // Only a node that is longer than a batch has more than one piece, and it is alone in its batch.
    for (int64_t begin = 0; begin == 0 || begin < num_tokens(batch[0]); begin += kTokensAtOnce) {
      std::vector<infer::Chunk> chunks;
      for (size_t i = 0; i < batch.size(); ++i) chunks.push_back({&sessions[i], piece_of(batch[i], begin)});
      score(runner_.forward(chunks, wanted_rows(batch, begin)));
    }

    std::vector<int32_t> finished;
    std::vector<Reading> below;
    for (size_t i = 0; i < batch.size(); ++i) {
      const PrefixNode& node = node_of(batch[i]);
      finished.insert(finished.end(), node.finished.begin(), node.finished.end());
      for (const int32_t child : node.children) below.push_back({child, &sessions[i]});
    }
    if (on_scored_ && !finished.empty()) on_scored_(finished, results_);
    visit(below);
  }

  int64_t num_tokens(const Reading& reading) const {
    return static_cast<int64_t>(node_of(reading).tokens.size());
  }

  std::span<const TokenId> piece_of(const Reading& reading, int64_t begin) const {
    const auto count = std::min(kTokensAtOnce, num_tokens(reading) - begin);
    return node_of(reading).tokens.subspan(static_cast<size_t>(begin), static_cast<size_t>(count));
  }

  /// The tokens of the batch's pieces after which something is scored, and what: `offset` of wanted_ is an
  /// index into rows_.
  std::span<const int64_t> wanted_rows(std::span<const Reading> batch, int64_t begin) {
    rows_.clear();
    wanted_.clear();
    int64_t first = 0;
    for (const Reading& reading : batch) {
      const PrefixNode& node = node_of(reading);
      for (const WantedTarget& wanted : node.wanted) {
        if (wanted.offset < begin || wanted.offset >= begin + kTokensAtOnce) continue;
        const int64_t row = first + wanted.offset - begin;
        if (rows_.empty() || rows_.back() != row) rows_.push_back(row);
        wanted_.push_back({static_cast<int32_t>(rows_.size()) - 1, wanted.sequence, wanted.target});
      }
      first += static_cast<int64_t>(node.tokens.size());
    }
    return rows_;
  }

  /// hidden: of the wanted rows, [rows,C].
  void score(std::span<const float> hidden) {
    const auto C = static_cast<size_t>(config_.C), num_rows = rows_.size();
    const auto rows_at_once = static_cast<size_t>(std::max<int64_t>(1, kLogitsAtOnce / config_.V));
    std::span<const WantedTarget> wanted = wanted_;
    for (size_t begin = 0; begin < num_rows; begin += rows_at_once) {
      const size_t end = std::min(num_rows, begin + rows_at_once);
      const auto behind = std::find_if(wanted.begin(), wanted.end(), [&](const WantedTarget& x) {
        return static_cast<size_t>(x.offset) >= end;
      });
      const auto here = wanted.first(static_cast<size_t>(behind - wanted.begin()));
      score_rows(begin, hidden.subspan(begin * C, (end - begin) * C), here);
      wanted = wanted.subspan(here.size());
    }
  }

  /// Some rows, [rows,C], the first of which is `first` of all, and what is wanted of them.
  void score_rows(size_t first, std::span<const float> hidden, std::span<const WantedTarget> wanted) {
    const auto V = static_cast<size_t>(config_.V), num_rows = hidden.size() / static_cast<size_t>(config_.C);
    const auto row_of = [first](const WantedTarget& x) { return static_cast<size_t>(x.offset) - first; };
    const std::span<const float> logits = runner_.logits(hidden);
    std::vector<int64_t> targets(num_rows);
    for (const WantedTarget& x : wanted) targets[row_of(x)] = x.target;
    std::vector<float> losses(num_rows);
    kernels::cross_entropy_loss(runner_.context(), {.rows = static_cast<int64_t>(num_rows),
                                                    .V = config_.V,
                                                    .logits = logits.data(),
                                                    .targets = targets.data(),
                                                    .loss = losses.data()});
    for (size_t i = 0, row = 0; row < num_rows; ++row) {
      const std::span<const float> of_row = logits.subspan(row * V, V);
      const TokenId top = infer::argmax(of_row);
      for (; i < wanted.size() && row_of(wanted[i]) == row; ++i) {
        const WantedTarget& x = wanted[i];
        // A row's loss is for one of its targets; the losses of others differ from it by their logits.
        const double loss = static_cast<double>(losses[row]) + of_row[static_cast<size_t>(targets[row])] -
                            of_row[static_cast<size_t>(x.target)];
        if (!std::isfinite(loss)) fail("[score] the model's logits are not finite: its weights are damaged");
        LogLikelihood& result = results_[static_cast<size_t>(x.sequence)];
        result.sum -= loss;
        result.is_greedy = result.is_greedy && top == x.target;
      }
    }
  }

  const PrefixTree& tree_;
  const ModelConfig& config_;
  int64_t batch_;
  std::span<const std::optional<LogLikelihood>> known_;
  std::vector<LogLikelihood>& results_;
  const OnScored& on_scored_;
  infer::SessionPool pool_;
  infer::Runner runner_;

  // Of the current batch.
  std::vector<int64_t> rows_;
  std::vector<WantedTarget> wanted_;
};

void check(std::span<const ScoredSequence> sequences, int64_t V) {
  for (const ScoredSequence& x : sequences) {
    RADLADS_CHECK(x.ids.size() >= 2 && x.num_scored > 0 && x.num_scored < static_cast<int64_t>(x.ids.size()),
                  "[score] {} ids, {} of them scored", x.ids.size(), x.num_scored);
    for (const TokenId id : x.ids) {
      if (id < 0 || id >= V)
        fail(
            "[score] the token id {} is not in the vocabulary of {} tokens: the text was encoded with "
            "another tokenizer",
            id, V);
    }
  }
}

}  // namespace

std::vector<LogLikelihood> score_sequences(
    const std::shared_ptr<const infer::Weights>& model, std::span<const ScoredSequence> sequences,
    const ScoringOptions& options, std::span<const std::optional<LogLikelihood>> known,
    const std::function<void(std::span<const int32_t>, std::span<const LogLikelihood>)>& on_scored) {
  RADLADS_CHECK(known.empty() || known.size() == sequences.size(),
                "[score] {} known results for {} sequences", known.size(), sequences.size());
  check(sequences, model->config().V);
  const PrefixTree tree = build_prefix_tree(sequences, options.reuse_prefixes ? kMinShared : kNoSharing);
  std::vector<LogLikelihood> results(sequences.size());
  Scorer(model, tree, options, known, results, on_scored).run();
  for (size_t i = 0; i < known.size(); ++i) {
    if (known[i]) results[i] = *known[i];
  }
  return results;
}

ReadingCost reading_cost(std::span<const ScoredSequence> sequences) {
  return {build_prefix_tree(sequences, kMinShared).tokens(),
          build_prefix_tree(sequences, kNoSharing).tokens()};
}

}  // namespace radlads::eval
