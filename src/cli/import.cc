// radlads import WEIGHTS FOLDER: weights of RWKV as its authors publish them, into a model folder.
#include "conversion/import.h"

#include <memory>

#include <fmt/format.h>

#include "cli/command.h"

namespace radlads::cli {

void add_import(CLI::App& app) {
  struct Arguments {
    std::filesystem::path weights, folder, tokenizer;
  };
  CLI::App* command =
      app.add_subcommand("import", "Make a model folder from a .pth or .safetensors file of RWKV weights");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("WEIGHTS", arguments->weights, "the weights in one file")->required();
  command->add_option("FOLDER", arguments->folder, "the model folder to make")->required();
  command
      ->add_option("--tokenizer", arguments->tokenizer,
                   "rwkv_vocab_v20230424.txt, a tokenizer.json, or a folder with one of them")
      ->required();
  command->callback([arguments] {
    import_rwkv(arguments->weights, arguments->tokenizer, arguments->folder);
    fmt::print("model: {}\n", arguments->folder.string());
  });
}

}  // namespace radlads::cli
