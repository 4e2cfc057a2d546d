// Documents from files of text, JSON lines, JSON arrays and Parquet (io/data_kind.h says which is which),
// compressed or not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radlads {

struct TextOptions {
  std::string text_key = "text";  // the field, or column, that contains a document
  bool skip_bad_lines = false;    // leave out what cannot be read of JSON and Parquet, with a warning
};

/// Calls `document` with each document of the files, in order, one at a time (the view is valid during the
/// call); stops early when it returns false.
///
/// Text files: documents end at "<|endoftext|>" or at the end of the file. JSON and Parquet: one object or
/// row each, its field `text_key`; other fields may contain anything. White space (ASCII) around a document
/// is removed; empty documents are dropped. A UTF-8 byte order mark at the start of a file is dropped.
/// UserError naming file and line for an unreadable file, broken compression, a kind of file that is not
/// read, text that is not valid UTF-8, and, unless such are skipped, a bad line.
void for_each_document(std::span<const std::filesystem::path> files,
                       const std::function<bool(std::string_view)>& document,
                       const TextOptions& options = {});

/// The first `limit` documents (all, if negative).
std::vector<std::string> read_documents(std::span<const std::filesystem::path> files, int64_t limit = -1,
                                        const TextOptions& options = {});

/// The UserError that for_each_document would give for a file by how it begins: before long work, not in it.
void check_text_file(const std::filesystem::path& file);

}  // namespace radlads
