#include "io/text_source.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/byte_stream.h"
#include "io/json.h"
#include "io/text_pieces.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using DocumentCallback = std::function<bool(std::string_view)>;

bool is_json_lines(fs::path path) {
  if (path.extension() == ".gz" || path.extension() == ".zst") path.replace_extension();
  return path.extension() == ".jsonl";
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";
  const size_t begin = text.find_first_not_of(kWhiteSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) + 1 - begin);
}

/// False once the callback has asked to stop.
bool give(std::string_view text, const DocumentCallback& document) {
  const std::string_view body = trimmed(text);
  return body.empty() || document(body);
}

bool read_plain(const fs::path& path, const DocumentCallback& document) {
  TextPieces pieces(open_byte_stream(path), "<|endoftext|>");
  while (const auto piece = pieces.next()) {
    if (!give(*piece, document)) return false;
  }
  return true;
}

bool read_json_lines(const fs::path& path, const DocumentCallback& document) {
  TextPieces lines(open_byte_stream(path), "\n");
  while (const auto line = lines.next()) {
    if (trimmed(*line).empty()) continue;
    const std::string subject = fmt::format("[read_text] line {}", lines.line());
    const nlohmann::json object = parse_json(*line, subject, path);
    if (!object.is_object())
      fail("{}: is no JSON object but {} in {}", subject, object.type_name(), path.string());
    const auto text = object.find("text");
    if (text == object.end()) fail("{}: has no field \"text\" in {}", subject, path.string());
    if (!text->is_string()) {
      fail("{}: the field \"text\" is no string but {} in {}", subject, text->type_name(), path.string());
    }
    if (!give(text->get_ref<const std::string&>(), document)) return false;
  }
  return true;
}

}  // namespace

void for_each_document(std::span<const fs::path> files, const DocumentCallback& document) {
  for (const fs::path& path : files) {
    const bool go_on = is_json_lines(path) ? read_json_lines(path, document) : read_plain(path, document);
    if (!go_on) return;
  }
}

std::vector<std::string> read_documents(std::span<const fs::path> files, int64_t limit) {
  std::vector<std::string> documents;
  if (limit == 0) return documents;
  for_each_document(files, [&](std::string_view document) {
    documents.emplace_back(document);
    return static_cast<int64_t>(documents.size()) != limit;
  });
  return documents;
}

}  // namespace radlads
