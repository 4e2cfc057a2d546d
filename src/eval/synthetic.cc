#include "eval/synthetic.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fmt/ranges.h>

#include "eval/synthetic_text.h"
#include "eval/task_keys.h"

namespace radlads::eval {
namespace {

using Texts = std::vector<std::string>;

constexpr int64_t kDigits = 7;       // of a needle's number
constexpr int64_t kValueDigits = 5;  // of a variable's
constexpr int64_t kOtherChoices = 3;
constexpr int64_t kMost = 1000;  // of anything but tokens: keeps documents within memory

struct KindName {
  std::string_view name;
  SyntheticKind kind;
};
constexpr std::array<KindName, 3> kKinds = {{{"needle", SyntheticKind::kNeedle},
                                             {"variable_tracking", SyntheticKind::kVariableTracking},
                                             {"common_words", SyntheticKind::kCommonWords}}};

SyntheticKind parse_kind(TaskKeys& keys) {
  const std::string name = keys.text("synthetic");
  for (const KindName& x : kKinds) {
    if (x.name == name) return x.kind;
  }
  keys.fail("the kind {:?} is not known; use needle, variable_tracking or common_words", name);
}

/// What a document is drawn from. The filler has a stream of its own, so that facts are the same for any
/// amount of it.
struct Source {
  Random facts, filler;
};

Source source_of(std::string_view kind, uint64_t seed, int64_t index) {
  const auto stream = [&](std::string_view part) {
    return Random(seed, Random::stream_of(fmt::format("{} {} {}", kind, part, index)));
  };
  return {stream("facts"), stream("filler")};
}

Texts shuffled(const Texts& texts, Random& random) {
  Texts result;
  for (const uint64_t i : random.permutation(texts.size())) result.push_back(texts[static_cast<size_t>(i)]);
  return result;
}

/// The indices of `right` among the choices.
Json places_of(const Texts& right, const Texts& choices) {
  Json places = Json::array();
  for (const std::string& text : right)
    places.push_back(std::find(choices.begin(), choices.end(), text) - choices.begin());
  return places;
}

int64_t any_place(Random& random) { return static_cast<int64_t>(random.below(kPlaces + 1)); }

Json needle_document(const SyntheticSpec& spec, Source source, int64_t index, int64_t filler) {
  Random& random = source.facts;
  const Texts names = distinct_names(spec.keys, random);
  const int64_t num_values = spec.queries * spec.values + (spec.keys - spec.queries);
  const Texts values = distinct_numbers(num_values, kDigits, random);
  const int64_t depth = index % kNumDepths;
  std::vector<HiddenSentence> needles;
  Texts outputs;
  for (int64_t key = 0; key < spec.keys; ++key) {
    const bool is_asked = key < spec.queries;
    for (int64_t i = 0; i < (is_asked ? spec.values : 1); ++i) {
      const std::string& value = values[needles.size()];
      const int64_t place = needles.empty() ? kPlaces * depth / (kNumDepths - 1) : any_place(random);
      needles.push_back(
          {place, fmt::format("{} secret number of {} is {}.", is_asked && spec.values > 1 ? "One" : "The",
                              names[static_cast<size_t>(key)], value)});
      if (is_asked) outputs.push_back(value);
    }
  }
  const Texts choices = shuffled(values, random);
  return {{"depth", static_cast<double>(depth) / (kNumDepths - 1)},
          {"context", hide(std::move(needles), filler, source.filler)},
          {"asked", Texts(names.begin(), names.begin() + spec.queries)},
          {"outputs", outputs},
          {"choices", choices},
          {"answer", places_of(outputs, choices)}};
}

Json variable_tracking_document(const SyntheticSpec& spec, Source source, int64_t filler) {
  Random& random = source.facts;
  const int64_t of_chain = spec.hops + 1;
  const Texts variables = distinct_variables(spec.chains * of_chain, random);
  const Texts values = distinct_numbers(spec.chains, kValueDigits, random);
  std::vector<HiddenSentence> assignments;
  for (int64_t chain = 0; chain < spec.chains; ++chain) {
    std::vector<int64_t> places;
    for (int64_t i = 0; i < of_chain; ++i) places.push_back(any_place(random));
    std::sort(places.begin(), places.end());
    std::string from = values[static_cast<size_t>(chain)];
    for (int64_t i = 0; i < of_chain; ++i) {
      const std::string& variable = variables[static_cast<size_t>(chain * of_chain + i)];
      assignments.push_back({places[static_cast<size_t>(i)], fmt::format("Let {} be {}.", variable, from)});
      from = variable;
    }
  }
  const Texts choices = shuffled(values, random);
  const Texts asked(variables.begin(), variables.begin() + of_chain);
  return {{"context", hide(std::move(assignments), filler, source.filler)},
          {"value", values[0]},
          {"last", asked.back()},
          {"outputs", asked},
          {"choices", choices},
          {"answer", places_of({values[0]}, choices)}};
}

Json common_words_document(const SyntheticSpec& spec, Source source, int64_t filler) {
  const int64_t num_others = filler + kOtherChoices;
  const Texts words = distinct_words(spec.words + num_others, source.facts);
  const auto common_end = words.begin() + spec.words;
  Texts list;
  for (auto word = words.begin(); word != words.end(); ++word)
    list.insert(list.end(), static_cast<size_t>(word < common_end ? spec.times : spec.other_times), *word);
  Random& random = source.filler;
  Texts candidates(common_end, common_end + kOtherChoices);
  candidates.push_back(words[0]);
  const Texts choices = shuffled(candidates, random);
  return {{"context", fmt::format("{}", fmt::join(shuffled(list, random), " "))},
          {"count", spec.words},
          {"outputs", Texts(words.begin(), common_end)},
          {"choices", choices},
          {"answer", places_of({words[0]}, choices)}};
}

}  // namespace

SyntheticSpec parse_synthetic(const Json& map, const std::string& task, const std::filesystem::path& file) {
  TaskKeys keys(map, task + ", data", file);
  SyntheticSpec spec;
  spec.kind = parse_kind(keys);
  spec.num_documents = keys.whole("documents", spec.num_documents, 1);
  spec.length = keys.whole("length", spec.length, 1);
  switch (spec.kind) {
    case SyntheticKind::kNeedle:
      spec.keys = keys.whole("keys", spec.keys, 1, kMaxNames);
      spec.queries = keys.whole("queries", spec.queries, 1, spec.keys);
      spec.values = keys.whole("values", spec.values, 1, kMost);
      break;
    case SyntheticKind::kVariableTracking:
      spec.chains = keys.whole("chains", spec.chains, 1, kMost);
      spec.hops = keys.whole("hops", spec.hops, 0, kMost);
      break;
    case SyntheticKind::kCommonWords:
      spec.words = keys.whole("words", spec.words, 1, kMost);
      spec.times = keys.whole("times", spec.times, 2, kMost);
      spec.other_times = keys.whole("other_times", spec.other_times, 1, spec.times - 1);
      break;
  }
  keys.finish();
  return spec;
}

Json synthetic_document(const SyntheticSpec& spec, uint64_t seed, int64_t index, int64_t filler) {
  const Source source = source_of(kKinds[static_cast<size_t>(spec.kind)].name, seed, index);
  Json document = {{"index", index}, {"length", spec.length}};
  switch (spec.kind) {
    case SyntheticKind::kNeedle:
      document.update(needle_document(spec, source, index, filler));
      break;
    case SyntheticKind::kVariableTracking:
      document.update(variable_tracking_document(spec, source, filler));
      break;
    case SyntheticKind::kCommonWords:
      document.update(common_words_document(spec, source, filler));
      break;
  }
  return document;
}

}  // namespace radlads::eval
