#include "io/data_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>

#include "core/error.h"
#include "io/json_cursor.h"

namespace radlads {
namespace {

using namespace std::string_view_literals;
namespace fs = std::filesystem;

constexpr auto kDecompress = "decompress it first, or compress it with gzip or zstd"sv,
               kConvert = "convert it to JSON lines or Parquet"sv,
               kExtractText = "convert its text to JSON lines, {\"text\": ...} on each"sv,
               kDownload = "download the file itself"sv;

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
    {"%PDF", "is a PDF document", kExtractText},
    {"GGUF", "is a GGUF model", "give text to read"},
    {"\x80\x02", "is a Python pickle", kConvert},
    {"\x80\x03", "is a Python pickle", kConvert},
    {"\x80\x04", "is a Python pickle", kConvert},
    {"\x80\x05", "is a Python pickle", kConvert},
    {"\xFF\xFE", "is UTF-16", "convert it to UTF-8"},
    {"\xFE\xFF", "is UTF-16", "convert it to UTF-8"},
};

constexpr Foreign kTextual[] = {
    // in lower case
    {"version https://git-lfs", "is a Git LFS pointer, not the file itself", "fetch it with `git lfs pull`"},
    {"<!doctype html", "is a web page", kDownload},
    {"<html", "is a web page", kDownload},
    {"<?xml", "is an XML document", kExtractText},
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

bool is_json_object(std::string_view text, const fs::path& path) {
  try {
    JsonCursor json(text, {"", path}, {.python_numbers = true});
    const bool is_object = json.kind() == JsonCursor::Kind::kObject;
    json.skip();
    json.finish();
    return is_object;
  } catch (const UserError&) {
    return false;
  }
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

bool begins_with_key(std::string_view object) { return without_space(object.substr(1)).starts_with('"'); }

/// `body` begins with '{'. What is not called JSON is JSON lines if its first line, as far as it is loaded,
/// is an object.
DataKind kind_of_objects(std::string_view body, const PeekedStream& stream, bool is_named_json) {
  const size_t end = body.find('\n');
  const std::string_view line = body.substr(0, end);
  if (is_named_json) {
    if (end != std::string_view::npos && without_space(line.substr(1)).empty())
      refuse(stream.path(), "has JSON objects that span several lines",
             "put each on one line: `jq -c . FILE`");
    return DataKind::kJsonLines;
  }
  const bool is_cut = end == std::string_view::npos && stream.head().size() == PeekedStream::kHeadBytes;
  const bool is_object = begins_with_key(line) && (is_cut || is_json_object(line, stream.path()));
  return is_object ? DataKind::kJsonLines : DataKind::kText;
}

/// `body` begins with '['.
DataKind kind_of_array(std::string_view body, bool is_named_json) {
  const std::string_view element = without_space(body.substr(1));
  const bool has_objects = element.starts_with('{') && (is_named_json || begins_with_key(element));
  if (has_objects) return DataKind::kJsonArray;
  return is_named_json ? DataKind::kJsonLines : DataKind::kText;
}

}  // namespace

DataKind data_kind(const PeekedStream& stream) {
  constexpr std::array kJsonEndings = {".json"sv, ".jsonl"sv, ".jsonlines"sv, ".ndjson"sv, ".jl"sv};
  const fs::path& path = stream.path();
  if (!stream.begins_with_text()) {
    if (stream.head().starts_with("PAR1")) return DataKind::kParquet;
    refuse_binary(path, stream.head());
  }
  const std::string ending = ending_of(path);
  const std::string_view body = without_space(stream.head());
  refuse_if_foreign(kTextual, lower_case(std::string(body.substr(0, 32))), path);
  refuse_if_foreign(kNamed, ending, path);
  if (ending == ".parquet") return DataKind::kParquet;
  const bool is_named_json =
      std::find(kJsonEndings.begin(), kJsonEndings.end(), ending) != kJsonEndings.end();
  if (body.starts_with('{')) return kind_of_objects(body, stream, is_named_json);
  if (body.starts_with('[')) return kind_of_array(body, is_named_json);
  return is_named_json ? DataKind::kJsonLines : DataKind::kText;
}

}  // namespace radlads
