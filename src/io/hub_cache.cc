#include "io/hub_cache.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <vector>

#include "core/error.h"
#include "io/file.h"
#include "io/printable.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModels = "models--", kSeparator = "--";

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_link_to_nothing(const fs::path& path) {
  std::error_code ignored;
  return fs::is_symlink(fs::symlink_status(path, ignored)) && !is_there(path);
}

fs::path without_slash(const fs::path& path) {
  return path.has_filename() || !path.has_relative_path() ? path : path.parent_path();
}

bool is_model_place(const fs::path& folder) { return folder.filename().string().starts_with(kModels); }

/// "ORG/NAME" of "models--ORG--NAME".
std::string name_of_place(std::string_view place) {
  const std::string_view name = place.substr(kModels.size());
  const size_t separator = name.find(kSeparator);
  if (separator == std::string_view::npos) return std::string(name);
  return fmt::format("{}/{}", name.substr(0, separator), name.substr(separator + kSeparator.size()));
}

std::string place_of_name(std::string_view name) {
  const size_t slash = name.find('/');
  return fmt::format("{}{}{}{}", kModels, name.substr(0, slash), kSeparator, name.substr(slash + 1));
}

std::vector<fs::path> folders_of(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    if (is_folder(i->path())) found.push_back(i->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string remedy(const fs::path& folder) {
  const std::string name = hub_name(folder);
  return name.empty() ? "copy the file itself, or download the model again"
                      : fmt::format("run `hf download {}`", printable(name));
}

[[noreturn]] void fail_incomplete(const fs::path& folder, const std::string& what) {
  fail("[load_model] {}: {}; the download is incomplete: {}", folder.string(), what, remedy(folder));
}

/// Of the files that a model is read from; others may be missing.
void check_links(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> broken;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    const fs::path kind = i->path().extension();
    const bool is_read = kind == ".json" || kind == ".safetensors" || kind == ".jinja" || kind == ".txt";
    if (is_read && is_link_to_nothing(i->path())) broken.push_back(i->path().filename().string());
  }
  if (broken.empty()) return;
  const std::string first = printable(*std::min_element(broken.begin(), broken.end()));
  fail_incomplete(folder, first + " is a link to a file that is not there");
}

/// The snapshot in HUB/models--ORG--NAME that refs/main names, or the only one.
fs::path current_snapshot(const fs::path& place) {
  const std::vector<fs::path> snapshots = folders_of(place / "snapshots");
  const fs::path main = place / "refs" / "main";
  if (is_there(main)) {
    std::string commit = read_text_file(main);
    commit.erase(std::find_if(commit.begin(), commit.end(), [](char c) { return c == '\n' || c == '\r'; }),
                 commit.end());
    const fs::path snapshot = place / "snapshots" / fs::path(commit).filename();
    if (!commit.empty() && is_folder(snapshot)) return snapshot;
    fail_incomplete(place, "the snapshot that refs/main names is not there");
  }
  if (snapshots.empty()) fail_incomplete(place, "there is no snapshot");
  if (snapshots.size() > 1) {
    fail("[load_model] {}: {} snapshots but no refs/main that names one: give one of them, for example {}",
         place.string(), snapshots.size(), snapshots.front().string());
  }
  return snapshots.front();
}

fs::path snapshot_with_model(const fs::path& place) {
  fs::path snapshot = current_snapshot(place);
  check_links(snapshot);
  if (!is_there(snapshot / "config.json")) fail_incomplete(snapshot, "there is no config.json");
  return snapshot;
}

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path default_cache() {
  if (const std::string hub = environment("HF_HUB_CACHE"); !hub.empty()) return hub;
  if (const std::string home = environment("HF_HOME"); !home.empty()) return fs::path(home) / "hub";
  std::string cache = environment("XDG_CACHE_HOME");
  if (cache.empty()) cache = environment("HOME") + "/.cache";
  return fs::path(cache) / "huggingface" / "hub";
}

/// UserError if the folder is a cache of models, or $HF_HOME with one in it.
void refuse_cache_of_models(const fs::path& given) {
  for (const fs::path& cache : {given, given / "hub"}) {
    std::vector<fs::path> places = folders_of(cache);
    std::erase_if(places, [](const fs::path& folder) { return !is_model_place(folder); });
    if (places.empty()) continue;
    fail("[load_model] {}: is a Hugging Face cache with {} model{}: give one of them, for example {}",
         given.string(), places.size(), places.size() == 1 ? "" : "s", places.front().string());
  }
}

fs::path find_folder(const fs::path& given) {
  const fs::path folder = without_slash(given);
  if (is_there(folder / "config.json")) {
    check_links(folder);
    return given;
  }
  if (is_model_place(folder)) return snapshot_with_model(folder);
  if (folder.filename() == "snapshots" && is_model_place(folder.parent_path()))
    return snapshot_with_model(folder.parent_path());
  check_links(folder);
  refuse_cache_of_models(folder);
  return given;
}

}  // namespace

bool is_hub_name(std::string_view text) {
  static constexpr std::string_view kOfNames =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const auto is_name = [](std::string_view name) {
    return !name.empty() && name.find_first_not_of(kOfNames) == std::string_view::npos &&
           !name.starts_with('.') && !name.starts_with('-') && !name.ends_with('.') &&
           name.find("--") == std::string_view::npos && name.find("..") == std::string_view::npos;
  };
  return is_name(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

std::string hub_name(const fs::path& folder) {
  std::error_code ignored;
  for (const fs::path& path : {fs::absolute(folder, ignored), fs::weakly_canonical(folder, ignored)}) {
    std::string name;
    for (const fs::path& part : path.lexically_normal())
      if (is_model_place(part)) name = name_of_place(part.string());
    if (!name.empty()) return name;
  }
  return "";
}

fs::path find_model_folder(const fs::path& given) {
  if (is_folder(given)) return find_folder(given);
  if (is_there(given)) return given;
  if (is_link_to_nothing(without_slash(given)))
    fail("[load_model] {}: is a link to a folder that is not there", given.string());
  if (!is_hub_name(given.string())) {
    fail("[load_model] {}: no such folder; give a model's folder, or the name of a downloaded one (ORG/NAME)",
         given.string());
  }
  const std::string name = given.string();
  const fs::path cache = default_cache();
  const fs::path place = cache / place_of_name(name);
  if (is_folder(place)) return snapshot_with_model(place);
  fail(
      "[load_model] {}: is neither a folder here nor a model in {}; if it is on the Hugging Face hub, run "
      "`hf download {}`",
      name, cache.string(), name);
}

}  // namespace radlads
