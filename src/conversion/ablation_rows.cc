#include "conversion/ablation_rows.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/embedded_file.h"
#include "core/error.h"
#include "core/units.h"
#include "io/yaml_json.h"
#include "mixers/table.h"

namespace radlads {

std::span<const EmbeddedFile> own_ablations();

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kFindings = {"worse", "better", "no better"};
constexpr std::array<std::string_view, 6> kKeys = {"row", "paper", "for", "steps", "options", "times"};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A scalar as a recipe writes it.
std::string scalar(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// Reads one entry of the list; `refuse` says what is wrong with it.
class RowReader {
 public:
  RowReader(const Json& entry, size_t number, const std::filesystem::path& file)
      : entry_(entry), file_(file) {
    where_ = fmt::format("row {}", number);
  }

  AblationRow read() {
    if (!entry_.is_object()) refuse("must be a map with the key \"row\"");
    for (const auto& [key, value] : entry_.items()) {
      if (!is_one_of(kKeys, key))
        refuse(fmt::format("unknown key {} (known: {})", key, fmt::join(kKeys, ", ")));
    }
    AblationRow row;
    row.name = text("row");
    if (row.slug().empty()) refuse("the key \"row\" must give it a name");
    where_ = fmt::format("row \"{}\"", row.name);
    row.paper = text("paper");
    if (!row.paper.empty() && !is_one_of(kFindings, row.paper))
      refuse(fmt::format("paper must be one of {}", fmt::join(kFindings, ", ")));
    row.mixer = text("for");
    if (const auto mixers = replacement_names(); !row.mixer.empty() && !is_one_of(mixers, row.mixer))
      refuse(fmt::format("for must be {}", fmt::join(mixers, " or ")));
    row.steps = list(entry_.value("steps", Json::array()));
    for (const std::string& step : row.steps) {
      if (std::ranges::find(kConversionSteps, step, step_name) == std::end(kConversionSteps))
        refuse(fmt::format("there is no step {}", step));
    }
    Recipe recipe;
    std::vector<Option> known = recipe_options(recipe, Command::kConvert);
    const Json options = map("options"), times = map("times");
    for (const auto& [name, value] : options.items()) {
      set(known, name, list(value));
      row.options.emplace_back(name, list(value));
    }
    for (const auto& [name, value] : times.items()) {
      if (find_option(known, name) == nullptr) refuse(fmt::format("there is no option {}", name));
      if (!value.is_number_integer() || value.get<int64_t>() < 1)
        refuse(fmt::format("times.{} must be a whole number of at least 1", name));
      row.times.emplace_back(name, value.get<int64_t>());
    }
    return row;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    fail("[ablate] {}: {}, in {}", where_, what, file_.string());
  }

  std::string text(const char* key) const {
    if (!entry_.contains(key)) return "";
    if (!entry_[key].is_string()) refuse(fmt::format("{} must be text", key));
    return entry_[key];
  }

  Json map(const char* key) const {
    const Json value = entry_.value(key, Json::object());
    if (!value.is_object()) refuse(fmt::format("{} must be a map", key));
    return value;
  }

  static std::vector<std::string> list(const Json& value) {
    if (!value.is_array()) return {scalar(value)};
    std::vector<std::string> items;
    for (const Json& item : value) items.push_back(scalar(item));
    return items;
  }

  void set(std::vector<Option>& known, const std::string& name,
           const std::vector<std::string>& values) const {
    Option* const option = find_option(known, name);
    if (option == nullptr) refuse(fmt::format("there is no option {}", name));
    try {
      option->set(values);
    } catch (const UserError& error) {
      refuse(error.what());
    }
  }

  const Json& entry_;
  const std::filesystem::path& file_;
  std::string where_;
};

}  // namespace

std::string AblationRow::slug() const {
  std::string slug;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      slug += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (slug.ends_with('-')) slug.pop_back();
  return slug;
}

std::vector<AblationRow> parse_ablation(std::string_view yaml, const std::filesystem::path& file) {
  const Json list = parse_yaml(yaml, "ablate", file);
  if (!list.is_array() || list.empty()) fail("[ablate] {} has no list of rows", file.string());
  std::vector<AblationRow> rows;
  for (const Json& entry : list) {
    AblationRow row = RowReader(entry, rows.size() + 1, file).read();
    for (const AblationRow& other : rows) {
      if (other.slug() == row.slug())
        fail("[ablate] two rows are called \"{}\", in {}: give one another name", row.name, file.string());
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<AblationRow> paper_ablation() {
  const EmbeddedFile& file = own_ablations().front();
  return parse_ablation(file.text, file.name);
}

RecipeSources with_row(RecipeSources sources, const AblationRow& row) {
  Recipe recipe = read_recipe(sources, Command::kConvert);
  std::vector<Option> options = recipe_options(recipe, Command::kConvert);
  if (!row.steps.empty()) {
    const int64_t tokens = recipe.align.tokens + recipe.distill.tokens + recipe.extend.tokens;
    const auto count = static_cast<int64_t>(row.steps.size());
    for (const StepKind step : kConversionSteps) {
      const int64_t share = is_one_of(row.steps, step_name(step)) ? tokens / count : 0;
      sources.flags.emplace_back(fmt::format("{}.tokens", step_name(step)),
                                 std::vector{fmt::format("{}", share)});
    }
  }
  for (const auto& [name, factor] : row.times) {
    const std::optional<int64_t> value = parse_count(find_option(options, name)->get().front());
    if (!value)
      fail("[ablate] row \"{}\": {} is not a whole number, so it cannot be multiplied by {}", row.name, name,
           factor);
    sources.flags.emplace_back(name, std::vector{fmt::format("{}", *value * factor)});
  }
  sources.flags.insert(sources.flags.end(), row.options.begin(), row.options.end());
  return sources;
}

}  // namespace radlads
