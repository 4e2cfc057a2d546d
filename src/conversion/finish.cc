#include "conversion/finish.h"

#include <chrono>
#include <optional>

#include "conversion/reports.h"
#include "conversion/student_folder.h"
#include "core/error.h"
#include "core/parallel.h"
#include "data/order.h"
#include "data/tokenize.h"
#include "eval/compare.h"
#include "eval/score.h"
#include "infer/generate.h"
#include "io/binidx.h"
#include "io/file.h"
#include "model/config.h"
#include "model/identity.h"
#include "recipe/option.h"
#include "recipe/yaml.h"
#include "report/numbers.h"

namespace radlads {
namespace {

constexpr int64_t kDecodePositions[] = {1000, 100'000};
constexpr double kLongestReading = 1e12;  // floating-point operations: about ten seconds on two cores
constexpr int64_t kSampleTokens = 80;
constexpr size_t kPromptTokens = 24;

/// Everything about the run that the figures are taken from.
struct Finished {
  const Recipe& recipe;
  std::shared_ptr<const infer::Weights> teacher;  // null after pre-training
  std::shared_ptr<const infer::Weights> student;
  std::unique_ptr<Tokenizer> tokenizer;
  eval::Documents documents;  // to compare on, cut to the context
  int num_threads;
};

/// Documents of the token file that were kept out of training.
eval::Documents held_out(const Recipe& recipe, const std::filesystem::path& tokens) {
  const Binidx corpus(tokens);
  eval::Documents documents;
  for (const int64_t d : held_out_documents(corpus.num_documents(), recipe.eval_documents, recipe.seed)) {
    const int64_t begin = corpus.offsets()[static_cast<size_t>(d)];
    const int64_t length = corpus.offsets()[static_cast<size_t>(d) + 1] - begin;
    std::vector<TokenId> ids(static_cast<size_t>(std::min(length, recipe.eval_context)));
    corpus.read(begin, ids);
    if (ids.size() > 1) documents.push_back(std::move(ids));
  }
  return documents;
}

eval::Documents documents_to_compare(const Recipe& recipe, const Job& job, const Tokenizer& tokenizer) {
  if (recipe.eval_documents == 0) return {};
  if (recipe.eval_text.empty()) return job.tokens.empty() ? eval::Documents() : held_out(recipe, job.tokens);
  const std::filesystem::path file = recipe.eval_text;
  return eval::encode_documents({&file, 1}, {recipe.text_key, recipe.skip_bad_lines}, tokenizer,
                                recipe.eval_documents, recipe.eval_context);
}

std::string compared_text(const Recipe& recipe) {
  if (!recipe.eval_text.empty()) return recipe.eval_text;
  const std::string data = "documents of the training data";
  return recipe.data_order == TokenOrder::kPacked ? data + ", kept out of training" : data;
}

std::optional<ComparisonReport> compare_models(const Finished& run) {
  if (run.teacher == nullptr || run.documents.empty()) return std::nullopt;
  return comparison_report(eval::compare(run.teacher, run.student, run.documents, run.num_threads),
                           compared_text(run.recipe));
}

double measured_ms(const std::shared_ptr<const infer::Weights>& model, int64_t position, int num_threads) {
  if (eval::reading_flops(model->config(), position) > kLongestReading) return 0;
  return eval::decode_speed(model, position, num_threads).ms_per_token;
}

std::vector<DecodeReport> measure_decoding(const Finished& run) {
  std::vector<DecodeReport> reports;
  if (run.teacher == nullptr || !run.recipe.eval_speed) return reports;
  for (const int64_t position : kDecodePositions) {
    const auto bytes = [&](const ModelConfig& config) {
      return state_bytes(config) + position * cache_bytes_per_token(config, sizeof(float));
    };
    reports.push_back({position, measured_ms(run.teacher, position, run.num_threads),
                       measured_ms(run.student, position, run.num_threads), bytes(run.teacher->config()),
                       bytes(run.student->config())});
  }
  return reports;
}

std::string continued(const std::shared_ptr<const infer::Weights>& model, const Tokenizer& tokenizer,
                      std::span<const TokenId> prompt, int num_threads) {
  infer::SessionPool pool(model, 1);
  infer::Runner runner(model, num_threads);
  infer::Session session = pool.open();
  infer::GenerateOptions options;
  options.max_new_tokens = kSampleTokens;
  options.stop_ids = model->config().eos_token_ids;
  options.stop_ids.push_back(end_of_document(tokenizer));
  options.sampler.temperature = 0;
  return tokenizer.decode(infer::generate(runner, session, prompt, options), /*skip_special=*/true);
}

std::vector<SampleReport> write_samples(const Finished& run) {
  std::vector<SampleReport> samples;
  for (size_t i = 0; i < std::min<size_t>(2, run.documents.size()); ++i) {
    const std::vector<TokenId>& document = run.documents[i];
    const std::span<const TokenId> prompt(document.data(), std::min(kPromptTokens, document.size() / 2 + 1));
    samples.push_back(
        {run.tokenizer->decode(prompt, true),
         run.teacher == nullptr ? "" : continued(run.teacher, *run.tokenizer, prompt, run.num_threads),
         continued(run.student, *run.tokenizer, prompt, run.num_threads)});
  }
  return samples;
}

RunReport describe(const RunFolder& folder, const Finished& run, const FinishOptions& options) {
  const ModelConfig& config = run.student->config();
  RunReport report;
  report.student_name = folder_name(options.student);
  report.teacher_name = options.teacher.empty() ? "" : teacher_name(options.teacher);
  report.is_conversion = config.is_student();
  report.mixer = config.mixer().title;
  report.model_type = config.model_type;
  report.dtype = torch_name(config.dtype);
  report.date = report::date(std::chrono::system_clock::now());
  report.program = "radlads " RADLADS_VERSION;
  report.teacher_parameters = run.teacher == nullptr ? 0 : num_parameters(run.teacher->config());
  report.student_parameters = num_parameters(config);
  report.layers = config.L;
  report.width = config.C;
  report.heads = config.H;
  report.kv_heads = config.Hkv;
  report.head_size = config.N;
  report.vocabulary = config.V;
  report.softmax_layers = config.is_teacher() ? std::vector<int64_t>() : config.softmax_layers();
  report.command = options.command;
  report.recipe = read_text_file(folder.recipe());
  if (std::filesystem::exists(folder.log())) report.steps = read_training_log(folder.log());
  report.comparison = compare_models(run);
  report.decode = measure_decoding(run);
  report.samples = write_samples(run);
  return report;
}

/// The report as the model card gives it: nothing about the folders on this machine.
RunReport published(RunReport report, Recipe recipe, const Job& job) {
  report.command = public_command(report.command, report.teacher_name);
  if (report.comparison) report.comparison->text = compared_text(public_recipe(recipe));
  recipe = public_recipe(std::move(recipe));
  report.recipe =
      to_yaml(recipe_options(recipe, job.command == "pretrain" ? Command::kPretrain : Command::kConvert));
  return report;
}

}  // namespace

RunReport finish_run(const RunFolder& folder, const Recipe& recipe, const FinishOptions& options) {
  const Job job = read_job(folder);
  if (!job.overwrite && std::filesystem::exists(options.student)) {
    fail("[finish] {} has appeared since the run began: move it away, then continue with --resume",
         options.student.string());
  }
  copy_tokenizer_files(options.tokenizer, folder.model());
  Finished run = {recipe,
                  nullptr,
                  infer::load_weights(folder.model()),
                  load_tokenizer(folder.model()),
                  {},
                  recipe.threads > 0 ? static_cast<int>(recipe.threads) : available_cores()};
  if (!options.teacher.empty()) run.teacher = infer::load_weights(options.teacher);
  run.documents = documents_to_compare(recipe, job, *run.tokenizer);
  write_modeling_files(run.student->config(), folder.model());

  const RunReport report = describe(folder, run, options);
  write_text_file(folder.model() / "README.md", model_card(published(report, recipe, job)));
  write_text_file(folder.report(), html_report(report));
  write_figures(folder, report);
  if (job.overwrite) remove_folder(options.student);
  rename_folder(folder.model(), options.student);
  return report;
}

}  // namespace radlads
