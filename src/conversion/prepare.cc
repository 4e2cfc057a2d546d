#include "conversion/prepare.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <span>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conversion/corpus.h"
#include "conversion/request_check.h"
#include "conversion/resume.h"
#include "core/error.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/units.h"
#include "data/order.h"
#include "data/tokenize.h"
#include "io/binidx.h"
#include "io/file.h"
#include "io/input_file.h"
#include "model/model_folder.h"
#include "recipe/yaml.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

constexpr auto kPatience = std::chrono::seconds(5);
constexpr auto kBetweenTries = std::chrono::milliseconds(50);

/// Whether the open file is still the one of that name: its folder may have been renamed or removed while we
/// waited.
bool is_at(int descriptor, const std::filesystem::path& file) {
  struct stat opened {
  }, named{};
  return fstat(descriptor, &opened) == 0 && stat(file.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// 0 once the file is locked, else the reason why it is not.
int lock_in_time(int descriptor) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return 0;
    const int error = errno;
    if (error != EWOULDBLOCK || std::chrono::steady_clock::now() >= end) return error;
    std::this_thread::sleep_for(kBetweenTries);
  }
}

/// Whether there is a run to resume. Refuses to overwrite finished or unfinished work unasked.
bool goes_on(const RunRequest& request, const RunFolder& folder) {
  if (request.overwrite) {
    check_replaceable(request, folder);
    return false;
  }
  const bool has_run = fs::exists(folder.job());
  if (has_run && !request.resume) {
    fail("[{}] there is a run in {}: continue with --resume, or start over with --overwrite", request.command,
         folder.path.string());
  }
  if (!has_run && fs::exists(request.student)) {
    fail("[{}] {} exists: choose another name, or replace it with --overwrite", request.command,
         request.student.string());
  }
  if (!has_run) check_replaceable(request, folder);
  return has_run;
}

/// The config of the model that trains; everything about the models that can be refused is refused here.
ModelConfig model_config(const RunRequest& request, const Recipe& recipe) {
  if (request.command == "pretrain") {
    const ModelConfig config = parse_config(read_text_file(request.config), request.config.string());
    if (!config.is_teacher())
      fail("[pretrain] {} is not a softmax transformer: {}", config.model_type, request.config.string());
    return config;
  }
  const ModelFolder teacher = open_model(request.teacher);
  std::optional<ModelFolder> start;
  if (!request.from.empty()) start.emplace(open_model(request.from));
  if (start) check_start(request, recipe, start->config, teacher.config);
  ModelConfig config = start ? start->config : student_of(recipe, teacher.config);
  check_finite(teacher);
  if (start) check_finite(*start);
  return config;
}

/// The data is long enough for every step.
void check_data(const RunRequest& request, const Recipe& recipe, const RunFolder& folder) {
  if (recipe.data_order != TokenOrder::kReference) return;
  const Binidx tokens(folder.tokens());
  for (const StepRecipe* step : active_steps(request, recipe)) reference_order(tokens, step->context);
}

/// A small comparison is worth less than was asked for.
void warn_of_few_documents(const RunRequest& request, const Recipe& recipe, const RunFolder& folder) {
  const bool is_asked_for = recipe.eval_documents != Recipe().eval_documents && recipe.eval_text.empty();
  if (!is_asked_for || request.kind() == Command::kPretrain) return;
  const int64_t num_documents = Binidx(folder.tokens()).num_documents(), held_out = num_documents / 10;
  if (held_out >= recipe.eval_documents) return;
  warn("eval.documents is {}, but at most a tenth of the data is held out of training: {}",
       recipe.eval_documents, counted(held_out, "document"));
}

/// Removes everything in a folder except the entry of this name.
void clear_but(const fs::path& folder, const fs::path& name) {
  for (const auto& left : fs::directory_iterator(folder)) {
    if (left.path().filename() != name) remove_folder(left.path());
  }
}

/// A teacher cannot teach at positions that it never saw. Whole documents are read from their beginning, so
/// that only long ones get there; the reference order fills every context.
void warn_of_long_texts(const RunRequest& request, const Recipe& recipe, const ModelConfig& config,
                        const RunFolder& folder) {
  int64_t context = 0;
  for (const StepRecipe* step : active_steps(request, recipe)) {
    if (step == &recipe.align || step == &recipe.distill) context = std::max(context, step->context);
  }
  if (config.max_position_embeddings == 0 || context <= config.max_position_embeddings) return;
  int64_t longest = context;
  if (recipe.data_order != TokenOrder::kReference) {
    const Binidx tokens(folder.tokens());
    const std::span<const int64_t> offsets = tokens.offsets();
    int64_t document = 0;
    for (size_t d = 1; d < offsets.size(); ++d) document = std::max(document, offsets[d] - offsets[d - 1]);
    longest = std::min(longest, document);
  }
  if (longest <= config.max_position_embeddings) return;
  warn(
      "training texts have {} tokens, but the teacher was made for {} (max_position_embeddings in its "
      "config.json): "
      "beyond that the student learns the teacher's mistakes; lower align.context and distill.context",
      longest, config.max_position_embeddings);
}

/// Tokens that were added to a tokenizer, without rows for them in the embedding, are refused when they
/// occur.
void warn_of_tokens_without_embedding(const Tokenizer& tokenizer, const ModelConfig& config) {
  const int64_t V = config.V, num_more = tokenizer.vocab_size() - V;
  if (num_more <= 0) return;
  const auto first = static_cast<TokenId>(V);
  warn(
      "the tokenizer has {} more than the {} tokens of the model (the first is {:?}): text that contains "
      "them is refused; resize the teacher's embedding first, or use its own tokenizer",
      num_more, V, tokenizer.decode({&first, 1}, /*skip_special=*/false));
}

