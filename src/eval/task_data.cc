#include "eval/task_data.h"

#include "core/error.h"
#include "core/sha256.h"
#include "io/file.h"
#include "io/json.h"
#include "io/parquet.h"
#include "io/text_source.h"

namespace radlads::eval {
namespace {

struct Documents {
  std::vector<Json> fields;
  std::vector<std::string> places;

  void add(Json document, std::string place) {
    fields.push_back(std::move(document));
    places.push_back(std::move(place));
  }
};

/// Numbers are as Python's json module writes them, NaN among them.
Documents parse_lines(const std::string& text, const std::filesystem::path& file) {
  Documents documents;
  int64_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    Json document =
        parse_ordered_json(line, fmt::format("[eval] line {}", number), file, {.python_numbers = true});
    if (!document.is_object()) fail("[eval] line {} is not a JSON object in {}", number, file.string());
    documents.add(std::move(document), fmt::format("line {} of {}", number, file.string()));
  }
  return documents;
}

Documents documents_of(const std::string& text, const std::filesystem::path& file) {
  Documents documents;
  const auto add = [&](Json document, std::string_view kind) {
    documents.add(std::move(document),
                  fmt::format("{} {} of {}", kind, documents.fields.size() + 1, file.string()));
  };
  if (file.extension() == ".txt") {
    for (const std::string& document : read_documents(std::span(&file, 1)))
      add({{"text", document}}, "document");
  } else if (file.extension() == ".parquet") {
    for (Json& row : read_parquet(file)) add(std::move(row), "row");
  } else {
    documents = parse_lines(text, file);
  }
  if (documents.fields.empty()) fail("[eval] there are no documents in {}", file.string());
  return documents;
}

/// Texts that are read as a whole need no JSON around them.
bool takes_plain_text(const Task& task) { return task.output == OutputType::kRolling; }

std::string read_split(const Task& task, const std::string& split, const std::filesystem::path& folder,
                       std::filesystem::path& file) {
  file = data_file(task, split, folder);
  if (file.empty()) {
    fail(
        "[eval] {}: the {} split is missing: put {}.{}.jsonl{} in {}{} (tools/eval_data.py makes these files "
        "from the usual downloads)",
        task.name, split, task.data, split,
        takes_plain_text(task) ? fmt::format(" or {}.txt", task.data) : "",
        folder.empty() ? "the folder of --data" : folder.string(),
        task.origin.empty() ? "" : fmt::format(", from the dataset {} of the Hugging Face hub", task.origin));
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
  Documents documents = documents_of(questions, file);
  data.questions = std::move(documents.fields);
  data.places = std::move(documents.places);
  if (num_fewshot > 0) {
    if (task.fewshot.samples.is_array() && !task.fewshot.samples.empty()) {
      data.examples.assign(task.fewshot.samples.begin(), task.fewshot.samples.end());
    } else if (task.fewshot.split == task.split) {
      data.examples = data.questions;
    } else {
      const std::string examples = read_split(task, task.fewshot.split, folder, file);
      hash.update(examples);
      data.examples = documents_of(examples, file).fields;
    }
  }
  data.sha256 = hash.hex();
  return data;
}

}  // namespace radlads::eval
