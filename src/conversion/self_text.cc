#include "conversion/self_text.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/error.h"
#include "core/progress.h"
#include "data/tokenize.h"
#include "infer/runner.h"
#include "infer/sampler.h"
#include "io/binidx.h"

namespace radlads {
namespace {

constexpr size_t kWriters = 256;  // documents that are written side by side

/// A document on its way.
struct Writer {
  int64_t document;
  infer::Session session;
  infer::Sampler sampler;
  std::vector<TokenId> ids;
};

/// Hands finished documents on in the order of their numbers, whatever order they end in.
class OrderedOutput {
 public:
  explicit OrderedOutput(BinidxWriter& out) : out_(out) {}

  void add(int64_t document, std::vector<TokenId> ids) {
    waiting_[document] = std::move(ids);
    for (auto it = waiting_.find(next_); it != waiting_.end(); it = waiting_.find(next_)) {
      out_.append(it->second);
      waiting_.erase(it);
      ++next_;
    }
  }

 private:
  BinidxWriter& out_;
  std::map<int64_t, std::vector<TokenId>> waiting_;
  int64_t next_ = 0;
};

class SelfText {
 public:
  SelfText(std::shared_ptr<const infer::Weights> teacher, const Tokenizer& tokenizer,
           const SelfTextOptions& options, BinidxWriter& out)
      : options_(options),
        start_(document_start(tokenizer)),
        stops_(teacher->config().eos_token_ids),
        pool_(teacher, kWriters),
        runner_(teacher, options.num_threads),
        C_(static_cast<size_t>(teacher->config().C)),
        V_(static_cast<size_t>(teacher->config().V)),
        out_(out),
        output_(out) {
    if (start_.empty())
      fail("[data self] the teacher's tokenizer has neither a BOS nor <|endoftext|> to begin a text with");
    stops_.push_back(end_of_document(tokenizer));
  }

  void write() {
    Progress progress("sample", "tokens", options_.tokens);
    std::vector<Writer> writers;
    while (out_.num_tokens() < options_.tokens) {
      while (writers.size() < kWriters) writers.push_back(begin(next_document_++));
      advance(writers);
      std::erase_if(writers, [this](Writer& writer) { return finished(writer); });
      progress.update(std::min(out_.num_tokens(), options_.tokens));
    }
  }

 private:
  Writer begin(int64_t document) {
    infer::SamplerOptions sampler;
    sampler.temperature = options_.temperature;
    sampler.seed = options_.seed * 0x9e3779b97f4a7c15u + static_cast<uint64_t>(document);
    return {document, pool_.open(), infer::Sampler(sampler), start_};
  }

  /// Every writer reads what it has not read yet (its start, or its last token) and gets one token more.
  void advance(std::vector<Writer>& writers) {
    std::vector<infer::Chunk> chunks;
    for (Writer& writer : writers) {
      chunks.push_back(
          {&writer.session, std::span(writer.ids).subspan(static_cast<size_t>(writer.session.position()))});
    }
    const std::span<const float> hidden = runner_.forward(chunks);
    last_hidden_.clear();
    size_t row = 0;
    for (const infer::Chunk& chunk : chunks) {
      row += chunk.tokens.size();
      const auto last = hidden.subspan((row - 1) * C_, C_);
      last_hidden_.insert(last_hidden_.end(), last.begin(), last.end());
    }
    const std::span<const float> logits = runner_.logits(last_hidden_);
    for (size_t i = 0; i < writers.size(); ++i) {
      writers[i].ids.push_back(
          writers[i].sampler.sample(logits.subspan(i * V_, V_), {}, writers[i].session.position()));
    }
  }

  bool finished(Writer& writer) {
    const bool ended = std::find(stops_.begin(), stops_.end(), writer.ids.back()) != stops_.end();
    if (ended) writer.ids.pop_back();
    if (!ended && static_cast<int64_t>(writer.ids.size()) < options_.context) return false;
    output_.add(writer.document, std::move(writer.ids));
    return true;
  }

  SelfTextOptions options_;
  std::vector<TokenId> start_;
  std::vector<int64_t> stops_;
  infer::SessionPool pool_;
  infer::Runner runner_;
  size_t C_, V_;
  BinidxWriter& out_;
  OrderedOutput output_;
  int64_t next_document_ = 0;
  std::vector<float> last_hidden_;
};

}  // namespace

void write_self_text(std::shared_ptr<const infer::Weights> teacher, const Tokenizer& tokenizer,
                     const SelfTextOptions& options, const std::filesystem::path& target) {
  BinidxWriter out(target, teacher->config().V);
  SelfText(std::move(teacher), tokenizer, options, out).write();
  out.commit();
}

}  // namespace radlads