/// A run folder in the making, STUDENT.run.new: it takes its name when it is complete, and is removed if that
/// fails. What the teacher has written by then stays for the next attempt. A run that is to be replaced is
/// locked from the beginning: a process that works there is found before the data is read.
class FreshRun {
 public:
  explicit FreshRun(RunFolder target) : target_(std::move(target)), folder_{target_.path.string() + ".new"} {
    if (fs::exists(target_.job())) target_lock_ = std::make_unique<RunLock>(target_.path);
    make_folder(folder_.path);
    check_writable(folder_.path);
    lock_ = std::make_unique<RunLock>(folder_.path);
    for (const auto& left : fs::directory_iterator(folder_.path)) {
      if (left.path() == written_.parent_path() && fs::exists(written_)) {
        clear_but(left.path(), written_.filename());
      } else if (left.path().filename() != "lock") {
        remove_folder(left.path());
      }
    }
  }
  ~FreshRun() {
    std::error_code ignored;
    if (lock_ && !fs::exists(written_, ignored)) fs::remove_all(folder_.path, ignored);
  }
  FreshRun(const FreshRun&) = delete;
  FreshRun& operator=(const FreshRun&) = delete;

  const RunFolder& folder() const { return folder_; }

  std::unique_ptr<RunLock> commit() {
    remove_folder(written_);
    if (fs::exists(target_.path)) {
      if (!target_lock_) target_lock_ = std::make_unique<RunLock>(target_.path);
      remove_folder(target_.path);
    }
    target_lock_.reset();  // the trainer would inherit it
    rename_folder(folder_.path, target_.path);
    return std::move(lock_);
  }

 private:
  RunFolder target_, folder_;
  fs::path written_ = self_text_file(folder_.tokens());
  std::unique_ptr<RunLock> target_lock_, lock_;
};

PreparedRun begin_run(const RunRequest& request, const RunFolder& folder) {
  Recipe recipe = settled_recipe(request);
  check_recipe(request, recipe);
  check_data_files(recipe);
  check_places(request, recipe, folder);
  const ModelConfig config = model_config(request, recipe);
  check_trainable(request, recipe, config);
  const std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(request.tokenizer);
  warn_of_tokens_without_embedding(*tokenizer, config);
  check_eval_text(recipe, *tokenizer);
  settle_micro_batches(recipe, config, available_memory_bytes());
  const bool trains = !active_steps(request, recipe).empty();

  FreshRun fresh(folder);
  write_text_file(fresh.folder().recipe(), to_yaml(recipe_options(recipe, request.kind())));
  if (trains) {
    write_corpus(request, recipe, config, *tokenizer, fresh.folder().tokens());
    check_data(request, recipe, fresh.folder());
    warn_of_long_texts(request, recipe, config, fresh.folder());
    warn_of_few_documents(request, recipe, fresh.folder());
  }
  write_text_file(fresh.folder().config(), config.source);
  write_text_file(fresh.folder().job(), to_yaml(Job{.command = request.command,
                                                    .teacher = request.teacher,
                                                    .start = request.from,
                                                    .tokens = trains ? folder.tokens().string() : "",
                                                    .end_of_document = end_of_document(*tokenizer),
                                                    .overwrite = request.overwrite,
                                                    .teacher_mark = mark_of(request.teacher),
                                                    .start_mark = mark_of(request.from)}));
  return {folder, recipe, trains, fresh.commit()};
}

std::optional<PreparedRun> resume_run(const RunRequest& request, const RunFolder& folder) {
  auto lock = std::make_unique<RunLock>(folder.path);
  Recipe recipe = resumed_recipe(request, folder);
  const Job job = resumed_job(request, folder);
  if (folder.is_finished(request.student)) {
    info("{} is finished; there is nothing to do", request.student.string());
    return std::nullopt;
  }
  check_recipe(request, recipe);
  check_eval_text(recipe, *load_tokenizer(request.tokenizer));
  check_places(request, recipe, folder);
  write_text_file(folder.recipe(), to_yaml(recipe_options(recipe, request.kind())));
  write_text_file(folder.job(), to_yaml(job));
  return PreparedRun{folder, recipe, !active_steps(request, recipe).empty(), std::move(lock)};
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "lock";
  descriptor_ = open(file.c_str(), O_RDWR | O_CREAT, 0666);  // no O_CLOEXEC: the trainer holds it too
  if (descriptor_ < 0) fail_with_errno("run", file);
  const int error = lock_in_time(descriptor_);
  if (error == 0 && is_at(descriptor_, file)) return;
  if (error != 0 && error != EWOULDBLOCK) {  // some network file systems have no locks
    warn("{} cannot be locked ({}): make sure that only one process works there", folder.string(),
         std::strerror(error));
    return;
  }
  close(descriptor_);
  fail("[run] another process is working in {}: wait for it, or stop it (its files are kept)",
       folder.string());
}

RunLock::~RunLock() { close(descriptor_); }

std::optional<PreparedRun> prepare_run(const RunRequest& request) {
  const RunFolder folder = RunFolder::of(request.student);
  check_links(request, folder);
  return goes_on(request, folder) ? resume_run(request, folder) : begin_run(request, folder);
}

}  // namespace radlads
