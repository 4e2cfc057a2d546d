#include "eval/task_data.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/sha256.h"
#include "io/byte_stream.h"
#include "io/json.h"
#include "io/json_field.h"
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
    Json document = parse_ordered_json(line, fmt::format("[eval] line {}", number), file,
                                       {.python_numbers = true, .exact_integers = true});
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
  const std::string name = file.filename().string();
  if (name.ends_with(".txt") || name.ends_with(".txt.gz") || name.ends_with(".txt.zst")) {
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

/// As the task's keys `keep` and `fields` say. A field's template sees the document as it is in the file.
Documents selected(const Task& task, Documents documents, const std::filesystem::path& file) {
  if (!task.keep && task.fields.empty()) return documents;
  Documents kept;
  for (size_t i = 0; i < documents.fields.size(); ++i) {
    Json& document = documents.fields[i];
    try {
      const Json keep = task.keep ? task.keep.of(document) : Json(true);
      if (!keep.is_boolean())
        fail("[eval] {}: must be true or false, not {}", task.keep.where(),
             OrderedJsonField(keep, "eval", "").shown());
      if (!keep.get<bool>()) continue;
      Json changed = document;
      for (const auto& [name, field] : task.fields) changed[name] = field.of(document);
      kept.add(std::move(changed), std::move(documents.places[i]));
    } catch (const UserError& error) {
      fail("{} in {}", error.what(), documents.places[i]);
    }
  }
  if (kept.fields.empty())
    fail("[eval] {}: leaves out all documents of {}", task.keep.where(), file.string());
  return kept;
}

/// Texts that are read as a whole need no JSON around them.
bool takes_plain_text(const Task& task) { return task.output == OutputType::kRolling; }

/// The names that a split's file may have, without what compression adds.
std::vector<std::string> file_names(const Task& task, const std::string& split) {
  std::vector<std::string> stems = {task.data + "." + split}, names;
  if (split == task.split) stems.push_back(task.data);
  for (const std::string& stem : stems) names.insert(names.end(), {stem + ".jsonl", stem + ".parquet"});
  if (split == task.split && takes_plain_text(task)) names.push_back(task.data + ".txt");
  return names;
}

std::string read_split(const Task& task, const std::string& split, const std::filesystem::path& folder,
                       std::filesystem::path& file) {
  file = data_file(task, split, folder);
  if (file.empty()) {
    std::string wanted;
    for (const std::string& name : file_names(task, split)) {
      if (!name.ends_with(".parquet")) wanted += (wanted.empty() ? "" : " or ") + name;
    }
    fail("[eval] {}: the {} split is missing: put {} in {}{}{}", task.name, split, wanted,
         folder.empty() ? "the folder of --data" : folder.string(),
         task.origin.empty() ? "" : fmt::format(", from the dataset {} of the Hugging Face hub", task.origin),
         is_published(task) ? " (tools/eval_data.py makes these files from the usual downloads)" : "");
  }
  return read_all(*open_byte_stream(file));
}

/// The document with the most filler that fits. The tokens grow almost evenly with the filler: the next
/// amount to try comes from the last one and the mean growth up to there.
Json fitted_document(const Task& task, uint64_t seed, int64_t index, const CountTokens& count_tokens) {
  const SyntheticSpec& spec = *task.synthetic;
  Json best = synthetic_document(spec, seed, index, 0);
  const int64_t least_tokens = count_tokens(index, best);
  if (least_tokens > spec.length) {
    fail(
        "[eval] {}: a length of {} tokens is too small for document {}, which takes {} without any filler: "
        "give a larger --length",
        task.name, spec.length, index, least_tokens);
  }
  int64_t fits = 0, fits_not = spec.length + 1;  // each piece of filler has a token or more
  int64_t filler = 0, tokens = least_tokens;
  double growth = 12;  // tokens of a piece, about
  while (fits_not - fits > 1) {
    filler += static_cast<int64_t>(std::floor(static_cast<double>(spec.length - tokens) / growth));
    filler = std::clamp(filler, fits + 1, fits_not - 1);
    Json document = synthetic_document(spec, seed, index, filler);
    tokens = count_tokens(index, document);
    growth = std::max(1.0, static_cast<double>(tokens - least_tokens) / static_cast<double>(filler));
    if (tokens <= spec.length) {
      fits = filler;
      best = std::move(document);
    } else {
      fits_not = filler;
    }
  }
  return best;
}

}  // namespace

bool is_published(const Task& task) {
  return !task.file.has_parent_path() && task.data != "plain_text" && task.data != "multiple_choice";
}

std::filesystem::path data_file(const Task& task, const std::string& split,
                                const std::filesystem::path& folder) {
  if (folder.empty()) return {};
  for (const std::string& name : file_names(task, split)) {
    for (const char* compression : {"", ".gz", ".zst"}) {
      const bool is_possible = *compression == '\0' || !name.ends_with(".parquet");
      if (is_possible && std::filesystem::exists(folder / (name + compression)))
        return folder / (name + compression);
    }
  }
  return {};
}

TaskData load_task_data(const Task& task, int64_t num_fewshot, const std::filesystem::path& folder) {
  TaskData data;
  std::filesystem::path file;
  Sha256 hash;
  const std::string questions = read_split(task, task.split, folder, file);
  hash.update(questions);
  Documents documents = selected(task, documents_of(questions, file), file);
  data.questions = std::move(documents.fields);
  data.places = std::move(documents.places);
  if (num_fewshot > 0) {
    if (!task.fewshot.samples.is_null()) {
      data.examples.assign(task.fewshot.samples.begin(), task.fewshot.samples.end());
    } else if (task.fewshot.split == task.split) {
      data.examples = data.questions;
    } else {
      const std::string examples = read_split(task, task.fewshot.split, folder, file);
      hash.update(examples);
      data.examples = selected(task, documents_of(examples, file), file).fields;
    }
  }
  data.sha256 = hash.hex();
  return data;
}

std::string made_place(int64_t index) { return fmt::format("generated document {}", index); }

TaskData fitted_documents(const Task& task, uint64_t seed, int64_t count, const CountTokens& count_tokens) {
  TaskData data;
  Sha256 hash;
  for (int64_t index = 0; index < count; ++index) {
    data.questions.push_back(fitted_document(task, seed, index, count_tokens));
    data.places.push_back(made_place(index));
    hash.update(data.questions.back().dump());
  }
  data.sha256 = hash.hex();
  return data;
}

}  // namespace radlads::eval
