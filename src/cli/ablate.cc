// radlads ablate TEACHER OUT: what each part of the protocol is worth.
#include "conversion/ablate.h"

#include <algorithm>
#include <memory>

#include <fmt/ranges.h>

#include "cli/command.h"
#include "cli/recipe_arguments.h"
#include "core/error.h"
#include "io/file.h"

namespace radlads::cli {
namespace {

struct Arguments {
  AblationRequest request = {.seeds = {1, 2}};
  RecipeArguments recipe;
  std::filesystem::path rows;
  std::vector<std::string> only;
};

/// The rows called `names`, and the first, against which they are measured. All of them without names.
std::vector<AblationRow> chosen(std::vector<AblationRow> rows, const std::vector<std::string>& names) {
  if (names.empty()) return rows;
  const auto is_called = [](const std::string& name) {
    return [&name](const AblationRow& row) { return row.name == name || row.slug() == name; };
  };
  std::vector<AblationRow> kept = {rows.front()};
  for (const std::string& name : names) {
    const auto it = std::find_if(rows.begin(), rows.end(), is_called(name));
    if (it == rows.end()) {
      std::vector<std::string> known;
      for (const AblationRow& row : rows) known.push_back(row.slug());
      fail("[ablate] there is no row {} (known: {})", name, fmt::join(known, ", "));
    }
    if (it != rows.begin()) kept.push_back(*it);
  }
  return kept;
}

}  // namespace

void add_ablate(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "ablate", "Measure what each part of the protocol is worth: one table of conversions");
  auto arguments = std::make_shared<Arguments>();
  AblationRequest& request = arguments->request;
  add_model(*command, "TEACHER", request.teacher, kTeacherHelp)->required();
  command
      ->add_option("OUT", request.folder,
                   "folder for the students and the table; finished rows are not run again")
      ->required();
  command->add_option("--rows", arguments->rows, "YAML list of rows; default: those of the RADLADS paper");
  command->add_option("--only", arguments->only,
                      "run only these rows, by name; the first is always included");
  command->add_option("--seeds", request.seeds, "each row is converted once per seed")
      ->delimiter(',')
      ->default_str("1,2")
      ->check(not_negative());
  command->add_flag("--overwrite", request.overwrite, "start all rows over");
  arguments->recipe.add_to(*command, Command::kConvert);
  command->callback([command, arguments, &invocation] {
    AblationRequest& ablation = arguments->request;
    if (command->count("--seed") > 0) fail("[ablate] use --seeds instead of --seed");
    std::vector<AblationRow> rows = arguments->rows.empty()
                                        ? paper_ablation()
                                        : parse_ablation(read_text_file(arguments->rows), arguments->rows);
    ablation.rows = chosen(std::move(rows), arguments->only);
    ablation.sources = arguments->recipe.sources(*command);
    invocation.status.value = ablate(ablation, invocation.text);
  });
}

}  // namespace radlads::cli
