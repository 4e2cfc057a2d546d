#include "data/tokenize.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "core/error.h"
#include "core/log.h"
#include "core/parallel.h"
#include "io/binidx.h"
#include "io/file.h"
#include "io/text_source.h"

namespace radlads {
namespace {

constexpr size_t kDocumentsAtOnce = 1024;

namespace fs = std::filesystem;

/// Where the bytes of data are, by whatever name: device and inode of its file, or of both files of a pair.
using Place = std::vector<std::pair<dev_t, ino_t>>;

Place place_of(const fs::path& data) {
  Place place;
  const auto add = [&place](const fs::path& file) {
    struct stat status {};
    if (stat(file.c_str(), &status) == 0) place.emplace_back(status.st_dev, status.st_ino);
  };
  if (is_binidx(data)) {
    add(binidx_path(data, ".bin"));
    add(binidx_path(data, ".idx"));
  } else {
    add(data);
  }
  return place;
}

/// Each place once, with a warning; but a shell's "corpus.*" gives both files of a pair, as it should.
std::vector<fs::path> without_repetitions(std::span<const fs::path> files) {
  std::map<Place, fs::path> first_names;
  std::vector<fs::path> kept;
  std::string first_repetition;
  int64_t num_repetitions = 0;
  for (const fs::path& file : files) {
    const auto [entry, is_new] = first_names.emplace(place_of(file), file);
    const fs::path& first = entry->second;
    if (is_new) {
      kept.push_back(file);
    } else if (file == first || !is_binidx(file) || binidx_path(file, "") != binidx_path(first, "")) {
      if (num_repetitions++ == 0) first_repetition = fmt::format("{} as {}", first.string(), file.string());
    }
  }
  if (num_repetitions > 0) {
    warn("data is given more than once, and is read once: {}{}", first_repetition,
         num_repetitions > 1 ? fmt::format(" (and {} more)", num_repetitions - 1) : "");
  }
  return kept;
}

void check_token_files(const fs::path& file) {
  for (const char* ending : {".bin", ".idx"}) {
    const fs::path half = binidx_path(file, ending);
    if (!fs::exists(half))
      fail("[data] {} is missing: a token file is the pair NAME.bin and NAME.idx", half.string());
    check_readable(half, "data");
  }
}

/// Encodes documents on all cores, some at a time, and appends them in order.
class ParallelEncoder {
 public:
  ParallelEncoder(const Tokenizer& tokenizer, int64_t vocab_size, BinidxWriter& writer)
      : tokenizer_(tokenizer), vocab_size_(vocab_size), writer_(writer) {}

  void add(std::string_view document) {
    texts_.emplace_back(document);
    if (texts_.size() == kDocumentsAtOnce) flush();
  }

  void flush() {
    std::vector<std::vector<TokenId>> ids(texts_.size());
    parallel_items(static_cast<int64_t>(texts_.size()), available_cores(), [&](int64_t i) {
      ids[static_cast<size_t>(i)] = tokenizer_.encode(texts_[static_cast<size_t>(i)], true);
    });
    for (const auto& document : ids) {
      if (document.empty()) continue;
      const TokenId largest = *std::max_element(document.begin(), document.end());
      if (largest >= vocab_size_) {
        fail(
            "[data] the tokenizer gives the id {}, but the model's vocabulary has {} tokens: they do not "
            "belong together",
            largest, vocab_size_);
      }
      writer_.append(document);
    }
    texts_.clear();
  }

 private:
  const Tokenizer& tokenizer_;
  int64_t vocab_size_;
  BinidxWriter& writer_;
  std::vector<std::string> texts_;
};

void copy_binidx(const fs::path& file, int64_t vocab_size, BinidxWriter& writer) {
  const Binidx source(file);
  std::vector<int32_t> document;
  for (int64_t d = 0; d < source.num_documents(); ++d) {
    const int64_t begin = source.offsets()[static_cast<size_t>(d)];
    document.resize(static_cast<size_t>(source.offsets()[static_cast<size_t>(d) + 1] - begin));
    source.read(begin, document);
    for (const int32_t id : document) {
      if (id < 0 || id >= vocab_size) {
        fail(
            "[data] document {} has the token id {}, but the vocabulary has {} tokens: {} was made with "
            "another tokenizer",
            d, id, vocab_size, file.string());
      }
    }
    if (!document.empty()) writer.append(document);
  }
}

}  // namespace

void check_data_files(std::span<const fs::path> files) {
  for (const fs::path& file : files) {
    if (is_binidx(file)) {
      check_token_files(file);
    } else {
      check_text_file(file);
    }
  }
}

void tokenize_files(std::span<const fs::path> files, const TextOptions& options, const Tokenizer& tokenizer,
                    int64_t vocab_size, const fs::path& target) {
  check_data_files(files);
  BinidxWriter writer(target, vocab_size);
  ParallelEncoder encoder(tokenizer, vocab_size, writer);
  const auto encode = [&encoder](std::string_view document) {
    encoder.add(document);
    return true;
  };
  for (const fs::path& file : without_repetitions(files)) {
    if (is_binidx(file)) {
      copy_binidx(file, vocab_size, writer);
    } else {
      for_each_document({&file, 1}, encode, options);
      encoder.flush();
    }
  }
  if (writer.num_tokens() == 0) {
    std::string names;
    for (const fs::path& file : files) names += (names.empty() ? "" : ", ") + file.string();
    fail("[data] there is no text in {}: give files with at least one document", names);
  }
  writer.commit();
}

EndOfDocument end_of_document(const Tokenizer& tokenizer) {
  const std::vector<TokenId> added = tokenizer.encode("", true);
  if (!added.empty()) return added.front();
  return tokenizer.id_of("<|endoftext|>").value_or(-1);
}

std::vector<TokenId> document_start(const Tokenizer& tokenizer) {
  std::vector<TokenId> added = tokenizer.encode("", true);
  const EndOfDocument end = end_of_document(tokenizer);
  if (added.empty() && end >= 0) added.push_back(static_cast<TokenId>(end));
  return added;
}

}  // namespace radlads
