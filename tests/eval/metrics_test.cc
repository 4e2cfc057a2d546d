#include "eval/metrics.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eval/python_random.h"
#include "support/shared_folder.h"

namespace radlads::eval {
namespace {

using Json = nlohmann::ordered_json;
using Values = std::vector<double>;

// r = random.Random(7); xs = [-20 * r.random() for _ in range(57)]
Values values() {
  PythonRandom random(7);
  Values xs(57);
  for (double& x : xs) x = -20 * random.random();
  return xs;
}

// Expected figures, where an expression is next to them, were printed by CPython 3.11 with
//   def mean(a): return sum(a) / len(a)
//   def dev(a): return math.sqrt(sum((x - mean(a))**2 for x in a) / (len(a) - 1))
//   def ppl(a): return math.exp(-mean(a))
//   def med(a): return sorted(a)[len(a) // 2]
//   def boot(f, n):
//     draws = [random.Random(i) for i in range(n // min(n, 1000))]
//     return dev([f(r.choices(xs, k=57)) for r in draws for _ in range(min(n, 1000))])

TEST(Metrics, OfPlainValues) {
  EXPECT_EQ(mean(values()), -8.454502085799293);                 // mean(xs)
  EXPECT_EQ(mean_standard_error(values()), 0.7375692512172194);  // dev(xs) / math.sqrt(57)
  EXPECT_DOUBLE_EQ(perplexity(values()), 4696.16776426884);      // ppl(xs)
  EXPECT_EQ(median(values()), -8.362456435704544);               // med(xs)
  EXPECT_EQ(median(Values{3, 1, 2, 4}), 3);
  EXPECT_EQ(mean_standard_error(Values{1}), std::nullopt);
}

TEST(Metrics, BootstrapDrawsAsPython) {
  const auto expect = [](std::optional<double> error, double expected) {
    ASSERT_TRUE(error);
    EXPECT_NEAR(*error, expected, 1e-12 * expected);
  };
  expect(perplexity_standard_error(values(), 1, 2), 863.486133227651);      // boot(ppl, 2)
  expect(perplexity_standard_error(values(), 1, 999), 4749.341804499451);   // boot(ppl, 999)
  expect(perplexity_standard_error(values(), 2, 2500), 4729.607337848806);  // boot(ppl, 2500)
  expect(perplexity_standard_error(values(), 3), 5201.387088924492);        // boot(ppl, 100000)
  expect(median_standard_error(values(), 2, 2500), 1.171908939246349);      // boot(med, 2500)
  expect(median_standard_error(values(), 2), 1.1817828741638559);           // boot(med, 100000)
  EXPECT_EQ(perplexity_standard_error(Values{-1}, 1), std::nullopt);
}

TEST(Metrics, OfRollingDocuments) {
  std::vector<RollingScore> documents;
  for (const double x : values()) documents.push_back({x, static_cast<double>(documents.size() + 1)});
  // b = sum(xs) / sum(range(1, 58)); math.exp(-b); -b / math.log(2)
  EXPECT_DOUBLE_EQ(weighted_perplexity(documents), 1.3384798834390943);
  EXPECT_DOUBLE_EQ(bits_per_byte(documents), 0.420595456288553);
  EXPECT_DOUBLE_EQ(nats_per_token(std::vector<RollingScore>{{-3, 2}, {-5, 0}, {-4, 4}}), 2);
}

// v = [(0.3, 0.05, 20), (0.55, 0.02, 300), (0.25, 0.1, 7)]; N = sum(n for _, _, n in v)
TEST(Metrics, OfGroups) {
  std::vector<SubtaskEstimate> subtasks = {{{0.3, 0.05}, 20}, {{0.55, 0.02}, 300}, {{0.25, 0.1}, 7}};
  const Estimate weighted = mean_by_size(subtasks), plain = plain_mean(subtasks);
  EXPECT_DOUBLE_EQ(weighted.value, 0.5282874617737003);  // sum(a * n for a, _, n in v) / N
  // math.sqrt(sum((n - 1) * s**2 * n for _, s, n in v) / (N - 3) / N)
  EXPECT_DOUBLE_EQ(weighted.standard_error.value(), 0.01875066855505087);
  EXPECT_DOUBLE_EQ(plain.value, 0.3666666666666667);  // sum(a for a, _, _ in v) / 3
  EXPECT_DOUBLE_EQ(plain.standard_error.value(),
                   0.03785938897200183);  // math.sqrt(sum(s**2 for _, s, _ in v)) / 3
  subtasks[1].estimate.standard_error.reset();
  EXPECT_EQ(mean_by_size(subtasks).standard_error, std::nullopt);
  EXPECT_EQ(plain_mean(subtasks).standard_error, std::nullopt);
  EXPECT_DOUBLE_EQ(mean_by_size(subtasks).value, 0.5282874617737003);
}

/// The figures that lm-evaluation-harness 0.4.13 gave a small teacher.
class Golden : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(folder_)) GTEST_SKIP() << folder_ << " is missing";
  }

  Json results(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return Json::parse(file).at("results");
  }

  /// [document][choice]
  std::vector<Values> log_likelihoods(const std::string& task) const {
    std::ifstream file(folder_ / "loglikelihoods_main.jsonl");
    for (std::string line; std::getline(file, line);) {
      const Json entry = Json::parse(line);
      if (entry.at("task") == task) return entry.at("loglikelihoods").get<std::vector<Values>>();
    }
    throw std::runtime_error(task);
  }

  static SubtaskEstimate accuracy(const Json& results, const std::string& task) {
    const Json& entry = results.at(task);
    return {{entry.at("acc,none"), entry.at("acc_stderr,none").get<double>()}, entry.at("sample_len")};
  }

  static void expect_figures(const Estimate& estimate, const Json& entry) {
    EXPECT_DOUBLE_EQ(estimate.value, entry.at("acc,none")) << entry;
    EXPECT_DOUBLE_EQ(estimate.standard_error.value(), entry.at("acc_stderr,none")) << entry;
  }

 private:
  const std::filesystem::path folder_ = shared_folder() / "golden/eval/stories3M";
};

