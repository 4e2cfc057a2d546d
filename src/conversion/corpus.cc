#include "conversion/corpus.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include <fmt/ranges.h>

#include "conversion/request_check.h"
#include "conversion/resume.h"
#include "conversion/self_text_batch.h"
#include "core/error.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/parallel.h"
#include "core/units.h"
#include "data/tokenize.h"
#include "infer/weights.h"
#include "io/binidx.h"
#include "io/file.h"
#include "model/config.h"

namespace radlads {
namespace {

constexpr int64_t kDocumentsPerBatch = 32;  // more hardly make a step cheaper per document
// Up to this size threads write batches of their own without waiting for each other; the weights of larger
// models are better read once for all threads.
constexpr int64_t kSmallModelBytes = int64_t{512} << 20;

/// How many documents are written at once, by how many threads of their own.
struct Plan {
  int64_t documents_per_batch = 0;
  int64_t writers = 1;
};

/// As many documents as fit in half of the free memory; at least `begun_with`, if a text was started so.
Plan plan_of(const infer::Weights& teacher, const SelfTextOptions& options, int64_t begun_with) {
  const ModelConfig& config = teacher.config();
  const int64_t each = bytes_per_document(config, options.context);
  const int64_t weights = num_parameters(config) * static_cast<int64_t>(size_of(teacher.embedding.dtype));
  const int64_t free = std::max<int64_t>(0, options.memory_bytes - weights);
  const int64_t needed = each * std::max<int64_t>(1, begun_with);
  if (needed > free) {
    fail(
        "[data self] not enough memory: writing {} at once takes {}, and only {} is free once the teacher is "
        "loaded: free some, or {}",
        begun_with > 1 ? fmt::format("{} documents, as this text was started,", begun_with)
                       : fmt::format("a document of {} tokens", options.context),
        format_bytes(static_cast<uint64_t>(needed)), format_bytes(static_cast<uint64_t>(free)),
        begun_with > 1 ? "start over with --overwrite" : "lower self.context");
  }
  Plan plan;
  plan.documents_per_batch =
      begun_with > 0 ? begun_with : std::clamp<int64_t>(free / 2 / each, 1, kDocumentsPerBatch);
  if (weights <= kSmallModelBytes) {
    const int64_t fitting = free / 2 / (each * plan.documents_per_batch);
    plan.writers = std::clamp<int64_t>(fitting, 1, std::max(options.num_threads, 1));
  }
  if (plan.documents_per_batch < kDocumentsPerBatch && begun_with == 0) {
    info("the teacher writes {} at once, using {} of memory", counted(plan.documents_per_batch, "document"),
         format_bytes(static_cast<uint64_t>(each * plan.documents_per_batch)));
  }
  return plan;
}

/// Everything that the text depends on, in one line.
std::string origin_of(const SelfTextOptions& options, const DocumentRules& rules) {
  return fmt::format(
      "radlads self text 1, teacher {}, context {}, temperature {}, seed {}, start {}, stops {}",
      options.teacher_mark, rules.context, rules.temperature, rules.seed, fmt::join(rules.start, " "),
      fmt::join(rules.stops, " "));
}

/// Puts batches in order, whichever finishes first, until there are enough tokens. Thread-safe.
class Collection {
 public:
  Collection(SelfTextFile& file, BinidxWriter& out, int64_t tokens)
      : file_(file), out_(out), wanted_(tokens) {
    file_.read([this](const DocumentBatch& batch) { take(batch); });
    next_ = claimed_ = num_taken_;
    sampled_ = out_.num_tokens();
    progress_.emplace("sample", "tokens", wanted_, std::min(out_.num_tokens(), wanted_));
  }

  bool is_complete() const { return is_complete_; }
  void give_up() { is_complete_ = true; }

  /// The number of a batch that nobody is writing yet.
  int64_t claim() { return claimed_++; }

  /// Counts tokens as they are written. False if no more are needed.
  bool count(int64_t tokens) {
    const int64_t sampled = sampled_ += tokens;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock && !is_complete_) progress_->update(std::min(sampled, wanted_));
    return !is_complete_;
  }

