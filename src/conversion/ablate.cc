#include "conversion/ablate.h"

#include <algorithm>
#include <set>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conversion/corpus.h"
#include "conversion/request_check.h"
#include "conversion/resume.h"
#include "conversion/run.h"
#include "core/error.h"
#include "core/log.h"
#include "io/file.h"
#include "model/model_folder.h"
#include "report/markdown.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

RunRequest request_of(const AblationRequest& ablation, RecipeSources sources, const fs::path& student) {
  return {.command = "convert",
          .teacher = ablation.teacher,
          .student = student,
          .tokenizer = ablation.teacher,
          .sources = std::move(sources)};
}

/// The student of one row and seed.
fs::path student_of(const AblationRequest& request, const AblationRow& row, uint64_t seed) {
  return request.folder / fmt::format("{}-{}", row.slug(), seed);
}

/// The rows of this recipe's mixer. Everything that a row's recipe gets wrong is refused here.
std::vector<AblationRow> checked_rows(const AblationRequest& request) {
  if (fs::exists(request.folder / "config.json"))
    fail("[ablate] {} is a model: give another folder for the students", request.folder.string());
  const std::set<uint64_t> seeds(request.seeds.begin(), request.seeds.end());
  if (seeds.size() != request.seeds.size()) fail("[ablate] --seeds: all must be different");
  const ModelConfig teacher = open_model(request.teacher).config;
  const RunRequest run = request_of(request, request.sources, {});
  const Recipe recipe = settled_recipe(run);
  check_recipe(run, recipe);
  check_data_files(recipe);
  for (const std::string& file : recipe.data) {
    std::error_code ignored;
    if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored))
      fail("[ablate] {} is not a file, and every run reads the data: save it to a file first", file);
  }
  if (recipe.eval_documents == 0)
    fail("[ablate] eval.documents is 0: rows are compared by what they lose on documents");
  std::vector<AblationRow> rows;
  for (const AblationRow& row : request.rows) {
    if (!row.mixer.empty() && row.mixer != recipe.mixer) continue;
    try {
      student_of(settled_recipe(request_of(request, with_row(request.sources, row), {})), teacher);
    } catch (const UserError& error) {
      fail("[ablate] row \"{}\": {}", row.name, error.what());
    }
    rows.push_back(row);
  }
  if (rows.empty()) fail("[ablate] no row is for {}", recipe.mixer);
  return rows;
}

/// Text that the teacher writes is written once, for all rows: OUT/self/tokens, long enough for a step that
/// has the tokens of all.
void share_own_text(const AblationRequest& request, RecipeSources& sources) {
  const RunRequest run = request_of(request, sources, {});
  Recipe recipe = settled_recipe(run);
  if (recipe.data != std::vector<std::string>{"self"}) return;
  if (recipe.self_tokens == 0)
    recipe.self_tokens = recipe.align.tokens + recipe.distill.tokens + recipe.extend.tokens;
  if (recipe.self_context == 0)
    recipe.self_context = std::max({recipe.align.context, recipe.distill.context, recipe.extend.context});
  const fs::path folder = request.folder / "self", fresh = request.folder / "self.new";
  const std::string origin = fmt::format("teacher: {}\ntokens: {}\ncontext: {}\ntemperature: {}\nseed: {}\n",
                                         mark_of(request.teacher), recipe.self_tokens, recipe.self_context,
                                         recipe.self_temperature, recipe.seed);
  if (!fs::exists(folder)) {
    write_corpus(run, recipe, open_model(request.teacher).config, *load_tokenizer(request.teacher),
                 fresh / "tokens");
    remove_folder(self_text_file(fresh / "tokens"));
    write_text_file(fresh / "origin.yaml", origin);
    rename_folder(fresh, folder);
  } else if (read_text_file(folder / "origin.yaml") != origin) {
    fail("[ablate] {} has text from another teacher or recipe: give those, or another folder",
         folder.string());
  }
  sources.flags.emplace_back("data", std::vector{(folder / "tokens.bin").string()});
}

/// The run of one row and seed: started, resumed, or found finished. Returns its exit status.
int run_row(const AblationRequest& request, const RecipeSources& sources, const fs::path& student,
            const std::string& command_line) {
  RunRequest run = request_of(request, sources, student);
  const RunFolder folder = RunFolder::of(student);
  run.overwrite = request.overwrite;
  run.resume = !request.overwrite && fs::exists(folder.job());
  const TrainingOutcome outcome = run_training(run, command_line);
  if (outcome.status != 0) return outcome.status;
  // What only an unfinished run needs; a table has dozens of runs.
  remove_folder(folder.checkpoints());
  remove_folder(folder.tokens().parent_path());
  return 0;
}

