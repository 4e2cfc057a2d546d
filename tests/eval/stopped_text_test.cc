#include <gtest/gtest.h>

#include "eval/generation.h"
#include "eval/python_random.h"

namespace radlads::eval {
namespace {

TEST(StoppedText, EndsBeforeTheFirstStopThatPiecesMake) {
  StoppedText text({"\n\n", "", "Question:"});
  EXPECT_FALSE(text.append("Four.\n"));
  EXPECT_FALSE(text.append("Ques"));
  EXPECT_TRUE(text.append("tion: 5\n\n"));
  EXPECT_EQ(text.text(), "Four.\n");
  StoppedText without({});
  EXPECT_FALSE(without.append("a\n\nb"));
  EXPECT_EQ(without.text(), "a\n\nb");
}

TEST(StoppedText, IsWhatASearchOfTheWholeTextGives) {
  PythonRandom random(5);
  for (int round = 0; round < 500; ++round) {
    const auto letters = [&](uint64_t most) {
      std::string word;
      for (uint64_t i = random.below(most); i > 0; --i) word += static_cast<char>('a' + random.below(3));
      return word;
    };
    const std::vector<std::string> stops = {letters(5), letters(4)};
    StoppedText text(stops);
    std::string whole;
    bool is_stopped = false;
    for (int piece = 0; piece < 8 && !is_stopped; ++piece) {
      const std::string more = letters(4);
      whole += more;
      is_stopped = text.append(more);
    }
    size_t end = whole.size();
    for (const std::string& stop : stops) {
      if (!stop.empty()) end = std::min(end, whole.find(stop));
    }
    EXPECT_EQ(text.text(), whole.substr(0, end));
    EXPECT_EQ(is_stopped, end < whole.size());
  }
}

}  // namespace
}  // namespace radlads::eval
