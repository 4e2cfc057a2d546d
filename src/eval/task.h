// A task as its YAML file describes it: where its documents are, how each becomes requests, and which figures
// the answers give. The keys are those of lm-evaluation-harness, and seven of ours: data, keep, fields,
// contexts, chance, doc_to_count, target_letters.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eval/synthetic.h"
#include "eval/task_keys.h"

namespace radlads::eval {

enum class OutputType : uint8_t { kMultipleChoice, kLogLikelihood, kRolling, kGenerateUntil };

/// Of rolling texts: a figure for each range of positions.
inline constexpr const char* kNatsByPosition = "nats_by_position";

struct MetricSpec {
  std::string name;         // acc, acc_norm, perplexity, ...
  std::string aggregation;  // mean, perplexity, ...
  bool higher_is_better = true;
  Json arguments = Json::object();  // ignore_case and the like
};

/// How examples are shown. What a task leaves open here is the same as for the question itself.
struct FewshotSpec {
  std::string sampler = "default";  // or first_n
  std::string split;
  bool excludes_question = false;  // examples come from the questions: the current one is left out
  Json samples;                    // a list: examples in the file itself, if no split is named; else null
  bool has_indices = false;        // the harness reads fewshot_indices, but does not use them
  DocField doc_to_text, doc_to_target, doc_to_choice, gen_prefix;
  std::string target_delimiter, fewshot_delimiter;

  /// Where the examples are, for messages: "the split "dev"".
  std::string place() const;
};

struct GenerationSpec {
  std::vector<std::string> until;
  int64_t max_tokens = 256;
  bool do_sample = false;
  double temperature = 0, top_p = 1;
  int64_t top_k = 0;
  Json as_written;  // with the harness's defaults, for the results
};

struct Task {
  std::string name, alias;
  std::string origin;                      // its dataset's name on the Hugging Face hub, if it says so
  std::string data;                        // DATA.jsonl, DATA.SPLIT.jsonl or DATA.txt
  std::optional<SyntheticSpec> synthetic;  // the documents are made instead
  OutputType output = OutputType::kGenerateUntil;
  std::string split;  // of the documents that are evaluated
  DocField keep;      // false for the documents that are left out, of every split
  std::vector<std::pair<std::string, DocField>> fields;  // that replace those of the file, or are new
  DocField description, doc_to_text, doc_to_target, doc_to_choice, gen_prefix;
  DocField contexts;         // a list: a context for each choice
  bool has_letters = false;  // a target that is not a choice's text may be a letter from A on
  DocField doc_to_count;     // a rolling text's perplexity is per word and byte of this, or of itself
  std::string target_delimiter = " ", fewshot_delimiter = "\n\n";
  FewshotSpec fewshot;
  int64_t num_fewshot = 0;
  int64_t repeats = 1;
  GenerationSpec generation;
  Json filters;  // filter_list, or null
  std::vector<MetricSpec> metrics;
  std::optional<double> chance;  // the accuracy of guessing
  DocField doc_to_chance;        // the same for one document, if documents differ
  Json version;                  // metadata.version, or "Yaml"
  Json config;                   // all keys, for the results
  std::filesystem::path file;    // for error messages
};

/// The generation_kwargs of a task that has none.
Json default_generation(const std::string& fewshot_delimiter);

/// A task from the keys of its file and of those that it includes. UserError naming the file for a key that
/// is not known, a value of the wrong type, Python code, or a template that does not parse.
Task parse_task(const Json& yaml, const std::filesystem::path& file);

}  // namespace radlads::eval