Json json_of(const std::vector<AblationResult>& results, const std::vector<uint64_t>& seeds) {
  Json rows = Json::array();
  for (const AblationResult& result : results) {
    Json kl = Json::object(), top1 = Json::object();
    for (size_t i = 0; i < result.figures.size(); ++i) {
      kl[fmt::format("{}", seeds[i])] = result.figures[i].kl_per_token;
      top1[fmt::format("{}", seeds[i])] = result.figures[i].top1_agreement;
    }
    rows.push_back({{"row", result.row.name},
                    {"kl_per_token", kl},
                    {"top1_agreement", top1},
                    {"paper", result.row.paper},
                    {"shows", shows(result, results.front())}});
  }
  return rows;
}

}  // namespace

double AblationResult::mean_kl() const {
  double sum = 0;
  for (const RunFigures& run : figures) sum += run.kl_per_token;
  return sum / static_cast<double>(figures.size());
}

std::string shows(const AblationResult& row, const AblationResult& first) {
  if (row.row.paper.empty()) return "";
  // Compared with the first row: +1 for lower KL, -1 for higher, 0 for neither; in every seed alone, and over
  // all of them.
  const auto side = [](bool is_lower, bool is_higher) { return is_lower ? 1 : is_higher ? -1 : 0; };
  bool always_lower = true, always_higher = true;
  for (size_t i = 0; i < row.figures.size(); ++i) {
    always_lower = always_lower && row.figures[i].kl_per_token < first.figures[i].kl_per_token;
    always_higher = always_higher && row.figures[i].kl_per_token > first.figures[i].kl_per_token;
  }
  const auto kl = [](const RunFigures& a, const RunFigures& b) { return a.kl_per_token < b.kl_per_token; };
  const auto [low, high] = std::minmax_element(row.figures.begin(), row.figures.end(), kl);
  const auto [first_low, first_high] = std::minmax_element(first.figures.begin(), first.figures.end(), kl);
  const int by_seed = side(always_lower, always_higher);
  const int clearly =
      side(high->kl_per_token<first_low->kl_per_token, low->kl_per_token> first_high->kl_per_token);
  if (row.row.paper == "no better") return by_seed == 1 ? "no" : "yes";
  const int expected = row.row.paper == "better" ? 1 : -1;
  return clearly == expected ? "yes" : by_seed == expected ? "seed by seed" : "no";
}

std::string ablation_table(const std::vector<AblationResult>& results, const std::vector<uint64_t>& seeds) {
  std::vector<std::string> columns = {"row"};
  for (const uint64_t seed : seeds) columns.push_back(fmt::format("KL, seed {}", seed));
  columns.insert(columns.end(), {"mean", "of the first", "top-1", "paper", "shows"});
  std::vector<std::vector<std::string>> rows;
  for (const AblationResult& result : results) {
    std::vector<std::string> cells = {report::markdown_text(result.row.name)};
    double top1 = 0;
    for (const RunFigures& run : result.figures) {
      cells.push_back(fmt::format("{:.4f}", run.kl_per_token));
      top1 += run.top1_agreement / static_cast<double>(result.figures.size());
    }
    cells.push_back(fmt::format("{:.4f}", result.mean_kl()));
    cells.push_back(fmt::format("{:.2f}x", result.mean_kl() / results.front().mean_kl()));
    cells.push_back(fmt::format("{:.1f}%", 100 * top1));
    cells.insert(cells.end(), {result.row.paper, shows(result, results.front())});
    rows.push_back(std::move(cells));
  }
  return report::markdown_table(columns, rows);
}

int ablate(const AblationRequest& request, const std::string& command_line) {
  const std::vector<AblationRow> rows = checked_rows(request);
  make_folder(request.folder);
  RecipeSources sources = request.sources;
  share_own_text(request, sources);
  // Every row would measure the same.
  sources.flags.emplace_back("eval.speed", std::vector<std::string>{"false"});

  std::vector<AblationResult> results;
  for (const AblationRow& row : rows) {
    AblationResult result = {row, {}};
    for (const uint64_t seed : request.seeds) {
      RecipeSources own = with_row(sources, row);
      own.flags.emplace_back("seed", std::vector{fmt::format("{}", seed)});
      const fs::path student = student_of(request, row, seed);
      if (!fs::exists(student))
        info("row {} of {}: {}, seed {}", results.size() + 1, rows.size(), row.name, seed);
      if (const int status = run_row(request, own, student, command_line); status != 0) return status;
      const std::optional<RunFigures> figures = read_figures(RunFolder::of(student));
      if (!figures) {
        fail("[ablate] {} has no figures: its data left no documents to compare on; give --eval.text FILE",
             student.string());
      }
      result.figures.push_back(*figures);
    }
    results.push_back(std::move(result));
    write_text_file(request.folder / "ablation.json", json_of(results, request.seeds).dump(2) + "\n");
    write_text_file(request.folder / "ablation.md", ablation_table(results, request.seeds));
  }
  fmt::print("{}", ablation_table(results, request.seeds));
  return 0;
}

}  // namespace radlads
