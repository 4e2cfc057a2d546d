// Text files into a token file, once per run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "data/order.h"
#include "io/text_source.h"
#include "text/tokenizer.h"

namespace radlads {

/// UserError for a file that tokenize_files would refuse by how it begins: before long work, not in it.
void check_data_files(std::span<const std::filesystem::path> files);

/// Encodes every document of the files, with the special tokens that the tokenizer adds, into TARGET.bin and
/// TARGET.idx. A token file among them (is_binidx of io/binidx.h) is copied as it is. What is named twice, by
/// any names (links included), is read once, with a warning, except that both files of a pair are as
/// one. UserError for empty data, and for a token id of a token file that is not below
/// vocab_size.
void tokenize_files(std::span<const std::filesystem::path> files, const TextOptions& options,
                    const Tokenizer& tokenizer, int64_t vocab_size, const std::filesystem::path& target);

/// The token that a model should predict after a document: the first special token that the tokenizer puts in
/// front of every text, else <|endoftext|> if the vocabulary has it, else -1.
EndOfDocument end_of_document(const Tokenizer& tokenizer);

/// What comes before a text that starts from nothing: the special tokens that the tokenizer adds, else
/// the end of the document before.
std::vector<TokenId> document_start(const Tokenizer& tokenizer);

}  // namespace radlads
