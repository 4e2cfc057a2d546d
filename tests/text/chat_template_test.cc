#include "text/chat_template.h"

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace radlads {
namespace {

const Json kMessages = {{{"role", "user"}, {"content", "Hi"}}, {{"role", "assistant"}, {"content", "Yes"}}};

TEST(ChatTemplate, AFieldOfAnotherTypeIsNamed) {
  const TempFolder folder;
  const auto file = folder.write("tokenizer_config.json", R"({"chat_template": 5})");
  EXPECT_EQ(user_error(folder, [&] { ChatTemplate::load(folder.path()); }),
            "[chat_template] DIR/tokenizer_config.json: chat_template is neither a text nor a list of texts");
}

TEST(ChatTemplate, IsTheFileOrTheFieldOfTheConfiguration) {
  const TempFolder folder;
  folder.write("tokenizer_config.json", R"({"chat_template": "field {{ messages|length }}"})");
  EXPECT_EQ(ChatTemplate::load(folder.path()).render(kMessages, false), "field 2");
  folder.write(
      "tokenizer_config.json",
      R"({"chat_template": [{"name": "rag", "template": "no"}, {"name": "default", "template": "list"}]})");
  EXPECT_EQ(ChatTemplate::load(folder.path()).render(kMessages, false), "list");
  folder.write("chat_template.jinja", "file");
  EXPECT_EQ(ChatTemplate::load(folder.path()).render(kMessages, false), "file");
}

TEST(ChatTemplate, HasTheSettingsOfTransformers) {
  const TempFolder folder;
  folder.write("chat_template.jinja",
               "{% for m in messages %}\n  {% if m.role == 'user' %}\n<{{ m.content }}{{ m.absent }}>\n"
               "  {% endif %}\n{% endfor %}\n");
  EXPECT_EQ(ChatTemplate::load(folder.path()).render(kMessages, false), "<Hi>\n");
}

TEST(ChatTemplate, SpecialTokensAreVariables) {
  const TempFolder folder;
  folder.write("chat_template.jinja",
               "{{ bos_token }}|{{ eos_token }}|{{ pad_token is defined }}|{{ unk_token is defined }}");
  folder.write(
      "tokenizer_config.json",
      R"({"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "pad_token": null})");
  const ChatTemplate chat = ChatTemplate::load(folder.path());
  EXPECT_EQ(chat.render(kMessages, false), "<s>|</s>|False|False");
  EXPECT_EQ(chat.render(kMessages, false, {{"bos_token", "[B]"}}), "[B]|</s>|False|False");
}

TEST(ChatTemplate, TokensOfTheModelsOwnAreVariables) {
  const TempFolder folder;
  folder.write("chat_template.jinja", "{{ image_token }}|{{ audio }}|{{ sep_token }}|{{ pad_token }}");
  folder.write(
      "tokenizer_config.json",
      R"({"image_token": "<img>", "extra_special_tokens": {"audio": {"content": "<au>"}}, "add_bos_token": true})");
  folder.write("special_tokens_map.json", R"({"sep_token": "<sep>", "pad_token": {"content": "<pad>"}})");
  EXPECT_EQ(ChatTemplate::load(folder.path()).render(kMessages, false), "<img>|<au>|<sep>|<pad>");
  folder.write("tokenizer_config.json", R"({"image_token": "<img>", "added_tokens_decoder": {}})");
  EXPECT_EQ(ChatTemplate::load(folder.path()).render(kMessages, false), "<img>|||");
}

TEST(ChatTemplate, TheDateCanBeGiven) {
  const TempFolder folder;
  folder.write("chat_template.jinja", "{{ strftime_now('%d %b %Y') if strftime_now is defined else 'no' }}");
  const LocalTime day = LocalTime::parse("2024-07-26", "test");
  EXPECT_EQ(ChatTemplate::load(folder.path(), day).render(kMessages, false), "26 Jul 2024");
  EXPECT_EQ(ChatTemplate::load(folder.path()).render(kMessages, false), LocalTime::now().format("%d %b %Y"));
}

TEST(ChatTemplate, GenerationBlocksAreTransparent) {
  const ChatTemplate chat = ChatTemplate::parse(
      "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration "
      "%}"
      "{% endif %}{% endfor %}",
      "t", Json::object());
  EXPECT_EQ(chat.render(kMessages, false), "Yes");
}

TEST(ChatTemplate, VariablesAreThoseOfTransformers) {
  const ChatTemplate chat = ChatTemplate::parse(
      "{{ add_generation_prompt }} {{ tools is none }} {{ documents is none }} {{ thinking is defined }}",
      "t", Json::object());
  EXPECT_EQ(chat.render(kMessages, true), "True True True False");
  EXPECT_EQ(chat.render(kMessages, false, {{"tools", {1}}, {"thinking", false}}), "False False True True");
}

std::string unfinished(const char* source, const char* last, const char* first = "P:") {
  const ChatTemplate chat = ChatTemplate::parse(source, "t", Json::object());
  const Json messages = {{{"role", "user"}, {"content", first}}, {{"role", "assistant"}, {"content", last}}};
  return chat.render_unfinished(messages).value_or("changed");
}

// As transformers 5.24 renders with continue_final_message.
TEST(ChatTemplate, AnUnfinishedMessageEndsTheText) {
  const char* plain = "{% for m in messages %}[{{ m.content }}]\n{% endfor %}{{ add_generation_prompt }}";
  EXPECT_EQ(unfinished(plain, "P:"), "[P:]\n[P:");
  EXPECT_EQ(unfinished(plain, "P: "), "[P:]\n[P: ");
  EXPECT_EQ(unfinished(plain, " "), "[P:]\n[ ");
  const char* trimmed = "{% for m in messages %}[{{ m.content|trim }}]\n{% endfor %}";
  EXPECT_EQ(unfinished(trimmed, "P: ", "P: x"), "[P: x]\n[P:") << "not at the earlier message";
  EXPECT_EQ(unfinished(trimmed, " P"), "[P:]\n[P");
  EXPECT_EQ(unfinished(trimmed, " "), "[P:]\n[");
  EXPECT_EQ(unfinished("{% for m in messages %}{{ m.content|upper }}{% endfor %}", "a"), "changed");
  EXPECT_EQ(unfinished("{{ messages[0].content }}", "P:"), "changed");
}

TEST(ChatTemplate, ATemplateMayRefuseMessages) {
  const ChatTemplate chat =
      ChatTemplate::parse("{{ raise_exception('no system role') }}", "t", Json::object());
  try {
    chat.render(kMessages, false);
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "[template] t: line 1, column 19: no system role");
  }
}

