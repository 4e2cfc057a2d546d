#include "text/chat_template.h"

#include <fstream>
#include <iterator>

#include "core/error.h"
#include "io/json.h"
#include "text/jinja/strings.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

// What transformers renders chat templates with.
TemplateOptions options_at(const std::optional<LocalTime>& now) {
  return {.dialect = TemplateDialect::kTransformers,
          .trim_blocks = true,
          .lstrip_blocks = true,
          .keep_trailing_newline = false,
          .strict = false,
          .now = now};
}

std::string contents_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in) fail("[chat_template] {}: cannot be read", file.string());
  return bytes;
}

// An empty object if the folder has none.
Json object_of(const fs::path& file) {
  if (!fs::exists(file)) return Json::object();
  const std::string name = file.filename().string();
  Json object =
      parse_ordered_json(contents_of(file), "[chat_template] " + name, file, {.python_numbers = true});
  if (!object.is_object()) fail("[chat_template] {}: not a JSON object in {}", name, file.string());
  return object;
}

// Those that an object names: bos_token and the like, and the tokens of a model's own. A token is written as
// "<s>" or as {"content": "<s>", ...}.
void add_tokens(const Json& named, bool with_any_name, Json& tokens) {
  for (const auto& [name, value] : named.items()) {
    const Json token = value.is_object() ? value.value("content", Json()) : value;
    if (token.is_string() && (with_any_name || name.ends_with("_token"))) tokens[name] = token;
  }
}

Json special_tokens(const Json& config, const fs::path& model_folder) {
  Json tokens = Json::object();
  add_tokens(config, false, tokens);
  if (const Json extra = config.value("extra_special_tokens", Json()); extra.is_object())
    add_tokens(extra, true, tokens);
  // Like transformers, which otherwise takes the file for one of an older release.
  if (!config.contains("added_tokens_decoder"))
    add_tokens(object_of(model_folder / "special_tokens_map.json"), false, tokens);
  return tokens;
}

std::string source_of(const Json& config, const fs::path& file) {
  const Json field = config.value("chat_template", Json());
  if (field.is_string()) return field;
  if (field.is_array()) {
    for (const Json& entry : field) {
      if (!entry.is_object() || entry.value("name", Json()) != "default") continue;
      if (const Json source = entry.value("template", Json()); source.is_string()) return source;
    }
    fail("[chat_template] {}: chat_template has no template named \"default\"", file.string());
  }
  if (!field.is_null())
    fail("[chat_template] {}: chat_template is neither a text nor a list of texts", file.string());
  fail(
      "[chat_template] {}: the model has no chat template; put chat_template.jinja there, or prompt it "
      "without one",
      file.parent_path().string());
}

}  // namespace

ChatTemplate ChatTemplate::load(const fs::path& model_folder, const std::optional<LocalTime>& now) {
  const fs::path file = model_folder / "chat_template.jinja",
                 config_file = model_folder / "tokenizer_config.json";
  const Json config = object_of(config_file);
  const bool has_file = fs::exists(file);
  return parse(has_file ? contents_of(file) : source_of(config, config_file),
               (has_file ? file : config_file).string(), special_tokens(config, model_folder), now);
}

ChatTemplate ChatTemplate::parse(std::string_view source, std::string name, Json variables,
                                 const std::optional<LocalTime>& now) {
  Template parsed = Template::parse(source, name, options_at(now));
  return {std::move(name), std::move(parsed), std::move(variables)};
}

std::string ChatTemplate::render(const Json& messages, bool add_generation_prompt,
                                 const Json& variables) const {
  // Templates ask whether the last two are none, not whether they are defined.
  Json all = {{"messages", messages},
              {"add_generation_prompt", add_generation_prompt},
              {"tools", nullptr},
              {"documents", nullptr}};
  all.update(variables_);
  all.update(variables);
  return template_.render(all);
}

std::optional<std::string> ChatTemplate::render_unfinished(Json messages) const {
  // The message may occur in an earlier one: a tag after it shows where it ends. Its space tells whether the
  // template trims.
  constexpr std::string_view kTag = "CONTINUE_FINAL_MESSAGE_TAG ",
                             kTagAlone = kTag.substr(0, kTag.size() - 1);
  Json& content = messages.back()["content"];
  const std::string last = content;
  content = last + std::string(kTag);
  std::string text = render(messages, /*add_generation_prompt=*/false);
  const size_t end = text.rfind(kTagAlone);
  if (end == std::string::npos || text.find(jinja::strip(last, jinja::Side::kBoth)) == std::string::npos)
    return std::nullopt;
  const bool is_trimmed = !std::string_view(text).substr(end).starts_with(kTag);
  text.resize(end);
  return is_trimmed ? std::string(jinja::strip(text, jinja::Side::kRight)) : text;
}

}  // namespace radlads
