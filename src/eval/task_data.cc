#include "eval/task_data.h"

#include "core/error.h"
#include "core/sha256.h"
#include "io/file.h"
#include "io/parquet.h"
#include "io/text_source.h"

namespace radlads::eval {
namespace {

std::vector<Json> parse_lines(const std::string& text, const std::filesystem::path& file) {
  std::vector<Json> documents;
  int64_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    Json document = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!document.is_object()) fail("[eval] line {} is no JSON object in {}", number, file.string());
    documents.push_back(std::move(document));
  }
  return documents;
}

std::vector<Json> documents_of(const std::string& text, const std::filesystem::path& file) {
  std::vector<Json> documents;
  if (file.extension() == ".txt") {
    for (const std::string& document : read_documents(std::span(&file, 1)))
      documents.push_back({{"text", document}});
  } else if (file.extension() == ".parquet") {
    documents = read_parquet(file);
  } else {
    documents = parse_lines(text, file);
  }
  if (documents.empty()) fail("[eval] there is no document in {}", file.string());
  return documents;
}

/// Texts that are read as a whole need no JSON around them.
bool takes_plain_text(const Task& task) { return task.output == OutputType::kRolling; }

std::string read_split(const Task& task, const std::string& split, const std::filesystem::path& folder,
                       std::filesystem::path& file) {
  file = data_file(task, split, folder);
  if (file.empty()) {
    fail(
        "[eval] {}: the {} split is missing: put {}.{}.jsonl{} in {} (tools/eval_data.py makes the files of "
        "the usual downloads)",
        task.name, split, task.data, split,
        takes_plain_text(task) ? fmt::format(" or {}.txt", task.data) : "",
        folder.empty() ? "the folder of --data" : folder.string());
  }
  return read_text_file(file);
}

}  // namespace

std::filesystem::path data_file(const Task& task, const std::string& split,
                                const std::filesystem::path& folder) {
  if (folder.empty()) return {};
  std::vector<std::string> names = {task.data + "." + split + ".jsonl", task.data + "." + split + ".parquet"};
  if (split == task.split) names.insert(names.end(), {task.data + ".jsonl", task.data + ".parquet"});
  if (split == task.split && takes_plain_text(task)) names.push_back(task.data + ".txt");
  for (const std::string& name : names) {
    if (std::filesystem::exists(folder / name)) return folder / name;
  }
  return {};
}

TaskData load_task_data(const Task& task, int64_t num_fewshot, const std::filesystem::path& folder) {
  TaskData data;
  std::filesystem::path file;
  Sha256 hash;
  const std::string questions = read_split(task, task.split, folder, file);
  hash.update(questions);
  data.questions = documents_of(questions, file);
  if (num_fewshot > 0) {
    if (task.fewshot.samples.is_array() && !task.fewshot.samples.empty()) {
      data.examples.assign(task.fewshot.samples.begin(), task.fewshot.samples.end());
    } else if (task.fewshot.split == task.split) {
      data.examples = data.questions;
    } else {
      const std::string examples = read_split(task, task.fewshot.split, folder, file);
      hash.update(examples);
      data.examples = documents_of(examples, file);
    }
  }
  data.sha256 = hash.hex();
  return data;
}

}  // namespace radlads::eval
