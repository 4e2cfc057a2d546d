// radlads eval MODEL --tasks ...: the figures of lm-evaluation-harness, and relative to a teacher.
#include <charconv>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "cli/command.h"
#include "conversion/reports.h"
#include "core/error.h"
#include "core/log.h"
#include "core/units.h"
#include "eval/against.h"
#include "eval/evaluate.h"
#include "eval/journal.h"
#include "eval/results.h"
#include "eval/task_library.h"
#include "io/file.h"
#include "io/yaml_json.h"
#include "model/identity.h"
#include "report/numbers.h"

namespace radlads::cli {
namespace {

struct Arguments {
  std::filesystem::path model, against, output;
  std::vector<std::filesystem::path> include_paths;
  std::vector<std::string> lengths;
  eval::EvalSettings settings;
  int64_t num_fewshot = -1, max_length = 0, sequences_per_batch = 0;
  std::string limit, batch = "auto", generation, template_date;
  bool has_limit = false;
  bool no_reuse = false, write_out = false;
  ComputeOptions compute;
};

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// "temperature=0.5,max_gen_toks=100": values as in YAML.
Json parse_generation(const std::string& text) {
  Json members = Json::object();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0) fail("[eval] --gen-kwargs: {:?} is not NAME=VALUE", part);
    members[part.substr(0, equals)] = parse_yaml(part.substr(equals + 1), "eval", "--gen-kwargs");
    begin = end + 1;
  }
  return members;
}

int64_t parse_batch(const std::string& text) {
  if (text == "auto") return 0;
  int64_t batch = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), batch);
  if (error != std::errc() || end != text.data() + text.size() || batch < 1)
    fail("[eval] --batch or --batch_size: {:?} is neither auto nor a whole number of at least 1", text);
  return batch;
}

/// Without the blanks around them.
std::vector<std::string> parse_tasks(const std::vector<std::string>& texts) {
  std::vector<std::string> names;
  for (const std::string& text : texts) {
    const size_t begin = text.find_first_not_of(' ');
    if (begin == std::string::npos) fail("[eval] --tasks: a name is empty: give names such as arc_easy,piqa");
    names.push_back(text.substr(begin, text.find_last_not_of(' ') + 1 - begin));
  }
  return names;
}

/// UserError if none of the tasks has a length.
void check_lengths(const eval::TaskLibrary& library, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    for (const std::string& task : library.tasks_of(name)) {
      if (task.find('@') != std::string::npos) return;
    }
  }
  fail("[eval] --length: none of the tasks generates its documents; those of the group synthetic do");
}

/// "100" documents, or a fraction of them, as in the harness: "0.02".
double parse_limit(const std::string& text) {
  double limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (!is_number || !(limit > 0) || limit > 1e15 || (limit > 1 && limit != std::floor(limit)))
    fail("[eval] --limit: {:?} is neither a number of documents nor a fraction between 0 and 1", text);
  return limit;
}

std::vector<int64_t> parse_lengths(const std::vector<std::string>& texts) {
  std::vector<int64_t> lengths;
  for (const std::string& text : texts) {
    const auto length = parse_count(text);
    if (!length || *length < 1) fail("[eval] --length: {:?} is not a number of tokens such as 4096", text);
    lengths.push_back(*length);
  }
  return lengths;
}

void print_first_prompts(const std::vector<eval::PreparedTask>& tasks) {
  for (const eval::PreparedTask& prepared : tasks) {
    if (prepared.questions.empty()) continue;
    const eval::Question& question = prepared.questions.front();
    fmt::print("{}, document {}, target {}:\n", prepared.task.name, question.doc_id,
               eval::python_text(question.target));
    for (const eval::TextRequest& request : question.requests)
      fmt::print("context: {:?}\ncontinuation: {:?}\n", request.context, request.continuation);
    fmt::print("\n");
  }
}

