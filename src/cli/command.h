// The subcommands of radlads: each adds itself to the command line and runs in its callback.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "eval/score.h"
#include "io/text_source.h"
#include "kernels/linear.h"
#include "text/tokenizer.h"

namespace radlads::cli {

/// More than anyone has: tokens, documents, seeds.
inline constexpr int64_t kLargestCount = 1'000'000'000'000'000;

/// Ends the program with this status once the command line is done; for commands that have an outcome besides
/// success.
struct ExitStatus {
  int value = 0;
};

/// The whole command line, for reports. It outlives the commands.
struct Invocation {
  std::string text;
  ExitStatus status;
};

void add_training_commands(CLI::App& app,
                           Invocation& invocation);  // convert, transfer, align, distill, extend, pretrain
void add_ablate(CLI::App& app, Invocation& invocation);
void add_generate(CLI::App& app);
void add_perplexity(CLI::App& app);
void add_compare(CLI::App& app);
void add_import(CLI::App& app);
void add_info(CLI::App& app);
void add_tokenize(CLI::App& app);
void add_logits(CLI::App& app);
void add_bench(CLI::App& app);
void add_eval(CLI::App& app, const Invocation& invocation);

/// An argument that names a model: a folder, or what find_model_folder() makes of a name or a place in the
/// hub's cache.
CLI::Option* add_model(CLI::App& command, const std::string& name, std::filesystem::path& folder,
                       const std::string& help = "model folder, or the hub name of a downloaded model");

inline constexpr const char* kTeacherHelp =
    "a softmax transformer: its folder, or its hub name once downloaded";

/// Accepts whole numbers of [low, high].
CLI::Validator whole_number(int64_t low, int64_t high = kLargestCount);

/// Accepts numbers of [low, high].
CLI::Validator number(double low, double high);

/// Accepts whole numbers from 0 on.
inline CLI::Validator not_negative() { return whole_number(0); }

/// Accepts a whole number that may be a token id; see check_ids.
CLI::Validator token_id();

/// Accepts text in UTF-8.
CLI::Validator utf8_text();

/// UserError if an id of --ids is not in the vocabulary.
void check_ids(std::span<const TokenId> ids, int64_t vocab_size, std::string_view command);

/// Options that several commands share: how to compute.
struct ComputeOptions {
  std::string dtype = "float32";
  int threads = 0;  // 0: all cores

  void add_to(CLI::App& command);
  kernels::Compute compute() const;
  int num_threads() const;
};

/// Adds --text_key and --skip_bad_lines.
void add_text_options(CLI::App& command, TextOptions& options);

/// Options that the commands which score texts share: which documents, and where the result goes.
struct DocumentOptions {
  std::vector<std::filesystem::path> text;
  TextOptions reading;
  int64_t documents = -1, context = 2048;
  std::filesystem::path json;

  void add_to(CLI::App& command);

  /// Also a UserError if the result could not be written there: before the work, not after it.
  eval::Documents encode(const Tokenizer& tokenizer) const;
};

/// Warns if attention reads documents that are longer than the model was made for.
void warn_beyond_window(const ModelConfig& config, const eval::Documents& documents);

/// Writes a JSON result to a file, or to standard output if `file` is empty.
void write_result(const std::string& json, const std::filesystem::path& file);

}  // namespace radlads::cli
