// radlads tokenize MODEL: text to ids, ids to text, or whole files to a token file.
#include "data/tokenize.h"

#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.h"
#include "core/error.h"
#include "core/units.h"
#include "core/utf8.h"
#include "io/binidx.h"
#include "io/file.h"
#include "text/tokenizer.h"

namespace radlads::cli {
namespace {

struct Arguments {
  std::filesystem::path model, output;
  std::string text;
  std::vector<TokenId> ids;
  std::vector<std::filesystem::path> files;
  TextOptions reading;
  bool no_special = false;
};

std::string standard_input() {
  std::string text = read_standard_input();
  if (const std::string mistake = utf8_mistake(text); !mistake.empty())
    fail("[tokenize] standard input: {}; convert the text to UTF-8", mistake);
  return text;
}

void write_token_file(const Arguments& arguments, const Tokenizer& tokenizer) {
  if (arguments.output.empty()) fail("[tokenize] give --output NAME for the token file (NAME.bin, NAME.idx)");
  tokenize_files(arguments.files, arguments.reading, tokenizer, tokenizer.vocab_size(), arguments.output);
  const Binidx written(arguments.output);
  fmt::print("{}, {} in {}.bin\n", counted(written.num_documents(), "document"),
             counted(written.num_tokens(), "token"), arguments.output.string());
}

void run(const Arguments& arguments, bool has_text) {
  const auto tokenizer = std::filesystem::is_directory(arguments.model)
                             ? load_tokenizer(arguments.model)
                             : load_tokenizer_json(arguments.model);
  if (!arguments.files.empty()) return write_token_file(arguments, *tokenizer);
  if (!arguments.ids.empty()) {
    check_ids(arguments.ids, tokenizer->vocab_size(), "tokenize");
    fmt::print("{}\n", tokenizer->decode(arguments.ids, arguments.no_special));
    return;
  }
  const std::string text = has_text ? arguments.text : standard_input();
  fmt::print("{}\n", fmt::join(tokenizer->encode(text, !arguments.no_special), " "));
}

}  // namespace

void add_tokenize(CLI::App& app) {
  CLI::App* command = app.add_subcommand("tokenize", "Encode text, decode ids, or make a token file");
  auto arguments = std::make_shared<Arguments>();
  add_model(*command, "MODEL", arguments->model, "model folder, hub name, or a tokenizer.json")->required();
  auto* text = command->add_option("--text", arguments->text, "text to encode; default: standard input")
                   ->check(utf8_text());
  command->add_option("--ids", arguments->ids, "ids to decode")
      ->delimiter(',')
      ->check(token_id())
      ->excludes(text);
  auto* files = command->add_option("--files", arguments->files, "text, JSON lines, Parquet or token files")
                    ->excludes(text)
                    ->excludes("--ids");
  add_text_options(*command, arguments->reading);
  command->add_option("--output", arguments->output, "name of the token file (.bin and .idx)")->needs(files);
  command
      ->add_flag("--no-special", arguments->no_special, "add no special tokens; leave them out when decoding")
      ->excludes(files);
  command->callback([arguments, text] { run(*arguments, text->count() > 0); });
}

}  // namespace radlads::cli
