// Ablations from end to end, run as a user runs them.
#include <csignal>

#include "cli/conversion_case.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

class AblateTest : public ConversionTest {
 protected:
  /// Two rows and two seeds of a conversion that takes a second.
  std::vector<std::string> ablate(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = command("out", more);
    arguments[0] = "ablate";
    write_text_file(path("rows.yaml"),
                    "- row: full\n- {row: no gate, options: {gate_rank_type: 0}, paper: worse}\n");
    arguments.insert(arguments.end(), {"--rows", path("rows.yaml")});
    return arguments;
  }
};

TEST_F(AblateTest, MakesOneTableAndRunsNothingTwice) {
  const ProgramResult first = run_radlads(ablate());
  ASSERT_EQ(first.status, 0) << first.errors;
  EXPECT_NE(first.output.find("| no gate |"), std::string::npos) << first.output;
  EXPECT_EQ(first.output, read_text_file(path("out/ablation.md"))) << "nothing but the table";
  for (const char* student : {"full-1", "full-2", "no-gate-1", "no-gate-2"}) {
    EXPECT_TRUE(fs::exists(path("out") / student / "config.json")) << student;
    EXPECT_FALSE(fs::exists(path("out") / (std::string(student) + ".run") / "checkpoints")) << student;
  }
  const auto time = fs::last_write_time(path("out/full-1/model.safetensors"));
  fs::remove_all(path("out/no-gate-2"));
  fs::remove_all(path("out/no-gate-2.run"));
  const ProgramResult second = run_radlads(ablate());
  ASSERT_EQ(second.status, 0) << second.errors;
  EXPECT_EQ(second.output, first.output);
  EXPECT_EQ(fs::last_write_time(path("out/full-1/model.safetensors")), time);

  expect_refusal(run_radlads(ablate({"--align.lr", "0.5"})), {"align.lr", "full-1", "--overwrite"});
}

TEST_F(AblateTest, AKilledOneGoesOnWhereItWas) {
  const Interruption kill = {SIGKILL, [&] { return log_of("out/full-2").size() >= 40; }};
  ASSERT_EQ(run_radlads(ablate(), kill).status, 128 + SIGKILL);
  const std::vector<std::string> before = log_of("out/full-2");
  ASSERT_EQ(run_radlads(ablate()).status, 0);
  const std::vector<std::string> after = log_of("out/full-2");
  ASSERT_GE(after.size(), 40u);
  EXPECT_TRUE(std::equal(before.begin(), before.begin() + 35, after.begin())) << "the run began anew";
}

TEST_F(AblateTest, TheTeachersOwnTextIsWrittenOnce) {
  const auto of_self = [&](const std::string& tokens) {
    std::vector<std::string> arguments =
        ablate({"--self.tokens", tokens, "--self.context", "16", "--only", "no-gate", "--seeds", "3"});
    std::replace(arguments.begin(), arguments.end(), path("text.txt").string(), std::string("self"));
    return arguments;
  };
  ASSERT_EQ(run_radlads(of_self("2k")).status, 0);
  const auto time = fs::last_write_time(path("out/self/tokens.bin"));
  fs::remove_all(path("out/full-3"));
  fs::remove_all(path("out/full-3.run"));
  ASSERT_EQ(run_radlads(of_self("2k")).status, 0);
  EXPECT_EQ(fs::last_write_time(path("out/self/tokens.bin")), time);
  expect_refusal(run_radlads(of_self("3k")), {"out/self", "folder"});
}

TEST_F(AblateTest, RefusesBeforeAnyRowBegins) {
  expect_refusal(run_radlads(ablate({"--data", "/dev/null"})),
                 {"/dev/null is not a file", "save it to a file"});
  expect_refusal(run_radlads(ablate({"--only", "no-mixer"})), {"no-mixer", "no-gate"});
  expect_refusal(run_radlads(ablate({"--eval.documents", "0"})), {"eval.documents"});
  expect_refusal(run_radlads(ablate({"--seed", "3"})), {"--seeds"});
  expect_refusal(run_radlads(ablate({"--seeds", "3,3"})), {"--seeds"});
  expect_refusal(run_radlads(ablate({"--data", "none.txt"})), {"none.txt"});
  std::vector<std::string> over_teacher = ablate();
  over_teacher[2] = path("teacher");
  expect_refusal(run_radlads(over_teacher), {"teacher", "folder"});
  std::vector<std::string> bad = ablate();
  write_text_file(path("rows.yaml"), "- row: full\n- {row: last, options: {softmax_layers: [99]}}\n");
  expect_refusal(run_radlads(bad), {"last", "99"});
  EXPECT_FALSE(fs::exists(path("out")));
}

}  // namespace
}  // namespace radlads
