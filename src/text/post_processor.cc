#include "text/post_processor.h"

#include <algorithm>
#include <string>

#include "text/vocabulary.h"

namespace radlads::text {
namespace {

std::vector<TokenId> ids_of_special(const JsonField& special_tokens, const std::string& name) {
  std::vector<TokenId> ids;
  for (const JsonField& id : special_tokens.at(name).at("ids").elements()) {
    ids.push_back(static_cast<TokenId>(id.as_integer(0, kMaxVocabulary - 1)));
  }
  return ids;
}

PostProcessor parse_template(const JsonField& field) {
  field.allow_only({"type", "single", "pair", "special_tokens"});
  PostProcessor result;
  int num_texts = 0;
  for (const JsonField& part : field.at("single").elements()) {
    if (const auto special = part.find("SpecialToken")) {
      const auto ids = ids_of_special(field.at("special_tokens"), special->at("id").as_string());
      auto& side = num_texts == 0 ? result.before : result.after;
      side.insert(side.end(), ids.begin(), ids.end());
    } else {
      const JsonField which = part.at("Sequence").at("id");
      if (which.as_string() != "A") which.fail("{} is not supported", in_quotes(which.as_string()));
      ++num_texts;
    }
  }
  if (num_texts != 1) field.at("single").fail("must contain the text once, not {} times", num_texts);
  return result;
}

// BERT's and RoBERTa's: [token, id] before and after.
PostProcessor parse_pair(const JsonField& field) {
  const auto id_of = [&](std::string_view key) {
    const JsonField pair = field.at(key);
    const auto elements = pair.elements();
    if (elements.size() != 2) pair.fail("must be a token and its id");
    return static_cast<TokenId>(elements[1].as_integer(0, kMaxVocabulary - 1));
  };
  return {.before = {id_of("cls")}, .after = {id_of("sep")}};
}

}  // namespace

PostProcessor PostProcessor::parse(const JsonField& field) {
  if (field.is_null()) return {};
  const std::string type = field.type();
  if (type == "TemplateProcessing") return parse_template(field);
  if (type == "ByteLevel") {
    field.allow_only({"type", "add_prefix_space", "trim_offsets", "use_regex"});
    return {};
  }
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    field.allow_only({"type", "sep", "cls", "add_prefix_space", "trim_offsets"});
    return parse_pair(field);
  }
  if (type != "Sequence") field.fail_unsupported_type();
  field.allow_only({"type", "processors"});
  PostProcessor all;
  for (const JsonField& element : field.at("processors").elements()) {
    const PostProcessor next = parse(element);
    all.before.insert(all.before.begin(), next.before.begin(), next.before.end());
    all.after.insert(all.after.end(), next.after.begin(), next.after.end());
  }
  return all;
}

}  // namespace radlads::text
