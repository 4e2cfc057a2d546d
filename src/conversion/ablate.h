// What each part of the protocol is worth: one conversion for every row and seed, and one table.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "conversion/ablation_rows.h"
#include "conversion/reports.h"

namespace radlads {

struct AblationRequest {
  std::filesystem::path teacher;
  std::filesystem::path folder;  // OUT: students OUT/<row>-<seed> with their runs, and the table
  RecipeSources sources;         // what all rows share
  std::vector<AblationRow> rows;
  std::vector<uint64_t> seeds;
  bool overwrite = false;
};

/// A row with the results of its seeds.
struct AblationResult {
  AblationRow row;
  std::vector<RunFigures> figures;

  double mean_kl() const;
};

/// Converts what is not finished yet, row by row, and writes OUT/ablation.json and OUT/ablation.md after
/// each. Prints the table to standard output at the end. Returns the exit status of run_training that stopped
/// it, or 0. UserError for rows that this teacher or mixer cannot have (before any of them starts), and as
/// run_training.
int ablate(const AblationRequest& request, const std::string& command_line);

/// Whether a row's KL is on the side of the first row's that the paper found: "yes" if that of every seed is
/// beyond those of all seeds, "seed by seed" if only beyond that of the same seed (with the same data and
/// documents), else "no". A row that the paper found no better: "yes" unless it is lower in every seed. ""
/// for rows without a finding.
std::string shows(const AblationResult& row, const AblationResult& first);

/// The table in Markdown; KL in nats per token.
std::string ablation_table(const std::vector<AblationResult>& results, const std::vector<uint64_t>& seeds);

}  // namespace radlads