  void add(int64_t number, DocumentBatch batch) {
    const std::lock_guard lock(mutex_);
    waiting_[number] = std::move(batch);
    for (auto it = waiting_.begin(); it != waiting_.end() && it->first == next_; ++next_) {
      if (is_complete_) return;
      file_.append(it->second);
      take(it->second);
      it = waiting_.erase(it);
    }
    if (is_complete_) progress_->update(wanted_);
  }

 private:
  void take(const DocumentBatch& batch) {
    ++num_taken_;
    for (const std::vector<TokenId>& document : batch) {
      if (out_.num_tokens() >= wanted_) break;
      out_.append(document);
    }
    is_complete_ = out_.num_tokens() >= wanted_;
  }

  SelfTextFile& file_;
  BinidxWriter& out_;
  int64_t wanted_;
  std::mutex mutex_;
  std::optional<Progress> progress_;
  std::map<int64_t, DocumentBatch> waiting_;  // finished, after one that is not
  int64_t num_taken_ = 0, next_ = 0;
  std::atomic<int64_t> claimed_ = 0, sampled_ = 0;
  std::atomic<bool> is_complete_ = false;
};

void write_batches(Collection& collection, BatchWriter& writer) {
  while (!collection.is_complete()) {
    const int64_t number = collection.claim();
    auto batch = writer.write(number, [&](int64_t tokens) { return collection.count(tokens); });
    if (batch) collection.add(number, std::move(*batch));
  }
}

}  // namespace

void write_corpus(const RunRequest& request, const Recipe& recipe, const ModelConfig& config,
                  const Tokenizer& tokenizer, const std::filesystem::path& target) {
  make_folder(target.parent_path());
  if (recipe.data == std::vector<std::string>{"self"}) {
    int64_t tokens = recipe.self_tokens, context = recipe.self_context;
    for (const StepRecipe* step : active_steps(request, recipe)) {
      if (recipe.self_tokens == 0) tokens = std::max(tokens, step->tokens);
      if (recipe.self_context == 0) context = std::max(context, step->context);
    }
    const int threads = recipe.threads > 0 ? static_cast<int>(recipe.threads) : available_cores();
    write_self_text(infer::load_weights(request.teacher), tokenizer,
                    {.tokens = tokens,
                     .context = context,
                     .temperature = recipe.self_temperature,
                     .seed = recipe.seed,
                     .num_threads = threads,
                     .teacher_mark = mark_of(request.teacher),
                     .memory_bytes = available_memory_bytes()},
                    target);
    return;
  }
  const std::vector<std::filesystem::path> files(recipe.data.begin(), recipe.data.end());
  tokenize_files(files, {recipe.text_key, recipe.skip_bad_lines}, tokenizer, config.V, target);
  const Binidx tokens(target);
  info("{}, {} in {}{}", counted(tokens.num_documents(), "document"), counted(tokens.num_tokens(), "token"),
       recipe.data.front(), files.size() > 1 ? fmt::format(" and {} more", files.size() - 1) : "");
}

void write_self_text(std::shared_ptr<const infer::Weights> teacher, const Tokenizer& tokenizer,
                     const SelfTextOptions& options, const std::filesystem::path& target) {
  DocumentRules rules = {document_start(tokenizer), teacher->config().eos_token_ids, options.context,
                         options.temperature, options.seed};
  if (rules.start.empty())
    fail("[data self] the teacher's tokenizer has neither a BOS nor <|endoftext|> to start a text with");
  rules.stops.push_back(end_of_document(tokenizer));

  SelfTextFile file(self_text_file(target), origin_of(options, rules));
  const Plan plan = plan_of(*teacher, options, file.documents_per_batch());
  if (file.documents_per_batch() == 0) file.begin(plan.documents_per_batch);
  BinidxWriter out(target, teacher->config().V);
  Collection collection(file, out, options.tokens);
  const int threads_of_each = plan.writers > 1 ? 1 : options.num_threads;
  parallel_items(plan.writers, static_cast<int>(plan.writers), [&](int64_t) {
    try {
      BatchWriter writer(teacher, rules, plan.documents_per_batch, threads_of_each);
      write_batches(collection, writer);
    } catch (...) {
      collection.give_up();
      throw;
    }
  });
  out.commit();
}

std::filesystem::path self_text_file(const std::filesystem::path& target) {
  return target.string() + ".self_text";
}

}  // namespace radlads
