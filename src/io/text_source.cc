#include "io/text_source.h"

#include <memory>
#include <optional>
#include <system_error>

#include "core/error.h"
#include "core/log.h"
#include "core/units.h"
#include "core/utf8.h"
#include "io/byte_stream.h"
#include "io/data_kind.h"
#include "io/file.h"
#include "io/json_cursor.h"
#include "io/parquet.h"
#include "io/printable.h"
#include "io/text_pieces.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using DocumentCallback = std::function<bool(std::string_view)>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";
  const size_t begin = text.find_first_not_of(kWhiteSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) + 1 - begin);
}

/// The fields of an object, which is valid, that a document could be in, and how to choose one.
std::string other_fields(std::string_view object, const JsonPlace& place) {
  std::string texts, others;
  JsonCursor json(object, place, {.python_numbers = true});
  json.enter_object();
  while (const auto key = json.next_key()) {
    const std::string name = in_quotes(*key);
    std::string& names = json.kind() == JsonCursor::Kind::kString ? texts : others;
    names += (names.empty() ? "" : ", ") + name;
    json.skip();
  }
  if (!texts.empty()) return fmt::format("; it has {}: choose one with --text_key", texts);
  return others.empty() ? "" : fmt::format("; what it has is not text: {}", others);
}

/// Reads one file.
class DocumentReader {
 public:
  DocumentReader(const fs::path& file, const TextOptions& options, const DocumentCallback& document)
      : file_(file), options_(options), document_(document) {}

  /// False once the callback has asked to stop.
  bool read() {
    auto stream = open_byte_stream(file_);
    const DataKind kind = data_kind(*stream);
    const bool goes_on = read(kind, std::move(stream));
    if (num_skipped_ > 0)
      warn("{}: left out {} that cannot be read; the first: {}", file_.string(),
           counted(num_skipped_, "document"), first_skipped_);
    return goes_on;
  }

 private:
  bool read(DataKind kind, std::unique_ptr<ByteStream> stream) {
    switch (kind) {
      case DataKind::kJsonLines:
        return read_json_lines(std::move(stream));
      case DataKind::kJsonArray:
        return read_json_array(*stream);
      case DataKind::kParquet:
        return read_parquet();
      default:
        return read_plain(std::move(stream));
    }
  }

  bool read_plain(std::unique_ptr<ByteStream> stream) {
    TextPieces pieces(std::move(stream), "<|endoftext|>");
    while (const auto piece = pieces.next()) {
      if (!give(*piece)) return false;
    }
    return true;
  }

  bool read_json_lines(std::unique_ptr<ByteStream> stream) {
    TextPieces lines(std::move(stream), "\n", PieceCheck::kNone);  // the cursor checks each line
    while (const auto line = lines.next()) {
      if (trimmed(*line).empty()) continue;
      if (!give_field(*line, {kSubject, file_, lines.line()})) return false;
    }
    return true;
  }

  bool read_json_array(ByteStream& stream) {
    const std::string text = read_all(stream);
    JsonCursor array(text, {kSubject, file_}, kRules);
    array.enter_array();
    for (int64_t i = 0; array.next_element(); ++i) {
      const std::string subject = fmt::format("{} element {}", kSubject, i);
      if (!give_field(array.skip(), {subject, file_})) return false;
    }
    array.finish();
    return true;
  }

  bool read_parquet() {
    int64_t row = 0;
    return for_each_text_of_column(file_, options_.text_key, [&](std::optional<std::string_view> text) {
      const std::string place = fmt::format("{} row {}", kSubject, row++);
      return give_or_skip([&] {
        if (!text) fail("{}: {} is null in {}", place, quoted_key(), file_.string());
        if (!is_utf8(*text)) fail("{}: {} is not valid UTF-8 in {}", place, quoted_key(), file_.string());
        return *text;
      });
    });
  }

  bool give_field(std::string_view object, const JsonPlace& place) {
    return give_or_skip([&] { return field_of(object, place); });
  }

  /// `text()` gives a document, or throws a UserError.
  template <class Text>
  bool give_or_skip(Text text) {
    std::string_view document;
    try {
      document = text();
    } catch (const UserError& error) {
      if (!options_.skip_bad_lines) throw;
      if (num_skipped_++ == 0) first_skipped_ = error.what();
      return true;
    }
    return give(document);
  }

  bool give(std::string_view text) {
    const std::string_view body = trimmed(text);
    return body.empty() || document_(body);
  }

  std::string_view field_of(std::string_view object, const JsonPlace& place);
  std::string quoted_key() const { return in_quotes(options_.text_key); }

  static constexpr std::string_view kSubject = "[read_text]";
  static constexpr JsonRules kRules = {.python_numbers = true};

  const fs::path& file_;
  const TextOptions& options_;
  const DocumentCallback& document_;
  std::string storage_;  // of a field that has escapes
  int64_t num_skipped_ = 0;
  std::string first_skipped_;
};

std::string_view DocumentReader::field_of(std::string_view object, const JsonPlace& place) {
  JsonCursor json(object, place, kRules);
  if (json.kind() != JsonCursor::Kind::kObject) {
    const std::string kind(json.kind_name());
    json.skip();
    json.finish();  // "null and void" is not JSON at all
    json.fail(fmt::format("is {}, not a JSON object", kind));
  }
  std::optional<std::string_view> text;
  json.enter_object();
  while (const auto key = json.next_key()) {
    if (*key != options_.text_key) {
      json.skip();
      continue;
    }
    if (text) json.fail(fmt::format("the key {} appears twice", quoted_key()));
    if (json.kind() != JsonCursor::Kind::kString)
      json.fail(fmt::format("the field {} is {}, not a string", quoted_key(), json.kind_name()));
    text = json.string(storage_);
  }
  json.finish();
  if (!text) json.fail(fmt::format("has no field {}", quoted_key()), other_fields(object, place));
  return *text;
}

}  // namespace

void for_each_document(std::span<const fs::path> files, const DocumentCallback& document,
                       const TextOptions& options) {
  for (const fs::path& path : files) {
    if (!DocumentReader(path, options, document).read()) return;
  }
}

std::vector<std::string> read_documents(std::span<const fs::path> files, int64_t limit,
                                        const TextOptions& options) {
  std::vector<std::string> documents;
  if (limit == 0) return documents;
  const auto keep = [&](std::string_view document) {
    documents.emplace_back(document);
    return static_cast<int64_t>(documents.size()) != limit;
  };
  for_each_document(files, keep, options);
  return documents;
}

void check_text_file(const fs::path& file) {
  // What can be read only once, such as a pipe, is not checked here.
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored) && !fs::is_directory(file, ignored))
    return check_readable(file, "read_text");
  if (data_kind(*open_byte_stream(file)) == DataKind::kParquet) check_reads_parquet(file);
}

}  // namespace radlads
