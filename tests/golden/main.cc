// golden_tests: walks the folder named by RADLADS_GOLDEN and checks every case there, so that a case dropped
// in is a case tested. Prints a line for every kind; fails if any case failed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "core/error.h"
#include "golden/chat.h"
#include "golden/eval.h"
#include "golden/kernels.h"
#include "golden/models.h"
#include "golden/tables.h"
#include "golden/tokenizers.h"
#ifdef RADLADS_TRAIN
#include "golden/training.h"
#endif

namespace fs = std::filesystem;

namespace radlads {
namespace {

using Check = std::function<GoldenResult(const fs::path&)>;

/// A kind of cases: which paths below its folder are cases, and what each must pass.
struct Kind {
  std::string name;
  fs::path folder;  // below the golden folder
  std::function<bool(const fs::path&)> is_case;
  std::vector<Check> checks;
};

std::function<bool(const fs::path&)> files_ending(const std::string& ending) {
  return [ending](const fs::path& path) { return path.filename().string().ends_with(ending); };
}

std::function<bool(const fs::path&)> folders_with(const char* file) {
  return [file](const fs::path& path) { return fs::is_directory(path) && fs::exists(path / file); };
}

bool is_eval_case(const fs::path& path) {
  const fs::path folder = path.parent_path().filename();
  return folder == "samples" || folder == "preprocess" || path.filename().string().starts_with("results_");
}

std::vector<Kind> known_kinds(const fs::path& shared, const fs::path& golden) {
  const Check tokenizer = [shared](const fs::path& file) { return check_tokenizer_file(file, shared); };
  const Check chat = [golden](const fs::path& file) {
    return check_chat_file(file, golden / "tokenizers/tokenizer_json");
  };
  const Check eval = [shared](const fs::path& file) {
    if (file.parent_path().filename() == "preprocess") return check_eval_templates(file);
    return file.extension() == ".json" ? check_eval_groups(file, shared) : check_eval_task(file, shared);
  };
  std::vector<Check> model = {check_model}, goose = {check_goose}, protocol;
#ifdef RADLADS_TRAIN
  model.push_back(check_model_training);
  goose.push_back(check_goose_training);
  protocol.push_back(check_protocol_steps);
#endif
  return {{"kernels", "kernels", files_ending(".safetensors"), {check_kernel_case}},
          {"teachers", "teachers", folders_with("io.safetensors"), model},
          {"students", "students", folders_with("io.safetensors"), model},
          {"goose", "goose", folders_with("io.safetensors"), goose},
          {"goose_published",
           "../data/goose",
           folders_with("float64_forward.safetensors"),
           {check_published_goose}},
          {"goose_train", "goose/train", folders_with("case.json"), {}},
          {"goose_init", "goose/init", files_ending(".json"), {}},
          {"goose_lr", "goose/lr", files_ending(".json"), {}},
          {"goose_order", "goose/order", files_ending(".json"), {}},
          {"goose_tracking", "goose/tracking", files_ending(".jsonl"), {}},
          {"train", "train", folders_with("case.json"), protocol},
          {"lr", "train/lr", files_ending(".json"), {check_learning_rates}},
          {"order", "train/order", files_ending(".json"), {check_order}},
          {"init", "init", files_ending(".json"), {check_initial_values}},
          {"tokenizers", "tokenizers", files_ending(".jsonl"), {tokenizer}},
          {"chat", "chat", files_ending(".jsonl"), {chat}},
          {"eval", "eval", is_eval_case, {eval}}};
}

std::vector<fs::path> cases_of(const Kind& kind, const fs::path& golden) {
  std::vector<fs::path> cases;
  if (!fs::is_directory(golden / kind.folder)) return cases;
  for (const auto& entry : fs::recursive_directory_iterator(golden / kind.folder)) {
    if (kind.is_case(entry.path())) cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

/// A case passes if all its checks do; it is skipped if it has none, or if a check was.
void run_case(const Kind& kind, const fs::path& path, GoldenResult& total) {
  GoldenResult all;
  for (const Check& check : kind.checks) {
    GoldenResult one;
    try {
      one = check(path);
    } catch (const std::exception& error) {
      one = {0, 1, 0, {fmt::format("{}: {}", path.string(), error.what())}};
    }
    all.failed += one.failed;
    all.skipped += one.skipped;
    for (const std::string& message : one.messages) fmt::print("  {}\n", message);
  }
  const bool skipped = kind.checks.empty() || all.skipped > 0;
  ++(all.failed > 0 ? total.failed : skipped ? total.skipped : total.passed);
}

GoldenResult run_kind(const Kind& kind, const fs::path& golden) {
  GoldenResult total;
  for (const fs::path& path : cases_of(kind, golden)) run_case(kind, path, total);
  return total;
}

/// Folders of no known kind: one skipped case for each entry.
std::map<std::string, GoldenResult> unknown_kinds(const std::vector<Kind>& kinds, const fs::path& golden) {
  std::map<std::string, GoldenResult> unknown;
  for (const auto& folder : fs::directory_iterator(golden)) {
    const std::string name = folder.path().filename().string();
    const bool is_known =
        std::any_of(kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.folder == name; });
    if (!folder.is_directory() || is_known) continue;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      if (entry.path().filename() != "README.md") ++unknown[name].skipped;
    }
  }
  return unknown;
}

fs::path setting(const char* name, const fs::path& fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? fs::path(value) : fallback;
}

/// The shared folder if it is there, else the copies in the project.
fs::path golden_folder(const fs::path& shared) {
  const fs::path golden = setting("RADLADS_GOLDEN", shared / "golden");
  return fs::is_directory(golden) || std::getenv("RADLADS_GOLDEN") != nullptr
             ? golden
             : fs::path(RADLADS_SOURCE_DIR) / "tests/data/golden";
}

int run() {
  const fs::path shared = setting("RADLADS_SHARED", fs::path(RADLADS_SOURCE_DIR).parent_path() / "shared");
  const fs::path golden = golden_folder(shared);
  if (!fs::is_directory(golden)) fail("[golden] {} is not a folder: set RADLADS_GOLDEN", golden.string());
  const std::vector<Kind> kinds = known_kinds(shared, golden);
  std::map<std::string, GoldenResult> results = unknown_kinds(kinds, golden);
  for (const Kind& kind : kinds) results[kind.name] = run_kind(kind, golden);
  int failed = 0;
  for (const auto& [name, result] : results) {
    fmt::print("golden {}: {} passed, {} failed, {} skipped\n", name, result.passed, result.failed,
               result.skipped);
    failed += result.failed;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace radlads

int main() {
  try {
    return radlads::run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "golden_tests: {}\n", error.what());
    return 1;
  }
}
