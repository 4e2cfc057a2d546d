// Text that a teacher writes: the same bytes with any number of threads, and after any interruption.
#include <algorithm>
#include <fstream>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "conversion/corpus.h"
#include "conversion/self_text_batch.h"
#include "core/error.h"
#include "infer/weights.h"
#include "io/binidx.h"
#include "io/file.h"
#include "model/config.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMuch = int64_t{1} << 40;

class SelfTextTest : public testing::Test {
 protected:
  SelfTextTest() {
    write_tiny_model(folder_.path() / "teacher", tiny_config());
    teacher_ = infer::load_weights(folder_.path() / "teacher");
    tokenizer_ = load_tokenizer(folder_.path() / "teacher");
  }

  static SelfTextOptions options() {
    return {.tokens = 3000,
            .context = 24,
            .seed = 5,
            .num_threads = 2,
            .teacher_mark = "t",
            .memory_bytes = kMuch};
  }

  fs::path target(const std::string& name) const { return folder_.path() / name; }

  /// The bytes of the tokens.
  std::string written(const std::string& name, const SelfTextOptions& options) const {
    write_self_text(teacher_, *tokenizer_, options, target(name));
    return read_text_file(target(name + ".bin")) + read_text_file(target(name + ".idx"));
  }

  std::string refusal(const std::string& name, const SelfTextOptions& options) const {
    try {
      write_self_text(teacher_, *tokenizer_, options, target(name));
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }

  int64_t bytes_of(int64_t documents) const {
    return documents * bytes_per_document(teacher_->config(), options().context);
  }

  /// Free memory of which half fits this many documents, besides the weights.
  int64_t memory_for(int64_t documents) const {
    const auto weights = num_parameters(teacher_->config()) * size_of(teacher_->embedding.dtype);
    return static_cast<int64_t>(weights) + 2 * bytes_of(documents);
  }

  std::string first_line(const std::string& name, int line) const {
    std::ifstream file(self_text_file(target(name)));
    std::string text;
    for (int i = 0; i <= line; ++i) std::getline(file, text);
    return text;
  }

  TempFolder folder_;
  std::shared_ptr<const infer::Weights> teacher_;
  std::unique_ptr<Tokenizer> tokenizer_;
};

TEST_F(SelfTextTest, HasTokensEnoughInDocumentsThatFit) {
  written("text", options());
  const Binidx text(target("text"));
  EXPECT_GE(text.num_tokens(), 3000);
  EXPECT_LT(text.num_tokens(), 3000 + 24);
  for (int64_t i = 0; i < text.num_documents(); ++i) {
    const int64_t size = text.offsets()[static_cast<size_t>(i) + 1] - text.offsets()[static_cast<size_t>(i)];
    EXPECT_LE(size, 24);
  }
}

TEST_F(SelfTextTest, DoesNotDependOnThreadsNorOnWhatEachOfThemWrites) {
  SelfTextOptions one = options(), shared = options();
  one.num_threads = 1;
  const std::string text = written("one", one);
  for (const int threads : {2, 3}) {
    shared.num_threads = threads;
    shared.memory_bytes = kMuch;  // each thread writes batches of its own
    EXPECT_EQ(written(fmt::format("own{}", threads), shared), text) << threads;
    shared.memory_bytes = memory_for(32);  // all write one batch
    EXPECT_EQ(written(fmt::format("one{}", threads), shared), text) << threads;
  }
  SelfTextOptions other = options();
  other.seed = 6;
  EXPECT_NE(written("other", other), text);
}

TEST_F(SelfTextTest, GoesOnWhereAKillLeftItAndGivesTheSameBytes) {
  const std::string text = written("whole", options());
  const std::string all = read_text_file(self_text_file(target("whole")));
  for (size_t size = 0; size < all.size(); size += 1 + all.size() / 37) {
    write_text_file(self_text_file(target("again")), all.substr(0, size));
    ASSERT_EQ(written("again", options()), text) << "cut off at " << size << " of " << all.size();
    ASSERT_EQ(read_text_file(self_text_file(target("again"))).substr(0, size), all.substr(0, size));
  }
}

TEST_F(SelfTextTest, ADamagedBatchAndAllAfterItAreWrittenAgain) {
  const std::string text = written("whole", options());
  std::string all = read_text_file(self_text_file(target("whole")));
  for (size_t place = all.size() / 3; place < all.size(); place += all.size() / 7) {
    std::string damaged = all;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);
    write_text_file(self_text_file(target("again")), damaged);
    EXPECT_EQ(written("again", options()), text) << place;
  }
}

TEST_F(SelfTextTest, TextThatIsThereIsNotWrittenAgain) {
  written("text", options());
  SelfTextOptions more = options();
  more.tokens = 6000;
  const std::string text = written("fresh", more);
  const std::string before = read_text_file(self_text_file(target("text")));
  EXPECT_EQ(written("text", more), text);
  EXPECT_EQ(read_text_file(self_text_file(target("text"))).substr(0, before.size()), before);
}

TEST_F(SelfTextTest, TextOfAnotherOriginIsNotGoneOnWith) {
  SelfTextOptions other = options();
  for (const auto& change :
       std::vector<std::function<void()>>{[&] { other.teacher_mark = "u"; }, [&] { other.seed = 6; },
                                          [&] { other.temperature = 0.5; }, [&] { other.context = 20; }}) {
    other = options();
    change();
    fs::remove(self_text_file(target("fresh")));
    const std::string text = written("fresh", other);
    written("text", options());
    EXPECT_EQ(written("text", other), text);
  }
}

TEST_F(SelfTextTest, WritesAsManyDocumentsAtOnceAsFitAndKeepsToThat) {
  SelfTextOptions few = options();
  few.tokens = 500;
  few.memory_bytes = memory_for(5);
  written("few", few);
  EXPECT_EQ(first_line("few", 1), "5");
  few.memory_bytes = kMuch;
  few.tokens = 1000;
  written("few", few);
  EXPECT_EQ(first_line("few", 1), "5") << "a text keeps the batches that it was begun with";
  written("many", options());
  EXPECT_EQ(first_line("many", 1), "32");
}

TEST_F(SelfTextTest, RefusesWhatDoesNotFit) {
  SelfTextOptions none = options();
  none.memory_bytes = bytes_of(1) / 2;
  EXPECT_NE(refusal("none", none).find("lower self.context"), std::string::npos) << refusal("none", none);
  written("many", options());
  none.memory_bytes = memory_for(5);
  EXPECT_NE(refusal("many", none).find("32 documents"), std::string::npos) << refusal("many", none);
}

TEST_F(SelfTextTest, ATeacherWhoseLogitsAreNotFiniteIsRefused) {
  write_changed_model(target("broken"), target("teacher"),
                      [](const std::string& name, std::span<float> values) {
                        if (name == "model.norm.weight") values[0] = std::numeric_limits<float>::infinity();
                      });
  fs::copy_file(target("teacher/tokenizer.json"), target("broken/tokenizer.json"),
                fs::copy_options::skip_existing);
  teacher_ = infer::load_weights(target("broken"));
  EXPECT_NE(refusal("text", options()).find("not finite after 1 tokens"), std::string::npos);
}

}  // namespace
}  // namespace radlads
