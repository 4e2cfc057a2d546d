// Documents out of text files: JSON lines (.jsonl) and plain text (.txt and any other ending), each also as
// .gz or .zst.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace radlads {

/// Calls `document` with each document of the files, in order, one at a time (the view is valid during the
/// call); stops early when it returns false.
///
/// Text files: documents end at "<|endoftext|>" or at the end of the file. JSON lines: one object a line, its
/// field "text". White space (ASCII) around a document is removed; empty documents are dropped. A UTF-8 byte
/// order mark at the start of a file is dropped. UserError naming file and line for an unreadable file,
/// broken compression, a bad JSON line, a line without "text", and text that is not valid UTF-8.
void for_each_document(std::span<const std::filesystem::path> files,
                       const std::function<bool(std::string_view)>& document);

/// The first `limit` documents (all, if negative).
std::vector<std::string> read_documents(std::span<const std::filesystem::path> files, int64_t limit = -1);

}  // namespace radlads
