#include "cli/examples.h"

#include <map>
#include <string>
#include <string_view>

#include "core/error.h"

namespace radlads::cli {
namespace {

const std::map<std::string_view, std::string_view> kExamples = {
    {"radlads", R"(
  radlads convert Qwen2.5-0.5B-Instruct student --data texts.jsonl.zst
  radlads generate student --prompt "Once upon a time"
  radlads COMMAND --help)"},
    {"convert", R"(
  radlads convert Qwen2.5-0.5B-Instruct student --data texts.jsonl.zst
  radlads convert Qwen2.5-0.5B-Instruct student --data texts.jsonl.zst --resume
  radlads convert TEACHER student --recipe recipe.yaml --distill.tokens 250M --softmax_layers 0,12
  radlads convert TEACHER student --data self --mixer rwkv6       (the teacher writes the text))"},
    {"transfer", R"(
  radlads transfer TEACHER student --mixer rwkv7)"},
    {"align", R"(
  radlads align TEACHER aligned --data texts.jsonl --align.tokens 20M
  radlads align TEACHER aligned --from student --data texts.jsonl)"},
    {"distill", R"(
  radlads distill TEACHER distilled --from aligned --data texts.jsonl --distill.tokens 50M)"},
    {"extend", R"(
  radlads extend TEACHER extended --from distilled --data books.jsonl --extend.context 16384)"},
    {"pretrain", R"(
  radlads pretrain model/config.json model.trained --data texts.jsonl --pretrain.tokens 100M)"},
    {"ablate", R"(
  radlads ablate TEACHER ablation --recipe examples/ablation.yaml --data self
  radlads ablate TEACHER ablation --recipe examples/ablation.yaml --data texts.jsonl --rows rows.yaml)"},
    {"generate", R"(
  radlads generate student --prompt "Once upon a time" --temperature 0.8 --top-p 0.9
  radlads generate student --prompt "Once upon a time" --greedy --max-new-tokens 50)"},
    {"perplexity", R"(
  radlads perplexity student --text stories.txt --context 2048)"},
    {"compare", R"(
  radlads compare TEACHER student --text stories.txt --documents 200
  radlads compare TEACHER student --text stories.txt --json comparison.json)"},
    {"import", R"(
  radlads import rwkv7-g1-0.4b.pth goose --tokenizer rwkv_vocab_v20230424.txt)"},
    {"info", R"(
  radlads info student)"},
    {"tokenize", R"(
  radlads tokenize TEACHER --files texts.jsonl.zst --output tokens
  echo "Once upon a time" | radlads tokenize TEACHER)"},
    {"logits", R"(
  radlads logits student --ids 12 345 6 --out logits.safetensors)"},
    {"bench", R"(
  radlads bench student --positions 1000,100000)"},
    {"eval", R"(
  radlads eval student --tasks lambada_openai,arc_easy --data data
  radlads eval student --against TEACHER --tasks radlads --data data --output results
  radlads eval --tasks list)"},
};

}  // namespace

void add_examples(CLI::App& app) {
  const auto add = [](CLI::App& command, const std::string& name) {
    const auto it = kExamples.find(name);
    RADLADS_CHECK(it != kExamples.end(), "no examples for {}", name);
    command.footer("Examples:" + std::string(it->second));
  };
  add(app, "radlads");
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    add(*command, command->get_name());
}

}  // namespace radlads::cli
