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

  /// The text of `messages` up to where the last one ends, for a model to continue it: what transformers
  /// gives for continue_final_message. White space at its end is lost if the template trims messages. nullopt
  /// if the template leaves out or changes the message. UserError as above.
  std::optional<std::string> render_unfinished(Json messages) const;

  /// For messages: the file it is from.
  const std::string& name() const { return name_; }

 private:
  ChatTemplate(std::string name, Template parsed, Json variables)
      : name_(std::move(name)), template_(std::move(parsed)), variables_(std::move(variables)) {}

  std::string name_;
  Template template_;
  Json variables_;
};

}  // namespace radlads
