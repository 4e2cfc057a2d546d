#include "eval/journal.h"

#include <fstream>

#include <gtest/gtest.h>

#include "core/error.h"
#include "io/file.h"
#include "support/temp_folder.h"

namespace radlads::eval {
namespace {

class JournalTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / "unfinished.jsonl"; }

  TempFolder folder_;
};

TEST_F(JournalTest, GivesBackWhatWasFlushed) {
  const double sum = -1.0 / 3;
  {
    Journal journal(file(), "a");
    EXPECT_EQ(journal.num_resumed(), 0);
    journal.add("piqa", 7, LogLikelihood{sum, false});
    journal.add("gsm8k", 0, std::string("ein \"Text\"\nmit ü"));
    journal.flush();
    journal.add("piqa", 8, LogLikelihood{-2, true});  // lost: never flushed
  }
  Journal journal(file(), "a");
  EXPECT_EQ(journal.num_resumed(), 2);
  ASSERT_TRUE(journal.log_likelihood("piqa", 7));
  EXPECT_EQ(journal.log_likelihood("piqa", 7)->sum, sum);
  EXPECT_FALSE(journal.log_likelihood("piqa", 7)->is_greedy);
  EXPECT_EQ(journal.text("gsm8k", 0), "ein \"Text\"\nmit ü");
  EXPECT_FALSE(journal.log_likelihood("piqa", 8));
  EXPECT_FALSE(journal.log_likelihood("copa", 7));
}

TEST_F(JournalTest, OfAnotherKeyBeginsAnew) {
  {
    Journal journal(file(), "a");
    journal.add("piqa", 7, LogLikelihood{-1, false});
    journal.flush();
  }
  {
    Journal journal(file(), "b");
    EXPECT_EQ(journal.num_resumed(), 0);
    EXPECT_FALSE(journal.log_likelihood("piqa", 7));
  }
  EXPECT_EQ(Journal(file(), "a").num_resumed(), 0);
}

TEST_F(JournalTest, ContinuesAfterALineThatWasCutOff) {
  {
    Journal journal(file(), "a");
    journal.add("piqa", 1, LogLikelihood{-1, false});
    journal.add("piqa", 2, LogLikelihood{-2, false});
    journal.flush();
  }
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) - 5);
  {
    Journal journal(file(), "a");
    EXPECT_EQ(journal.num_resumed(), 1);
    journal.add("piqa", 3, LogLikelihood{-3, false});
    journal.flush();
  }
  Journal journal(file(), "a");
  EXPECT_EQ(journal.num_resumed(), 2);
  EXPECT_EQ(journal.log_likelihood("piqa", 3)->sum, -3);
}

TEST_F(JournalTest, TakesNothingFromADamagedFile) {
  for (const char* text :
       {"", "no json\n", "{\"key\": \"a\"}\n[]\n", "{\"key\": 3}\n", "{\"key\": \"a\"}\n{\"task\": 1}\n",
        "{\"key\": \"a\"}\n{\"task\": \"x\", \"index\": \"y\", \"sum\": 0}\n"}) {
    write_text_file(file(), text);
    EXPECT_EQ(Journal(file(), "a").num_resumed(), 0) << text;
  }
}

TEST_F(JournalTest, BelongsToOneProcess) {
  Journal journal(file(), "a");
  EXPECT_THROW(Journal(file(), "a"), UserError);
}

TEST_F(JournalTest, KnowsAModelByItsFiles) {
  const auto folder = folder_.path() / "model", weights = folder / "model.safetensors";
  std::filesystem::create_directory(folder);
  write_text_file(folder / "config.json", "{}");
  write_text_file(weights, "");
  std::filesystem::resize_file(weights, 1 << 30);  // with holes: only hashing it would take time
  const std::string first = model_identity(folder);
  EXPECT_EQ(model_identity(folder), first);
  std::filesystem::last_write_time(weights,
                                   std::filesystem::last_write_time(weights) + std::chrono::seconds(1));
  const std::string second = model_identity(folder);
  EXPECT_NE(second, first);
  write_text_file(folder / "config.json", "[]");
  EXPECT_NE(model_identity(folder), second);
}

TEST_F(JournalTest, IsGoneWhenItIsRemoved) {
  Journal journal(file(), "a");
  journal.remove();
  EXPECT_FALSE(std::filesystem::exists(file()));
}

}  // namespace
}  // namespace radlads::eval
