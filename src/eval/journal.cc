#include "eval/journal.h"

#include <algorithm>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "core/error.h"
#include "core/sha256.h"
#include "io/file.h"
#include "io/input_file.h"
#include "io/json.h"

namespace radlads::eval {
namespace {

using nlohmann::json;

/// Null if the line is damaged.
json parsed_line(std::string_view line, const std::filesystem::path& file) {
  try {
    return parse_json(line, "[eval] journal", file);
  } catch (const UserError&) {
    return nullptr;
  }
}

bool is_header(const json& line, const std::string& key) {
  return line.is_object() && line.contains("key") && line["key"] == key;
}

/// Above this, hashing the bytes takes longer than it is worth.
constexpr uintmax_t kSmallBytes = 16 << 20;

/// A small file by its bytes, a large one (weights) by its size and modification time.
void hash_file(const std::filesystem::path& path, Sha256& hash) {
  const uintmax_t size = std::filesystem::file_size(path);
  hash.update(fmt::format("{} {}\n", path.filename().string(), size));
  if (size > kSmallBytes) {
    hash.update(fmt::format("{}", std::filesystem::last_write_time(path).time_since_epoch().count()));
  } else if (size > 0) {
    hash.update(read_text_file(path));
  }
}

}  // namespace

Journal::Journal(std::filesystem::path file, const std::string& key) : file_(std::move(file)) {
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_with_errno("eval", file_);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
    fail("[eval] another process is evaluating into {}: wait for it, or give another --output",
         file_.string());
  read(key);
  if (num_resumed_ == 0) {
    if (::ftruncate(descriptor_, 0) != 0) fail_with_errno("eval", file_);
    write(json({{"key", key}}).dump());
    flush();
  }
}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

/// False if the line is damaged.
bool Journal::take(const json& line) {
  try {
    const Place place = {line.at("task").get<std::string>(), line.at("index").get<int64_t>()};
    if (line.contains("text")) {
      texts_[place] = line.at("text").get<std::string>();
    } else {
      log_likelihoods_[place] = {line.at("sum").get<double>(), line.at("greedy").get<bool>()};
    }
  } catch (const json::exception&) {
    return false;
  }
  ++num_resumed_;
  return true;
}

void Journal::read(const std::string& key) {
  const std::string text = read_text_file(file_);
  size_t whole = 0;  // bytes up to the last complete line
  bool first = true;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;
    const json line = parsed_line(std::string_view(text).substr(begin, end - begin), file_);
    if (first ? !is_header(line, key) : !take(line)) break;
    first = false;
    whole = begin = end + 1;
  }
  // A line that a kill cut off is written again.
  if (num_resumed_ > 0 && ::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0)
    fail_with_errno("eval", file_);
}

std::optional<LogLikelihood> Journal::log_likelihood(const std::string& task, int64_t index) const {
  const auto found = log_likelihoods_.find({task, index});
  return found == log_likelihoods_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> Journal::text(const std::string& task, int64_t index) const {
  const auto found = texts_.find({task, index});
  return found == texts_.end() ? std::nullopt : std::optional(found->second);
}

void Journal::add(const std::string& task, int64_t index, const LogLikelihood& result) {
  if (log_likelihoods_.contains({task, index})) return;
  write(json({{"task", task}, {"index", index}, {"sum", result.sum}, {"greedy", result.is_greedy}}).dump());
}

void Journal::add(const std::string& task, int64_t index, const std::string& text) {
  if (texts_.contains({task, index})) return;
  // Bytes that are not UTF-8 cannot come out of a tokenizer's decoder.
  write(json({{"task", task}, {"index", index}, {"text", text}}).dump());
}

void Journal::write(const std::string& line) { pending_ += line + "\n"; }

void Journal::flush() {
  write_bytes(descriptor_, std::as_bytes(std::span(pending_)), "eval", file_);
  pending_.clear();
  // A kill loses nothing that was written; for power cuts, once a second is enough.
  const auto now = std::chrono::steady_clock::now();
  if (now - last_sync_ < std::chrono::seconds(1)) return;
  if (::fdatasync(descriptor_) != 0) fail_with_errno("eval", file_);
  last_sync_ = now;
}

void Journal::remove() {
  std::error_code ignored;  // a journal that stays is useless but harmless
  std::filesystem::remove(file_, ignored);
}

std::string model_identity(const std::filesystem::path& folder) {
  Sha256 hash;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) hash_file(file, hash);
  return hash.hex();
}

std::string journal_key(const EvalModel& model, const std::vector<PreparedTask>& tasks,
                        const EvalSettings& settings, const ComputeSettings& compute,
                        const std::string& dtype) {
  Sha256 hash;
  hash.update(model_identity(model.folder));
  for (const PreparedTask& prepared : tasks) {
    hash.update(prepared.task.config.dump());
    hash.update(prepared.data_sha256);
  }
  hash.update(settings.to_json().dump());
  hash.update(fmt::format("{} {} {} {} {}", compute.batch, compute.reuse_prefixes, compute.num_threads, dtype,
                          RADLADS_VERSION));
  return hash.hex();
}

}  // namespace radlads::eval
