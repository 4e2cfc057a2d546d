#include "text/metaspace.h"

#include "core/utf8.h"

namespace radlads::text {
namespace {

PrependScheme parse_scheme(const JsonField& field) {
  const auto declared = field.find("prepend_scheme");
  const std::string name = declared ? declared->as_string() : "always";
  // The older spelling; if both are given they must agree.
  if (!field.flag_or("add_prefix_space", true)) {
    if (declared && name != "never") declared->fail("{} contradicts add_prefix_space", in_quotes(name));
    return PrependScheme::kNever;
  }
  if (name == "always") return PrependScheme::kAlways;
  if (name == "first") return PrependScheme::kFirst;
  if (name == "never") return PrependScheme::kNever;
  declared->fail("{} is not supported", in_quotes(name));
}

}  // namespace

MetaspaceOptions MetaspaceOptions::parse(const JsonField& field) {
  field.allow_only({"type", "replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep"});
  MetaspaceOptions options = {.scheme = parse_scheme(field), .split = field.flag_or("split", true)};
  append_utf8(field.at("replacement").as_character(), options.replacement);
  return options;
}

}  // namespace radlads::text
