// Tokenizers on real English text, one thread: loading, encoding (a whole file, and document by document) and
// decoding. Files come from RADLADS_SHARED, by default ../shared next to the checkout. The figure is bytes of
// text per second.

#include "text/tokenizer.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

namespace radlads {
namespace {

namespace fs = std::filesystem;

fs::path shared_file(const std::string& name) {
  const char* const chosen = std::getenv("RADLADS_SHARED");
  return fs::path(chosen != nullptr ? chosen : RADLADS_SOURCE_DIR "/../shared") / name;
}

std::unique_ptr<Tokenizer> load(const fs::path& file) {
  return file.extension() == ".json" ? load_tokenizer_json(file) : load_world_tokenizer(file);
}

std::string english() {
  std::ifstream file(shared_file("data/text/tinystories/train.txt"), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_missing(benchmark::State& state, const fs::path& vocabulary) {
  const bool missing = !fs::exists(vocabulary) || !fs::exists(shared_file("data/text/tinystories/train.txt"));
  if (missing) state.SkipWithError("the shared files are missing");
  return missing;
}

void load_vocabulary(benchmark::State& state, const std::string& vocabulary) {
  const fs::path file = shared_file(vocabulary);
  if (is_missing(state, file)) return;
  for (auto _ : state) benchmark::DoNotOptimize(load(file));
}

void encode_file(benchmark::State& state, const std::string& vocabulary) {
  const fs::path file = shared_file(vocabulary);
  if (is_missing(state, file)) return;
  const auto tokenizer = load(file);
  const std::string text = english();
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer->encode(text, false));
  state.SetBytesProcessed(state.iterations() * std::ssize(text));
}

void encode_documents(benchmark::State& state, const std::string& vocabulary) {
  const fs::path file = shared_file(vocabulary);
  if (is_missing(state, file)) return;
  const auto tokenizer = load(file);
  const std::string text = english();
  constexpr std::string_view kSeparator = "<|endoftext|>";
  for (auto _ : state) {
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find(kSeparator, begin), text.size());
      benchmark::DoNotOptimize(tokenizer->encode(std::string_view(text).substr(begin, end - begin), true));
      begin = end + kSeparator.size();
    }
  }
  state.SetBytesProcessed(state.iterations() * std::ssize(text));
}

void decode_file(benchmark::State& state, const std::string& vocabulary) {
  const fs::path file = shared_file(vocabulary);
  if (is_missing(state, file)) return;
  const auto tokenizer = load(file);
  const std::string text = english();
  const std::vector<TokenId> ids = tokenizer->encode(text, false);
  for (auto _ : state) benchmark::DoNotOptimize(tokenizer->decode(ids, false));
  state.SetBytesProcessed(state.iterations() * std::ssize(text));
}

void register_all() {
  const std::pair<const char*, const char*> kVocabularies[] = {
      {"qwen2", "golden/tokenizers/tokenizer_json/qwen2.json"},
      {"llama3", "golden/tokenizers/tokenizer_json/llama3.json"},
      {"llama2", "golden/tokenizers/tokenizer_json/llama2.json"},
      {"rwkv_world", "data/tokenizers/rwkv-world/rwkv_vocab_v20230424.txt"}};
  const std::pair<const char*, void (*)(benchmark::State&, const std::string&)> kTasks[] = {
      {"load", load_vocabulary},
      {"encode_file", encode_file},
      {"encode_documents", encode_documents},
      {"decode_file", decode_file}};
  for (const auto& [task_name, task] : kTasks) {
    for (const auto& [name, file] : kVocabularies) {
      benchmark::RegisterBenchmark((std::string(task_name) + "/" + name).c_str(), task, std::string(file))
          ->Unit(benchmark::kMillisecond)
          ->Repetitions(5)
          ->ReportAggregatesOnly();
    }
  }
}

[[maybe_unused]] const bool registered = (register_all(), true);

}  // namespace
}  // namespace radlads
