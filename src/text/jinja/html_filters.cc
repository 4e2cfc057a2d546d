// Filters that make texts safe in HTML and in URLs, or remove HTML from them.

#include <charconv>

#include "core/utf8.h"
#include "text/jinja/access.h"
#include "text/jinja/filters.h"
#include "text/jinja/markup.h"
#include "text/jinja/printing.h"
#include "text/jinja/strings.h"

namespace radlads::jinja {
namespace {

Value safe(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  return Value::markup(text_of(site, subject));
}

Value escape(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  if (subject.is_markup()) return subject;
  const std::string text = text_of(site, subject);
  std::string safe_text;
  site.append(escaped(text), safe_text);
  return Value::markup(std::move(safe_text));
}

Value forceescape(const Site& site, const Value& subject, const Arguments& arguments) {
  return escape(site, text_of(site, subject), arguments);
}

// The character of an entity, "lt" or "#60", in UTF-8; empty if it is not known.
std::string character_of(std::string_view entity) {
  constexpr std::pair<std::string_view, std::string_view> kNamed[] = {
      {"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", "\u00A0"}};
  for (const auto& [name, character] : kNamed) {
    if (name == entity) return std::string(character);
  }
  if (!entity.starts_with('#')) return {};
  const bool is_hex = entity.size() > 1 && (entity[1] | 0x20) == 'x';
  entity.remove_prefix(is_hex ? 2 : 1);
  uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(entity.data(), entity.data() + entity.size(), code, is_hex ? 16 : 10);
  const bool is_character =
      code >= 0x20 && code < 0x110000 && (code < 0x7F || code > 0x9F) && (code < 0xD800 || code > 0xDFFF);
  if (error != std::errc() || end != entity.data() + entity.size() || !is_character) return {};
  std::string character;
  append_utf8(code, character);
  return character;
}

std::string unescaped(const Site& site, std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t end = text[i] == '&' ? text.find(';', i) : text.npos;
    const std::string character = end == text.npos ? "" : character_of(text.substr(i + 1, end - i - 1));
    if (end != text.npos && end - i < 32 && character.empty() && text.find(' ', i) > end)
      site.fail("striptags: the entity {} is not supported", text.substr(i, end + 1 - i));
    site.append(character.empty() ? text.substr(i, 1) : std::string_view(character), out);
    i = character.empty() ? i + 1 : end + 1;
  }
  return out;
}

// Without tags and comments, and with one space for each run of white space.
Value striptags(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  const std::string text = text_of(site, subject);
  std::string kept;
  size_t position = 0;
  for (size_t start = 0; (start = text.find('<', position)) != text.npos;) {
    const bool is_comment = text.compare(start, 4, "<!--") == 0;
    const size_t end = is_comment ? text.find("-->", start + 4) : text.find('>', start);
    if (end == text.npos) break;
    kept += text.substr(position, start - position);
    position = end + (is_comment ? 3 : 1);
  }
  kept += text.substr(position);
  std::string joined;
  for (const std::string_view word : split(kept, -1)) {
    if (!joined.empty()) joined += ' ';
    joined += word;
  }
  return unescaped(site, joined);
}

Value xmlattr(const Site& site, const Value& subject, const Arguments& arguments) {
  const Bound given(site, arguments, {"autospace"});
  site.require_defined(subject);
  if (subject.dict() == nullptr) site.fail("xmlattr: {} is not a dict", subject.type_name());
  std::string out;
  for (const auto& [key, value] : subject.dict()->entries) {
    if (value.is_none() || value.undefined() != nullptr) continue;
    if (key.text() == nullptr || key.text()->find_first_of(" \t\n\v\f\r/>=") != std::string::npos)
      site.fail("xmlattr: {} cannot be the name of an attribute", text_of(site, key));
    const auto part = [&](const Value& one) {
      return one.is_markup() ? *one.text() : escaped(text_of(site, one));
    };
    site.append(fmt::format("{}{}=\"{}\"", out.empty() ? "" : " ", part(key), part(value)), out);
  }
  return given.flag(0, true) && !out.empty() ? fmt::format(" {}", out) : out;
}

std::string quoted(const Site& site, const Value& value, bool is_query) {
  std::string out;
  for (const char c : text_of(site, value)) {
    const auto byte = static_cast<uint8_t>(c);
    const bool is_plain = (byte < 0x80 && std::isalnum(byte) != 0) || c == '_' || c == '.' || c == '-' ||
                          c == '~' || (c == '/' && !is_query);
    site.append(is_plain               ? std::string(1, c)
                : c == ' ' && is_query ? "+"
                                       : fmt::format("%{:02X}", byte),
                out);
  }
  return out;
}

Value urlencode(const Site& site, const Value& subject, const Arguments& arguments) {
  require_none(site, arguments);
  site.require_usable(subject);
  if (subject.text() != nullptr || !is_iterable(subject)) return quoted(site, subject, false);
  std::string out;
  const auto append = [&](const Value& key, const Value& value) {
    site.append(
        fmt::format("{}{}={}", out.empty() ? "" : "&", quoted(site, key, true), quoted(site, value, true)),
        out);
  };
  if (const Dict* dict = subject.dict()) {
    for (const auto& [key, value] : dict->entries) append(key, value);
    return out;
  }
  for (const Value& pair : items_of(site, subject)) {
    const Values parts = items_of(site, pair);
    if (parts.size() != 2) site.fail("urlencode: {} values for a name and a value", parts.size());
    append(parts[0], parts[1]);
  }
  return out;
}

constexpr Filter kFilters[] = {
    {"safe", safe},           {"escape", escape},   {"e", escape},           {"forceescape", forceescape},
    {"striptags", striptags}, {"xmlattr", xmlattr}, {"urlencode", urlencode}};

}  // namespace

std::span<const Filter> html_filters() { return kFilters; }

}  // namespace radlads::jinja
