// README.md of a student's folder, or of a pre-trained model's.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "report/facts.h"
#include "report/markdown.h"
#include "report/numbers.h"
#include "report/plain_text.h"
#include "report/run_report.h"

namespace radlads {
namespace report {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// The versions of tests/huggingface/run.sh.
constexpr const char* kTriedTransformers = "tested with 4.51.3 and 5.24.0";

constexpr const char* kPaper = "[arXiv 2505.03005](https://arxiv.org/abs/2505.03005)";

// Of the shortest published conversion: 100M to align, 250M to distill.
constexpr double kPublishedTokens = 350e6;

/// "owner/name" of the hub as it is; of a path only the folder's name.
std::string base_model(std::string_view teacher) {
  constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/";
  while (teacher.ends_with('/')) teacher.remove_suffix(1);
  const size_t slash = teacher.rfind('/');
  const bool is_hub_id = slash != std::string_view::npos && slash == teacher.find('/') && slash > 0 &&
                         !teacher.starts_with('.') &&
                         teacher.find_first_not_of(kOfNames) == std::string_view::npos;
  return std::string(is_hub_id || slash == std::string_view::npos ? teacher : teacher.substr(slash + 1));
}

std::string metadata(const RunReport& run) {
  std::string yaml = "---\nlibrary_name: transformers\npipeline_tag: text-generation\n";
  if (!run.teacher_name.empty()) yaml += "base_model: " + quoted(base_model(run.teacher_name)) + "\n";
  yaml += run.is_conversion ? "tags:\n- rwkv\n- linear-attention\n- radlads\n" : "tags:\n- radlads\n";
  return yaml + "---\n\n";
}

std::string of_parameters(const RunReport& run) {
  return run.student_parameters > 0 ? fmt::format(" of {} parameters", count(run.student_parameters)) : "";
}

std::string step_names(const RunReport& run) {
  std::string names;
  for (const StepReport& step : run.steps) names += (names.empty() ? "" : ", ") + markdown_text(step.name);
  return names;
}

/// The sentence on memory and time: what is constant, and what grows where softmax layers are kept.
std::string cost_sentence(const RunReport& run) {
  if (!run.softmax_layers.empty()) {
    return fmt::format(
        "The layers that keep softmax attention, {}, have a cache that grows with the text; all others take "
        "constant memory and time per token.",
        softmax_layers_text(run));
  }
  const auto memory = sequence_memory(run);
  if (!memory) return "Memory and time per token are constant, however long the text is.";
  const int64_t longest = latest_decode(run)->position;
  return fmt::format(
      "Memory and time per token are constant, however long the text is: a sequence takes {}, while the "
      "teacher's cache takes {} at {} tokens.",
      bytes(memory->state), bytes(memory->teacher_at(longest)), grouped(longest));
}

std::string what_it_is(const RunReport& run) {
  const std::string name = "**" + markdown_text(run.student_name) + "**";
  if (!run.is_conversion) {
    return fmt::format(
        "{} is a small language model{} with softmax attention, trained from scratch with {}.\n\n", name,
        of_parameters(run), markdown_text(run.program));
  }
  const std::string teacher =
      run.teacher_name.empty() ? "a softmax transformer" : markdown_text(run.teacher_name);
  const auto converted = run.layers - static_cast<int64_t>(run.softmax_layers.size());
  const std::string layers =
      run.softmax_layers.empty() ? "every layer" : fmt::format("{} of {} layers", converted, run.layers);
  std::string text =
      fmt::format("{} is a language model{}: {} with {} in place of its softmax attention in {}. ", name,
                  of_parameters(run), teacher, markdown_text(run.mixer), layers);
  text += fmt::format("It was converted by the RADLADS protocol ({}) with {}", kPaper,
                      markdown_text(run.program));
  if (!run.steps.empty()) text += fmt::format(" (steps: {})", step_names(run));
  return text + ". " + cost_sentence(run) + "\n\n";
}

void add_comparison(const ComparisonReport& c, Rows& rows) {
  rows.push_back({"Nats per token", number(c.teacher_nats_per_token), number(c.student_nats_per_token)});
  rows.push_back(
      {"Perplexity", number(std::exp(c.teacher_nats_per_token)), number(std::exp(c.student_nats_per_token))});
}

std::string figures(const RunReport& run) {
  Rows rows;
  if (run.comparison) add_comparison(*run.comparison, rows);
  for (const Compared& row : compared_decoding(run)) rows.push_back({row.name, row.teacher, row.student});
  if (rows.empty()) return "";
  std::string text = "## Figures\n\n" + markdown_table({"", "Teacher", "Student"}, rows) + "\n";
  if (!run.comparison) return text;
  const ComparisonReport& c = *run.comparison;
  return text + fmt::format(
                    "KL(teacher ‖ student) is {} nats/token, top-1 agreement {}, the perplexity ratio {}. "
                    "Both read: {} ({}, {} tokens).\n\n",
                    number(c.kl_per_token), percent(c.top1_agreement), number(perplexity_ratio(c)),
                    markdown_text(c.text), grouped(c.documents, "document"), count(c.tokens));
}

std::string how_to_use(const RunReport& run) {
  const std::string trust = run.is_conversion ? "trust_remote_code=True, " : "";
  const std::string tokenizer_trust = run.is_conversion ? ", trust_remote_code=True" : "";
  const std::string python = fmt::format(
      "import torch\n"
      "from transformers import AutoModelForCausalLM, AutoTokenizer\n"
      "\n"
      "name = {}  # this folder\n"
      "tokenizer = AutoTokenizer.from_pretrained(name{})\n"
      "model = AutoModelForCausalLM.from_pretrained(\n"
      "    name, {}torch_dtype=torch.bfloat16, device_map=\"auto\"\n"
      ")\n"
      "inputs = tokenizer(\"Once upon a time\", return_tensors=\"pt\").to(model.device)\n"
      "output = model.generate(**inputs, max_new_tokens=100)\n"
      "print(tokenizer.decode(output[0], skip_special_tokens=True))\n",
      quoted(run.student_name), tokenizer_trust, trust);
  std::string text =
      fmt::format("## Use\n\nWith `transformers` 4.51 or later ({}), and `accelerate` for `device_map`:\n\n",
                  kTriedTransformers);
  text += fenced("python", python);
  text += "\nWith the program `radlads`, without Python:\n\n";
  return text +
         fenced("sh", fmt::format("radlads generate {} --prompt 'Once upon a time'",
                                  shell_word(run.student_name))) +
         "\n";
}

std::string how_it_was_made(const RunReport& run) {
  std::string text;
  Rows rows;
  for (const StepReport& step : run.steps) {
    const auto rate = tokens_per_second(step);
    rows.push_back({step.name, count(tokens_of(step)), grouped(static_cast<int64_t>(step.tokens.size())),
                    rate ? duration(step.seconds) : "–", number(step.first_loss), number(step.last_loss),
                    step.unit});
  }
  if (!rows.empty()) {
    text +=
        markdown_table({"Step", "Tokens", "Updates", "Time", "First loss", "Last loss", "Unit"}, rows) + "\n";
  }
  if (!run.command.empty()) text += fenced("sh", run.command) + "\n";
  if (!run.recipe.empty()) text += "The recipe, with every option:\n\n" + fenced("yaml", run.recipe) + "\n";
  return text.empty() ? "" : "## How it was made\n\n" + text;
}

std::string limits_of_conversion(const RunReport& run) {
  std::string text = run.comparison
                         ? "- The figures above are all that was measured: no tasks, no benchmarks.\n"
                         : "- The student was not compared with its teacher.\n";
  text +=
      "- A state of fixed size cannot hold every detail of a long text: exact recall from far back is where "
      "such models lose most against their teachers.\n";
  const double tokens =
      std::accumulate(run.steps.begin(), run.steps.end(), 0.0,
                      [](double sum, const StepReport& step) { return sum + tokens_of(step); });
  if (tokens > 0 && tokens < kPublishedTokens) {
    text += fmt::format("- This conversion read {} tokens; the published ones read {} and more.\n",
                        count(tokens), count(kPublishedTokens));
  }
  return text +
         "- The student has learned the teacher's mistakes and biases.\n"
         "- The teacher's license applies to these weights.\n";
}

std::string limits(const RunReport& run) {
  if (run.is_conversion) return "## Limits\n\n" + limits_of_conversion(run);
  return "## Limits\n\n"
         "- Nothing but the training loss was measured.\n"
         "- A small model that was trained on little text writes fluently at best: do not rely on what it "
         "says.\n"
         "- No license is stated here; check that of the text it was trained on.\n";
}

}  // namespace
}  // namespace report

std::string model_card(const RunReport& run) {
  using namespace report;
  return metadata(run) + "# " + markdown_text(run.student_name) + "\n\n" + what_it_is(run) + figures(run) +
         how_to_use(run) + how_it_was_made(run) + limits(run);
}

}  // namespace radlads
