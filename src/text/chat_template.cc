#include "text/chat_template.h"

#include <fstream>
#include <iterator>

#include "core/error.h"
#include "io/json.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

// What transformers 4 renders chat templates with.
constexpr TemplateOptions kOptions{
    .trim_blocks = true, .lstrip_blocks = true, .keep_trailing_newline = false, .strict = false};

std::string contents_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in) fail("[chat_template] {}: cannot be read", file.string());
  return bytes;
}

// An empty object if the folder has none.
Json tokenizer_config(const fs::path& file) {
  if (!fs::exists(file)) return Json::object();
  Json config = parse_ordered_json(contents_of(file), "[chat_template] tokenizer_config.json", file,
                                   {.python_numbers = true});
  if (!config.is_object())
    fail("[chat_template] tokenizer_config.json: not a JSON object in {}", file.string());
  return config;
}

// A token is written as "<s>" or as {"content": "<s>", ...}.
Json special_tokens(const Json& config) {
  Json tokens = Json::object();
  for (const char* name :
       {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}) {
    const auto found = config.find(name);
    if (found == config.end()) continue;
    const Json token = found->is_object() ? found->value("content", Json()) : *found;
    if (token.is_string() && token != "") tokens[name] = token;
  }
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
    fail("[chat_template] {}: chat_template names no template \"default\"", file.string());
  }
  fail(
      "[chat_template] {}: the model has no chat template; put chat_template.jinja there, or prompt it "
      "without one",
      file.parent_path().string());
}

}  // namespace

ChatTemplate ChatTemplate::load(const fs::path& model_folder) {
  const fs::path file = model_folder / "chat_template.jinja",
                 config_file = model_folder / "tokenizer_config.json";
  const Json config = tokenizer_config(config_file);
  const bool has_file = fs::exists(file);
  return parse(has_file ? contents_of(file) : source_of(config, config_file),
               (has_file ? file : config_file).string(), special_tokens(config));
}

ChatTemplate ChatTemplate::parse(std::string_view source, std::string name, Json variables) {
  return {Template::parse(source, std::move(name), kOptions), std::move(variables)};
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

}  // namespace radlads