// The log-likelihoods are given to six decimals.
TEST_F(Golden, Perplexity) {
  Values values;
  for (const Values& document : log_likelihoods("lambada_openai")) values.push_back(document.at(0));
  const Json expected = results("results_main.json").at("lambada_openai");
  const double figure = expected.at("perplexity,none"), error = expected.at("perplexity_stderr,none");
  EXPECT_NEAR(perplexity(values), figure, 1e-6 * figure);
  EXPECT_NEAR(perplexity_standard_error(values, 2).value(), error, 1e-6 * error);
}

// The sentence that is right comes first.
TEST_F(Golden, BlimpToTheLastDigit) {
  const Json expected = results("results_main.json");
  std::vector<SubtaskEstimate> paradigms;
  for (const auto& [task, entry] : expected.items()) {
    if (!task.starts_with("blimp_")) continue;
    Values correct;
    for (const Values& choices : log_likelihoods(task))
      correct.push_back(choices.at(0) >= choices.at(1) ? 1 : 0);
    EXPECT_EQ(mean(correct), entry.at("acc,none").get<double>()) << task;
    EXPECT_EQ(mean_standard_error(correct), entry.at("acc_stderr,none").get<double>()) << task;
    paradigms.push_back(accuracy(expected, task));
  }
  EXPECT_EQ(paradigms.size(), 5u);
  expect_figures(plain_mean(paradigms), expected.at("blimp"));
}

TEST_F(Golden, GroupsOfMmlu) {
  for (const char* file : {"results_mmlu_0shot.json", "results_mmlu_5shot.json"}) {
    const Json expected = results(file);
    const auto subject = [&](const char* name) { return accuracy(expected, std::string("mmlu_") + name); };
    const std::vector<SubtaskEstimate> all = {subject("abstract_algebra"),
                                              subject("anatomy"),
                                              subject("virology"),
                                              subject("us_foreign_policy"),
                                              subject("high_school_us_history"),
                                              subject("moral_disputes")};
    const std::span<const SubtaskEstimate> subjects(all);
    expect_figures(mean_by_size(subjects), expected.at("mmlu"));
    expect_figures(mean_by_size(subjects.subspan(0, 2)), expected.at("mmlu_stem"));
    expect_figures(mean_by_size(subjects.subspan(2, 1)), expected.at("mmlu_other"));
    expect_figures(mean_by_size(subjects.subspan(3, 1)), expected.at("mmlu_social_sciences"));
    expect_figures(mean_by_size(subjects.subspan(4, 2)), expected.at("mmlu_humanities"));
  }
}

}  // namespace
}  // namespace radlads::eval
