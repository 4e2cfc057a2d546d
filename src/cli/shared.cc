#include <charconv>
#include <cstdio>

#include <fmt/format.h>

#include "cli/command.h"
#include "core/parallel.h"
#include "eval/documents.h"
#include "io/file.h"

namespace radlads::cli {

CLI::Validator not_negative() {
  const auto check = [](std::string& text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    return is_whole && value >= 0 ? std::string() : fmt::format("{} is no whole number of at least 0", text);
  };
  return {check, ""};
}

void ComputeOptions::add_to(CLI::App& command) {
  command.add_option("--dtype", dtype, "type of the matrix products")
      ->check(CLI::IsMember({"float32", "bfloat16"}))
      ->capture_default_str();
  command.add_option("--threads", threads, "0: all cores")->check(not_negative())->capture_default_str();
}

kernels::Compute ComputeOptions::compute() const {
  return dtype == "bfloat16" ? kernels::Compute::kBFloat16 : kernels::Compute::kFloat32;
}

int ComputeOptions::num_threads() const { return threads > 0 ? threads : available_cores(); }

void DocumentOptions::add_to(CLI::App& command) {
  command.add_option("--text", text, "text or JSON-lines files")->required();
  command.add_option("--documents", documents, "only the first ones; -1: all")
      ->check(CLI::Range(int64_t{-1}, int64_t{1} << 40))
      ->capture_default_str();
  command.add_option("--context", context, "tokens of a document that are read")
      ->check(CLI::Range(int64_t{2}, int64_t{1} << 40))
      ->capture_default_str();
  command.add_option("--json", json, "file for the result; left out: standard output");
}

Documents DocumentOptions::encode(const Tokenizer& tokenizer) const {
  if (!json.empty()) check_target(json);
  return encode_documents(text, tokenizer, documents, context);
}

void write_result(const std::string& json, const std::filesystem::path& file) {
  if (file.empty()) {
    fmt::print("{}\n", json);
  } else {
    write_text_file(file, json + "\n");
  }
}

}  // namespace radlads::cli
