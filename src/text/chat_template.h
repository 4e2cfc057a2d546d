// The chat template of a model folder: how a conversation becomes one text.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "text/template.h"

namespace radlads {

/// Immutable, cheap to copy, and safe for use by several threads.
class ChatTemplate {
 public:
  /// From chat_template.jinja, else the field chat_template of tokenizer_config.json: a string, or a list of
  /// {"name", "template"} of which the one named "default" is used. Its variables are the special tokens
  /// that tokenizer_config.json names. UserError if the folder has no template. `now` is the time of
  /// strftime_now; nullopt for the time of each call.
  static ChatTemplate load(const std::filesystem::path& model_folder,
                           const std::optional<LocalTime>& now = std::nullopt);

  /// `name` is for errors; `variables` are what every rendering has, such as {"bos_token": "<s>"}.
  static ChatTemplate parse(std::string_view source, std::string name, Json variables,
                            const std::optional<LocalTime>& now = std::nullopt);

  /// The text of `messages`, an array of {"role", "content", ...}. `add_generation_prompt` ends it where the
  /// assistant's answer begins. `variables` are further variables of the template. Special tokens are part of
  /// the text: encode it without adding any. UserError where the template fails, or refuses the messages.
  std::string render(const Json& messages, bool add_generation_prompt,
                     const Json& variables = Json::object()) const;

 private:
  ChatTemplate(Template parsed, Json variables)
      : template_(std::move(parsed)), variables_(std::move(variables)) {}

  Template template_;
  Json variables_;
};

}  // namespace radlads
