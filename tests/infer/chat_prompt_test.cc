#include "infer/chat_prompt.h"

#include <gtest/gtest.h>

#include "io/file.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads::infer {
namespace {

/// The shipped tokenizer, whose special tokens are <|endoftext|> and what a test adds, with a chat template.
class ChatPromptTest : public testing::Test {
 protected:
  ChatPromptTest() : tokenizer_(load_tokenizer(shipped_teacher())) {}

  ChatPrompt prompt(const std::string& chat_template, const std::string& system = "") {
    folder_.write("chat_template.jinja", chat_template);
    return chat_prompt(folder_.path(), *tokenizer_, system, "Why?");
  }

  std::string text(const ChatPrompt& prompt) const { return tokenizer_->decode(prompt.ids, false); }

  const TempFolder folder_;
  const std::unique_ptr<Tokenizer> tokenizer_;
};

constexpr const char* kTurns =
    "{% for m in messages %}{{ m.role }}: {{ m.content }}<|endoftext|>\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}";

TEST_F(ChatPromptTest, IsTheTemplatesTurnsUpToTheAnswer) {
  EXPECT_EQ(text(prompt(kTurns)), "user: Why?<|endoftext|>\nassistant: ");
  EXPECT_EQ(text(prompt(kTurns, "Be brief.")),
            "system: Be brief.<|endoftext|>\nuser: Why?<|endoftext|>\nassistant: ");
}

TEST_F(ChatPromptTest, StopsAtWhatTheTemplateWritesAfterAnAnswer) {
  const std::vector<int64_t> end = {*tokenizer_->id_of("<|endoftext|>")};
  EXPECT_EQ(prompt(kTurns).stop_ids, end);
  EXPECT_EQ(prompt("{% for m in messages %}{{ m.content }} \n<|endoftext|>{% endfor %}").stop_ids, end);
  EXPECT_TRUE(prompt("{% for m in messages %}{{ m.content }} and on{% endfor %}").stop_ids.empty());
  EXPECT_TRUE(prompt("{% for m in messages %}{{ m.content }}{% endfor %}").stop_ids.empty());
  EXPECT_TRUE(
      prompt("{% for m in messages %}{% if m.role == 'assistant' %}{{ raise_exception('no') }}{% endif %}"
             "{{ m.content }}<|endoftext|>{% endfor %}")
          .stop_ids.empty());
}

TEST_F(ChatPromptTest, NeedsATemplate) {
  EXPECT_NE(user_error(folder_, [&] { chat_prompt(folder_.path(), *tokenizer_, "", "Why?"); })
                .find("no chat template"),
            std::string::npos);
}

}  // namespace
}  // namespace radlads::infer
