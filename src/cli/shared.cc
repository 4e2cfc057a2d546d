#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include <fmt/format.h>

#include "cli/command.h"
#include "core/error.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/parallel.h"
#include "core/utf8.h"
#include "eval/score.h"
#include "io/file.h"
#include "io/hub_cache.h"

namespace radlads::cli {

namespace {

/// nullopt for anything but a Number that its type can hold.
template <class Number>
std::optional<Number> parse(const std::string& text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::string shown(const std::string& text) { return text.empty() ? "\"\"" : text; }

/// Accepts a Number in [low, high] and nothing else; `kind` names it.
template <class Number>
CLI::Validator in_range(Number low, Number high, const char* kind) {
  const auto check = [=](std::string& text) {
    const auto value = parse<Number>(text);
    if (value && *value >= low && *value <= high) return std::string();
    return fmt::format("{} is not a {} from {} to {}", shown(text), kind, low, high);
  };
  return {check, ""};
}

}  // namespace

CLI::Option* add_model(CLI::App& command, const std::string& name, std::filesystem::path& folder,
                       const std::string& help) {
  const auto find = [](const std::string& given) { return find_model_folder(given).string(); };
  return command.add_option(name, folder, help)->transform(find, "");
}

CLI::Validator whole_number(int64_t low, int64_t high) {
  if (high != kLargestCount) return in_range(low, high, "whole number");
  const auto check = [low](std::string& text) {
    const auto value = parse<int64_t>(text);
    if (value && *value >= low && *value <= kLargestCount) return std::string();
    if (value && *value > kLargestCount) return fmt::format("{} is more than {}", text, kLargestCount);
    return fmt::format("{} is not a whole number of at least {}", shown(text), low);
  };
  return {check, ""};
}

CLI::Validator number(double low, double high) { return in_range(low, high, "number"); }

CLI::Validator token_id() {
  const auto check = [](std::string& text) {
    return parse<TokenId>(text) ? "" : fmt::format("{} is not a whole number", shown(text));
  };
  return {check, ""};
}

CLI::Validator utf8_text() {
  const auto check = [](std::string& text) {
    const std::string mistake = utf8_mistake(text);
    return mistake.empty() ? "" : mistake + "; convert the text to UTF-8";
  };
  return {check, ""};
}

void check_ids(std::span<const TokenId> ids, int64_t vocab_size, std::string_view command) {
  for (const TokenId id : ids) {
    if (id < 0 || id >= vocab_size) {
      fail("[{}] --ids: {} is not between 0 and {} (the vocabulary has {} tokens)", command, id,
           vocab_size - 1, vocab_size);
    }
  }
}

void ComputeOptions::add_to(CLI::App& command) {
  command.add_option("--dtype", dtype, "data type of matrix products")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->capture_default_str();
  command.add_option("--threads", threads, "0: all cores")
      ->check(whole_number(0, kMostThreads))
      ->capture_default_str();
}

kernels::Compute ComputeOptions::compute() const {
  return dtype == "bfloat16" ? kernels::Compute::kBFloat16 : kernels::Compute::kFloat32;
}

int ComputeOptions::num_threads() const { return threads > 0 ? threads : available_cores(); }

void add_text_options(CLI::App& command, TextOptions& options) {
  command.add_option("--text_key,--text-key", options.text_key, "JSON field or Parquet column with the text")
      ->capture_default_str();
  command.add_flag("--skip_bad_lines,--skip-bad-lines", options.skip_bad_lines,
                   "skip and count lines that cannot be read, instead of stopping");
}

void DocumentOptions::add_to(CLI::App& command) {
  command.add_option("--text", text, "text, JSON lines or Parquet files")->required();
  add_text_options(command, reading);
  command.add_option("--documents", documents, "how many documents to read; -1: all")
      ->check(whole_number(-1))
      ->capture_default_str();
  command.add_option("--context", context, "tokens to read per document")
      ->check(whole_number(2))
      ->capture_default_str();
  command.add_option("--json", json, "file for the result; default: standard output");
}

eval::Documents DocumentOptions::encode(const Tokenizer& tokenizer) const {
  if (documents == 0) fail("[evaluate] --documents 0 leaves nothing to score; -1 takes all");
  if (!json.empty()) check_target(json);
  return eval::encode_documents(text, reading, tokenizer, documents, context);
}

void warn_beyond_window(const ModelConfig& config, const eval::Documents& documents) {
  size_t longest = 0;
  for (const auto& document : documents) longest = std::max(longest, document.size());
  const auto window = static_cast<size_t>(config.max_position_embeddings);
  if (window == 0 || longest <= window || config.softmax_layers().empty()) return;
  warn(
      "documents have up to {} tokens, but the model was made for {} (max_position_embeddings): lower "
      "--context",
      longest, window);
}

void write_result(const std::string& json, const std::filesystem::path& file) {
  if (file.empty()) {
    fmt::print("{}\n", json);
  } else {
    write_text_file(file, json + "\n");
  }
}

}  // namespace radlads::cli
