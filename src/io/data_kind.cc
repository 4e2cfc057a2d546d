#include "io/data_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>
#include <string>

#include "core/error.h"

namespace radlads {
namespace {

using namespace std::string_view_literals;
namespace fs = std::filesystem;

constexpr auto kDecompress = "decompress it first, or compress it with gzip or zstd"sv,
               kConvert = "convert it to JSON lines or Parquet"sv,
               kExtractText = "convert its text to JSON lines, {\"text\": ...} on each"sv;

/// A kind that is not read.
struct Foreign {
  std::string_view sign, what, remedy;
};

constexpr Foreign kBinary[] = {
    {"BZh", "is compressed with bzip2", kDecompress},
    {"\xFD\x37zXZ", "is compressed with xz", kDecompress},
    {"\x5D\0\0"sv, "is compressed with LZMA", kDecompress},
    {"\x04\x22\x4D\x18", "is compressed with LZ4", kDecompress},
    {"PK", "is a zip archive", "unpack it first"},
    {"7z\xBC\xAF", "is a 7-Zip archive", "unpack it first"},
    {"Rar!", "is a RAR archive", "unpack it first"},
    {"ARROW1", "is an Arrow file", kConvert},
    {"\xFF\xFF\xFF\xFF", "is an Arrow stream", kConvert},
    {"Obj\x01", "is an Avro file", kConvert},
    {"ORC", "is an ORC file", kConvert},
    {"\x89HDF", "is an HDF5 file", kConvert},
    {"SQLite format 3", "is an SQLite database", kConvert},
    {"\x93NUMPY", "is a NumPy array", "make a token file of it (.bin and .idx), or give the text"},
    {"MMIDIDX", "is the index of a token file",
     "give NAME.bin, with NAME.idx next to it; only training reads it"},
    {"GGUF", "is a GGUF model", "give text to read"},
    {"\x80\x02", "is a Python pickle", kConvert},
    {"\x80\x03", "is a Python pickle", kConvert},
    {"\x80\x04", "is a Python pickle", kConvert},
    {"\x80\x05", "is a Python pickle", kConvert},
    {"\xFF\xFE", "is UTF-16", "convert it to UTF-8"},
    {"\xFE\xFF", "is UTF-16", "convert it to UTF-8"},
};

constexpr Foreign kFalseDownloads[] = {
    // in lower case
    {"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch it with `git lfs pull`"},
    {"<!doctype html", "a web page", "download the file itself"},
    {"<html", "a web page", "download the file itself"},
};

constexpr Foreign kMarked[] = {
    // in lower case; some of these go on with bytes that are not text
    {"<?xml", "is an XML document", kExtractText},
    {"%pdf-", "is a PDF document", kExtractText},
    {"%!ps", "is a PostScript document", kExtractText},
    {"{\\rtf", "is an RTF document", kExtractText},
};

constexpr Foreign kNamed[] = {
    {".csv", "is CSV, which is not read", kConvert},
    {".tsv", "is TSV, which is not read", kConvert},
    {".bin", "is a token file by its name, not text", "give the text; only training reads tokens"},
    {".idx", "is a token file by its name, not text", "give the text; only training reads tokens"},
};

[[noreturn]] void refuse(const fs::path& path, std::string_view what, std::string_view remedy) {
  fail("[read_text] {} {}; {}", path.string(), what, remedy);
}

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// ".jsonl" of "A.JSONL.gz".
std::string ending_of(const fs::path& path) {
  fs::path name = lower_case(path.filename().string());
  if (name.extension() == ".gz" || name.extension() == ".zst") name.replace_extension();
  return name.extension().string();
}

std::string_view without_space(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

std::string beginning(std::string_view text) { return lower_case(std::string(text.substr(0, 32))); }

/// Web pages may begin with comments.
std::string_view without_comments(std::string_view text) {
  constexpr std::string_view kEnd = "-->";
  while (text.starts_with("<!--")) {
    const size_t end = text.find(kEnd);
    text = end == std::string_view::npos ? std::string_view() : without_space(text.substr(end + kEnd.size()));
  }
  return text;
}

bool is_safetensors(std::string_view head) {
  return head.size() > 8 && head.substr(4, 4) == "\0\0\0\0"sv &&
         without_space(head.substr(8)).starts_with('{');
}

void refuse_if_foreign(std::span<const Foreign> kinds, std::string_view begin, const fs::path& path) {
  for (const auto& [sign, what, remedy] : kinds) {
    if (begin.starts_with(sign)) refuse(path, what, remedy);
  }
}

void refuse_binary(const fs::path& path, std::string_view head) {
  refuse_if_foreign(kBinary, head, path);
  constexpr size_t kTarMagic = 257;
  if (head.size() > kTarMagic && head.substr(kTarMagic).starts_with("ustar"))
    refuse(path, "is a tar archive", "unpack it first");
  if (is_safetensors(head)) refuse(path, "contains tensors (safetensors)", "give text to read");
  if (head.find('\0') != std::string_view::npos)
    refuse(path, "is a binary file", "give text (UTF-8), JSON lines or Parquet");
}

/// The rest of a text that begins with a JSON string, after it; nullopt if its end is not in sight.
std::optional<std::string_view> after_string(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return text.substr(i + 1);
    if (text[i] == '\\') ++i;
  }
  return std::nullopt;
}

/// Whether an object begins with a key in quotes and a colon, as in hardly any text that is not JSON.
bool begins_with_key(std::string_view object) {
  const std::string_view key = without_space(object.substr(1));
  if (!key.starts_with('"')) return false;
  const auto rest = after_string(key);
  return rest && without_space(*rest).starts_with(':');
}

/// Whether an object or array that begins in the line is still open at its end.
bool is_open(std::string_view line) {
  int depth = 0;
  while (!line.empty()) {
    const char c = line.front();
    if (c == '"') {
      const auto rest = after_string(line);
      if (!rest) return false;
      line = *rest;
      continue;
    }
    depth += (c == '{' || c == '[' ? 1 : 0) - (c == '}' || c == ']' ? 1 : 0);
    line.remove_prefix(1);
  }
  return depth > 0;
}

/// Whether the object that `body` begins with goes on in the next line. If another object begins there, the
/// first line is merely cut off, unless it ends where a value is due.
bool spans_lines(std::string_view body) {
  const size_t end = body.find('\n');
  const std::string_view line = body.substr(0, end);
  if (end == std::string_view::npos || !is_open(line)) return false;
  const std::string_view next = without_space(body.substr(end));
  const char last = line[line.find_last_not_of(" \t\r")];
  return !next.empty() && (!next.starts_with('{') || last == '[' || last == ':');
}

/// `body` begins with '{'. What is not called JSON is JSON nevertheless if it looks like it: a mistake in its
/// first line must not turn all of it into text.
DataKind kind_of_objects(std::string_view body, const fs::path& path, bool is_named_json) {
  if (!is_named_json && !begins_with_key(body)) return DataKind::kText;
  if (spans_lines(body))
    refuse(path, "has JSON objects that span several lines", "put each on one line: `jq -c . FILE`");
  return DataKind::kJsonLines;
}

/// `body` begins with '['.
DataKind kind_of_array(std::string_view body, bool is_named_json) {
  const std::string_view element = without_space(body.substr(1));
  const bool has_objects = element.starts_with('{') && (is_named_json || begins_with_key(element));
  const bool is_empty = is_named_json && element.starts_with(']');
  if (has_objects || is_empty) return DataKind::kJsonArray;
  return is_named_json ? DataKind::kJsonLines : DataKind::kText;
}

}  // namespace

std::optional<FalseDownload> false_download(std::string_view text) {
  const std::string begin = beginning(without_comments(without_space(text)));
  for (const auto& [sign, what, remedy] : kFalseDownloads) {
    if (begin.starts_with(sign)) return FalseDownload{what, remedy};
  }
  return std::nullopt;
}

DataKind data_kind(const PeekedStream& stream) {
  constexpr std::array kJsonEndings = {".json"sv, ".jsonl"sv, ".jsonlines"sv, ".ndjson"sv, ".jl"sv};
  const fs::path& path = stream.path();
  const std::string_view body = without_space(stream.head());
  if (const auto found = false_download(body)) refuse(path, fmt::format("is {}", found->what), found->remedy);
  refuse_if_foreign(kMarked, beginning(body), path);
  if (!stream.begins_with_text()) {
    if (stream.head().starts_with("PAR1")) return DataKind::kParquet;
    refuse_binary(path, stream.head());
  }
  const std::string ending = ending_of(path);
  refuse_if_foreign(kNamed, ending, path);
  if (ending == ".parquet") return DataKind::kParquet;
  const bool is_named_json =
      std::find(kJsonEndings.begin(), kJsonEndings.end(), ending) != kJsonEndings.end();
  if (body.starts_with('{')) return kind_of_objects(body, path, is_named_json);
  if (body.starts_with('[')) return kind_of_array(body, is_named_json);
  return is_named_json ? DataKind::kJsonLines : DataKind::kText;
}

}  // namespace radlads
