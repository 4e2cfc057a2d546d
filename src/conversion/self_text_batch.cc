#include "conversion/self_text_batch.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "core/error.h"
#include "core/parallel.h"
#include "core/random.h"
#include "io/input_file.h"
#include "model/config.h"

namespace radlads {
namespace {

constexpr std::string_view kOperation = "data self";
constexpr int64_t kLogitsPerThread = 1 << 17;  // that take longer to sample from than a thread takes to start

template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool get(std::istream& file, T* values, size_t count, std::string& bytes) {
  const size_t begin = bytes.size();
  bytes.resize(begin + count * sizeof(T));
  if (!file.read(bytes.data() + begin, static_cast<std::streamsize>(count * sizeof(T)))) return false;
  std::memcpy(values, bytes.data() + begin, count * sizeof(T));
  return true;
}

uint64_t checksum_of(std::string_view bytes) { return Random::stream_of(bytes); }

std::string encoded(const DocumentBatch& batch) {
  std::string bytes;
  put(bytes, static_cast<int32_t>(batch.size()));
  for (const auto& document : batch) put(bytes, static_cast<int32_t>(document.size()));
  for (const auto& document : batch) {
    for (const TokenId id : document) put(bytes, static_cast<int32_t>(id));
  }
  put(bytes, checksum_of(bytes));
  return bytes;
}

/// The next batch; nullopt where the file ends, or continues with something else.
std::optional<DocumentBatch> decode(std::istream& file, int64_t num_documents, int64_t bytes_left) {
  std::string bytes;
  int32_t count = 0;
  if (!get(file, &count, 1, bytes) || count != num_documents || count > bytes_left) return std::nullopt;
  std::vector<int32_t> sizes(static_cast<size_t>(count));
  if (!get(file, sizes.data(), sizes.size(), bytes)) return std::nullopt;
  DocumentBatch batch;
  for (const int32_t size : sizes) {
    bytes_left -= int64_t{size} * 4;
    if (size <= 0 || bytes_left < 0) return std::nullopt;
    batch.emplace_back(static_cast<size_t>(size));
    if (!get(file, batch.back().data(), batch.back().size(), bytes)) return std::nullopt;
  }
  const uint64_t wanted = checksum_of(bytes);
  uint64_t checksum = 0;
  if (!get(file, &checksum, 1, bytes) || checksum != wanted) return std::nullopt;
  return batch;
}

}  // namespace

SelfTextFile::SelfTextFile(std::filesystem::path path, std::string origin)
    : path_(std::move(path)), origin_(std::move(origin)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_with_errno(kOperation, path_);
  std::ifstream file(path_, std::ios::binary);
  std::string first, second;
  if (std::getline(file, first) && std::getline(file, second) && !file.eof() && first == origin_) {
    std::from_chars(second.data(), second.data() + second.size(), documents_per_batch_);
    header_bytes_ = file.tellg();
  }
  if (documents_per_batch_ <= 0) documents_per_batch_ = 0;
  if (documents_per_batch_ == 0) cut_to(0);
}

SelfTextFile::~SelfTextFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void SelfTextFile::begin(int64_t documents_per_batch) {
  documents_per_batch_ = documents_per_batch;
  const std::string header = fmt::format("{}\n{}\n", origin_, documents_per_batch);
  header_bytes_ = std::ssize(header);
  write(header);
}

void SelfTextFile::read(const std::function<void(const DocumentBatch&)>& on_batch) {
  const auto num_bytes = static_cast<int64_t>(std::filesystem::file_size(path_));
  int64_t whole = header_bytes_;
  std::ifstream file(path_, std::ios::binary);
  file.seekg(whole);
  while (const auto batch = decode(file, documents_per_batch_, num_bytes - whole)) {
    on_batch(*batch);
    whole = file.tellg();
  }
  cut_to(whole);
}

void SelfTextFile::append(const DocumentBatch& batch) { write(encoded(batch)); }

void SelfTextFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno(kOperation, path_);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  if (::fsync(descriptor_) != 0) fail_with_errno(kOperation, path_);
}

void SelfTextFile::cut_to(int64_t num_bytes) {
  if (::ftruncate(descriptor_, num_bytes) != 0) fail_with_errno(kOperation, path_);
}

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