TEST(ChatTemplate, ErrorsNameTheFile) {
  const TempFolder folder;
  const auto refusal = [&] { return user_error(folder, [&] { ChatTemplate::load(folder.path()); }); };
  EXPECT_EQ(refusal(),
            "[chat_template] DIR: the model has no chat template; put chat_template.jinja there, or prompt "
            "it without one");
  folder.write("tokenizer_config.json", "{}{}");
  EXPECT_EQ(refusal(),
            "[chat_template] tokenizer_config.json: invalid JSON: unexpected '{' at byte 3 in "
            "DIR/tokenizer_config.json");
  folder.write("tokenizer_config.json", "[]");
  EXPECT_EQ(refusal(),
            "[chat_template] tokenizer_config.json: not a JSON object in DIR/tokenizer_config.json");
  folder.write("tokenizer_config.json", R"({"chat_template": [{"name": "rag", "template": "no"}]})");
  EXPECT_EQ(refusal(),
            "[chat_template] DIR/tokenizer_config.json: chat_template has no template named \"default\"");
  folder.write("tokenizer_config.json", R"({"chat_template": "\n{{ x"})");
  EXPECT_EQ(refusal(), "[template] DIR/tokenizer_config.json: line 2, column 1: the tag is not closed by }}");
  folder.write("chat_template.jinja", "{% do a() %}");
  EXPECT_EQ(refusal(), "[template] DIR/chat_template.jinja: line 1, column 4: the tag do is not supported");
}

}  // namespace
}  // namespace radlads