void list_tasks(const eval::TaskLibrary& library) {
  for (const std::string& name : library.names()) {
    try {
      if (library.is_group(name)) {
        fmt::print("{} ({})\n", name, counted(std::ssize(library.tasks_of(name)), "task"));
      } else {
        fmt::print("{}\n", name);
      }
    } catch (const UserError& error) {
      fmt::print("{} (cannot be used: {})\n", name, error.what());
    }
  }
}

/// Next to the student's results; that of an earlier evaluation is replaced.
std::filesystem::path page_of(const Arguments& arguments) {
  return eval::results_folder(arguments.output, arguments.model.string()) / "report.html";
}

void write_page(EvaluationReport report, const Arguments& arguments, const std::string& command) {
  if (arguments.output.empty()) return;
  report.student_name = model_name(arguments.model);
  if (!arguments.against.empty()) report.teacher_name = teacher_name(arguments.against);
  report.date = report::date(std::chrono::system_clock::now());
  report.program = "radlads " RADLADS_VERSION;
  report.command = command;
  write_text_file(page_of(arguments), evaluation_page(report));
  info("report: {}", page_of(arguments).string());
}

/// Evaluates one model: its results are printed, and written if there is an output folder.
eval::EvalResult evaluate_model(const std::filesystem::path& folder, const eval::TaskLibrary& library,
                                const Arguments& arguments) {
  const double start = now();
  const eval::EvalSettings& settings = arguments.settings;
  const eval::ComputeSettings compute = {arguments.sequences_per_batch, !arguments.no_reuse,
                                         arguments.compute.num_threads()};
  const eval::EvalModel model =
      eval::open_model_for_evaluation(folder, arguments.compute.compute(), settings);
  auto prepared = eval::prepare_tasks(library, settings, model);
  if (!arguments.against.empty()) eval::check_comparable(prepared);
  if (arguments.write_out) print_first_prompts(prepared);

  std::unique_ptr<eval::Journal> journal;
  std::filesystem::path place;
  if (!arguments.output.empty()) {
    place = eval::results_folder(arguments.output, folder.string());
    make_folder(place);
    check_target(page_of(arguments));
    const std::string key = eval::journal_key(model, prepared, settings, compute, arguments.compute.dtype);
    journal = std::make_unique<eval::Journal>(place / "unfinished.jsonl", key);
    if (journal->num_resumed() > 0)
      info("resuming after {} of an earlier run", counted(journal->num_resumed(), "answer"));
  }
  eval::EvalResult result =
      eval::evaluate(model, library, std::move(prepared), settings, compute, journal.get());
  fmt::print("{}", eval::results_table(result));
  if (journal) {
    const eval::RunFacts facts = {
        folder.string(), arguments.compute.dtype, compute.batch, compute.num_threads, start,
        now(),           RADLADS_VERSION};
    const auto file = eval::write_results(result, settings, facts, place);
    journal->remove();
    info("results in {}", file.string());
  }
  return result;
}

void run(Arguments& arguments, const std::string& command) {
  const eval::TaskLibrary library(eval::own_tasks(), arguments.include_paths,
                                  parse_lengths(arguments.lengths));
  eval::EvalSettings& settings = arguments.settings;
  settings.tasks = parse_tasks(settings.tasks);
  if (settings.tasks == std::vector<std::string>{"list"}) return list_tasks(library);
  if (arguments.model.empty()) fail("[eval] MODEL is missing: give the model's folder before --tasks");
  if (!arguments.lengths.empty()) check_lengths(library, settings.tasks);
  arguments.sequences_per_batch = parse_batch(arguments.batch);
  if (arguments.num_fewshot >= 0) settings.num_fewshot = arguments.num_fewshot;
  if (arguments.max_length > 0) settings.max_length = arguments.max_length;
  if (arguments.has_limit) settings.limit = parse_limit(arguments.limit);
  if (!arguments.template_date.empty())
    settings.template_date = LocalTime::parse(arguments.template_date, "[eval] --template-date");
  settings.generation = parse_generation(arguments.generation);
  const eval::EvalResult student = evaluate_model(arguments.model, library, arguments);
  if (arguments.against.empty()) return write_page(evaluation_report(student), arguments, command);
  fmt::print("\n{}:\n", arguments.against.string());
  const eval::EvalResult teacher = evaluate_model(arguments.against, library, arguments);
  const eval::TaskComparison comparison = eval::compare_results(
      teacher, student, static_cast<uint64_t>(settings.seed), arguments.compute.num_threads());
  fmt::print("\n{}", eval::comparison_table(comparison));
  if (!arguments.output.empty()) {
    const auto file = eval::results_folder(arguments.output, arguments.model.string()) / "relative.json";
    write_text_file(file, eval::comparison_json(comparison, arguments.against.string()).dump(2) + "\n");
  }
  write_page(evaluation_report(student, teacher, comparison), arguments, command);
}

}  // namespace

