#include "eval/generation.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "infer/sampler.h"

namespace radlads::eval {
namespace {

constexpr int64_t kTextsAtOnce = 32;

/// A text in progress.
struct Continuation {
  const GenerationRequest* request;
  infer::Session session;
  infer::Sampler sampler;
  std::unique_ptr<StreamDecoder> decoder;
  StoppedText text;
  std::vector<TokenId> tokens = {};
  bool is_done = false;
};

infer::Sampler sampler_of(const GenerationRequest& request) {
  const GenerationSpec& spec = *request.spec;
  infer::SamplerOptions options;
  options.temperature = spec.temperature;
  options.top_k = spec.top_k;
  options.top_p = spec.top_p;
  options.seed = request.seed;
  return infer::Sampler(options);
}

class Batch {
 public:
  Batch(infer::SessionPool& pool, infer::Runner& runner, const Tokenizer& tokenizer,
        std::span<const TokenId> stop_ids)
      : pool_(pool), runner_(runner), tokenizer_(tokenizer), stop_ids_(stop_ids) {}

  std::vector<std::string> run(std::span<const GenerationRequest> requests) {
    for (const GenerationRequest& request : requests) {
      texts_.push_back({&request, pool_.open(), sampler_of(request), tokenizer_.stream(),
                        StoppedText(request.spec->until)});
      take(texts_.back(), runner_.read(texts_.back().session, request.prompt));
    }
    while (step()) {
    }
    std::vector<std::string> result;
    for (Continuation& x : texts_) result.push_back(x.text.text());
    return result;
  }

 private:
  /// A token for every text that continues; false if none does.
  bool step() {
    std::vector<Continuation*> open;
    std::vector<infer::Chunk> chunks;
    for (Continuation& x : texts_) {
      if (x.is_done) continue;
      open.push_back(&x);
      chunks.push_back({&x.session, std::span(x.tokens).last(1)});
    }
    if (open.empty()) return false;
    const std::span<const float> logits = runner_.logits(runner_.forward(chunks));
    const size_t V = logits.size() / open.size();
    for (size_t i = 0; i < open.size(); ++i) take(*open[i], logits.subspan(i * V, V));
    return true;
  }

  void take(Continuation& x, std::span<const float> logits) {
    const TokenId id = x.sampler.sample(logits, x.tokens, x.session.position());
    const GenerationSpec& spec = *x.request->spec;
    const bool ends = std::find(stop_ids_.begin(), stop_ids_.end(), id) != stop_ids_.end();
    if (!ends) x.tokens.push_back(id);
    const bool is_text = !ends && !tokenizer_.is_special(id);
    const bool stops = is_text && x.text.append(x.decoder->push(id));
    x.is_done = ends || stops || static_cast<int64_t>(x.tokens.size()) >= spec.max_tokens;
    if (x.is_done && !stops) x.text.append(x.decoder->finish());
  }

  infer::SessionPool& pool_;
  infer::Runner& runner_;
  const Tokenizer& tokenizer_;
  std::span<const TokenId> stop_ids_;
  std::vector<Continuation> texts_;
};

}  // namespace

StoppedText::StoppedText(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase(stops_, "");
  for (const std::string& stop : stops_) longest_ = std::max(longest_, stop.size());
}

bool StoppedText::append(std::string_view piece) {
  // The text so far has no stop: one that ends in the piece begins at most longest_ - 1 bytes before it.
  const size_t before = std::min(text_.size(), longest_ == 0 ? 0 : longest_ - 1);
  const size_t from = text_.size() - before;
  text_ += piece;
  size_t end = std::string::npos;
  for (const std::string& stop : stops_) end = std::min(end, text_.find(stop, from));
  if (end == std::string::npos) return false;
  text_.resize(end);
  return true;
}

std::vector<std::string> generate_texts(
    const std::shared_ptr<const infer::Weights>& model, const RequestEncoder& encoder,
    std::span<const TokenId> stop_ids, std::span<const GenerationRequest> requests,
    const GenerationOptions& options, std::span<const std::optional<std::string>> known,
    const std::function<void(size_t, std::span<const std::string>)>& on_batch) {
  const auto at_once = static_cast<size_t>(options.batch > 0 ? options.batch : kTextsAtOnce);
  infer::SessionPool pool(model, static_cast<int64_t>(at_once));
  infer::Runner runner(model, options.num_threads);
  std::vector<std::string> texts;
  for (size_t begin = 0; begin < requests.size(); begin += at_once) {
    const size_t count = std::min(at_once, requests.size() - begin);
    const auto known_here = known.empty() ? known : known.subspan(begin, count);
    const bool all_known = !known.empty() && std::all_of(known_here.begin(), known_here.end(),
                                                         [](const auto& text) { return text.has_value(); });
    if (all_known) {
      for (const auto& text : known_here) texts.push_back(*text);
      continue;
    }
    const auto made = Batch(pool, runner, encoder.tokenizer(), stop_ids).run(requests.subspan(begin, count));
    texts.insert(texts.end(), made.begin(), made.end());
    if (on_batch) on_batch(begin, made);
  }
  return texts;
}

}  // namespace radlads::eval
