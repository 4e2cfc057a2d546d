#include "conversion/ablation_rows.h"

#include <gtest/gtest.h>

#include "conversion/ablate.h"
#include "core/error.h"

namespace radlads {
namespace {

RecipeSources base() {
  return {{},
          {{"mixer", {"rwkv6"}},
           {"align.tokens", {"100"}},
           {"distill.tokens", {"200"}},
           {"extend.tokens", {"0"}}}};
}

Recipe recipe_of(const std::string& row) {
  return read_recipe(with_row(base(), parse_ablation(row, "rows.yaml").front()), Command::kConvert);
}

TEST(AblationRows, ThePapersRowsAreValidForBothMixers) {
  const std::vector<AblationRow> rows = paper_ablation();
  EXPECT_EQ(rows.front().name, "full protocol");
  EXPECT_TRUE(rows.front().options.empty() && rows.front().steps.empty());
  size_t rwkv6 = 0, rwkv7 = 0;
  for (const AblationRow& row : rows) {
    rwkv6 += row.mixer != "rwkv7" ? 1u : 0u;
    rwkv7 += row.mixer != "rwkv6" ? 1u : 0u;
    const Recipe recipe = read_recipe(with_row(base(), row), Command::kConvert);
    EXPECT_EQ(recipe.align.tokens + recipe.distill.tokens, 300) << row.name << ": every row reads as much";
  }
  EXPECT_EQ(rwkv6, 13u);
  EXPECT_EQ(rwkv7, 12u);
}

TEST(AblationRows, ChangeTheRecipe) {
  EXPECT_EQ(recipe_of("- {row: a, steps: [distill]}").distill.tokens, 300);
  EXPECT_EQ(recipe_of("- {row: a, steps: [distill]}").align.tokens, 0);
  EXPECT_EQ(recipe_of("- {row: a, times: {distill.batch: 4}}").distill.batch, 4 * Recipe().distill.batch);
  const Recipe recipe =
      recipe_of("- {row: a, options: {distill.freeze: [norm, head], use_rope: true, mixer: rwkv7}}");
  EXPECT_EQ(recipe.distill.freeze, (std::vector<std::string>{"norm", "head"}));
  EXPECT_EQ(recipe.mixer_options.at("use_rope"), 1);
  EXPECT_EQ(recipe.mixer, "rwkv7");
}

TEST(AblationRows, HaveNamesForFolders) {
  EXPECT_EQ((AblationRow{.name = "Random q, k, v (of 3)"}).slug(), "random-q-k-v-of-3");
  EXPECT_EQ((AblationRow{.name = " ../.. "}).slug(), "");
}

TEST(AblationRows, RefuseWhatCannotBe) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"{}", "list of rows"},
      {"[]", "list of rows"},
      {"- full", "row 1"},
      {"- {steps: [align]}", "row 1"},
      {"- {row: '../'}", "row 1"},
      {"- {row: a}\n- {row: A}", "two rows"},
      {"- {row: a, color: red}", "color"},
      {"- {row: a, for: rwkv5}", "rwkv6 or rwkv7"},
      {"- {row: a, paper: great}", "no better"},
      {"- {row: a, steps: [finetune]}", "finetune"},
      {"- {row: a, options: {distill.speed: 1}}", "distill.speed"},
      {"- {row: a, options: {distill.freeze: [mlp]}}", "mlp"},
      {"- {row: a, options: [1]}", "options"},
      {"- {row: a, times: {distill.batch: 0.5}}", "distill.batch"},
      {"- {row: a, times: {distill.bunch: 2}}", "distill.bunch"},
  };
  for (const auto& [yaml, word] : bad) {
    try {
      parse_ablation(yaml, "rows.yaml");
      ADD_FAILURE() << yaml;
    } catch (const UserError& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find(word), std::string::npos) << message;
      EXPECT_NE(message.find("rows.yaml"), std::string::npos) << message;
    }
  }
}

AblationResult result(const std::string& name, const std::string& paper, std::vector<double> kl) {
  AblationResult result = {{.name = name, .paper = paper}, {}};
  for (const double value : kl) result.figures.push_back({.kl_per_token = value, .top1_agreement = 0.5});
  return result;
}

TEST(AblationTable, SaysWhetherAFindingShows) {
  const AblationResult full = result("full", "", {0.10, 0.12});
  EXPECT_EQ(shows(full, full), "");
  EXPECT_EQ(shows(result("a", "worse", {0.13, 0.20}), full), "yes");
  EXPECT_EQ(shows(result("a", "worse", {0.11, 0.20}), full), "seed by seed");
  EXPECT_EQ(shows(result("a", "worse", {0.11, 0.12}), full), "no") << "no worse for the second seed";
  EXPECT_EQ(shows(result("a", "better", {0.09, 0.08}), full), "yes");
  EXPECT_EQ(shows(result("a", "better", {0.09, 0.11}), full), "seed by seed");
  EXPECT_EQ(shows(result("a", "better", {0.13, 0.20}), full), "no");
  EXPECT_EQ(shows(result("a", "no better", {0.09, 0.13}), full), "yes");
  EXPECT_EQ(shows(result("a", "no better", {0.09, 0.11}), full), "no");

  const std::string table = ablation_table({full, result("no gate", "worse", {0.2, 0.24})}, {1, 7});
  EXPECT_NE(table.find("KL, seed 7"), std::string::npos) << table;
  EXPECT_NE(table.find("| no gate | 0.2000 | 0.2400 | 0.2200 | 2.00x | 50.0% | worse | yes |"),
            std::string::npos)
      << table;
}

}  // namespace
}  // namespace radlads