void add_eval(CLI::App& app, const Invocation& invocation) {
  CLI::App* command = app.add_subcommand("eval", "Score a model on tasks, as lm-evaluation-harness does");
  auto arguments = std::make_shared<Arguments>();
  eval::EvalSettings& settings = arguments->settings;
  add_model(*command, "MODEL", arguments->model);
  command->add_option("--tasks", settings.tasks, "tasks, groups, tags or patterns; list: show them")
      ->delimiter(',')
      ->required();
  command->add_option("--data", settings.data, "folder with TASK.jsonl or TASK.SPLIT.jsonl")
      ->check(CLI::ExistingDirectory);
  add_model(*command, "--against", arguments->against,
            "the teacher, given like MODEL: adds scores relative to it");
  command->add_option("--output,--output_path", arguments->output,
                      "folder for results and samples; an interrupted run resumes there");
  command
      ->add_option("--num-fewshot,--num_fewshot", arguments->num_fewshot,
                   "examples in every prompt; default: as the task says")
      ->check(not_negative());
  const CLI::Option* limit = command->add_option("--limit", arguments->limit,
                                                 "documents per task, or a fraction of them such as 0.02");
  command->add_option("--batch,--batch_size", arguments->batch, "sequences per batch, or auto")
      ->capture_default_str();
  command->add_option("--include-path,--include_path", arguments->include_paths,
                      "folders with tasks of your own (YAML)");
  command
      ->add_option("--length", arguments->lengths,
                   "tokens per prompt and answer, for tasks that generate their documents (4096,16384)")
      ->delimiter(',');
  command
      ->add_option("--max-length", arguments->max_length,
                   "tokens in the model's window; default: max_position_embeddings in its config.json")
      ->check(whole_number(1));
  command->add_option("--seed", settings.seed, "seed for the examples and for generated documents")
      ->check(not_negative())
      ->capture_default_str();
  command->add_option("--gen-kwargs,--gen_kwargs", arguments->generation,
                      "for generated answers: temperature=0.5,max_gen_toks=100");
  command->add_flag("--apply-chat-template,--apply_chat_template", settings.apply_chat_template,
                    "format prompts with the model's chat template");
  command
      ->add_option("--template-date", arguments->template_date,
                   "date, or date and time, that chat templates see as now (2026-11-29); default: today")
      ->envname("RADLADS_TEMPLATE_DATE");
  command->add_option("--system-instruction,--system_instruction", settings.system_instruction,
                      "system message, or text before every prompt");
  command->add_flag("--fewshot-as-multiturn,--fewshot_as_multiturn", settings.fewshot_as_multiturn,
                    "make each example a turn of the chat");
  command->add_flag("--strict", settings.strict, "fail if a task of a group has no data");
  command->add_flag("--write-out,--write_out", arguments->write_out, "print the first prompt of each task");
  command->add_flag("--no-reuse", arguments->no_reuse,
                    "read shared beginnings of prompts again for each one");
  arguments->compute.add_to(*command);
  command->callback([arguments, limit, &invocation] {
    arguments->has_limit = limit->count() > 0;
    run(*arguments, invocation.text);
  });
}

}  // namespace radlads::cli
