#include "eval/synthetic_text.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>

#include "core/error.h"

namespace radlads::eval {
namespace {

template <size_t n>
using Words = std::array<std::string_view, n>;

constexpr Words<20> kTraits = {"quiet",  "young",    "patient", "cheerful", "clever", "friendly",   "careful",
                               "sleepy", "curious",  "gentle",  "honest",   "busy",   "thoughtful", "shy",
                               "modest", "generous", "lively",  "calm",     "polite", "hungry"};
constexpr Words<20> kPeople = {"baker",    "farmer",    "sailor",    "teacher", "painter",
                               "gardener", "doctor",    "fisherman", "singer",  "writer",
                               "student",  "driver",    "carpenter", "nurse",   "shepherd",
                               "cook",     "neighbour", "tailor",    "miller",  "postman"};
constexpr Words<16> kDeeds = {"walked",
                              "waited",
                              "rested",
                              "sang a song",
                              "read a letter",
                              "looked at the clouds",
                              "talked to a friend",
                              "drank some tea",
                              "ate an apple",
                              "thought about the weather",
                              "counted the boats",
                              "listened to the birds",
                              "mended a coat",
                              "lit a small fire",
                              "wrote a few lines",
                              "laughed"};
constexpr Words<16> kPlacesToBe = {
    "along the river", "in the garden",   "near the old bridge", "on the hill",
    "at the market",   "behind the barn", "in the kitchen",      "by the sea",
    "under a tree",    "in the village",  "beside the road",     "at the station",
    "in the library",  "on the beach",    "near the church",     "in the valley"};
constexpr Words<10> kTimes = {"before noon",      "in the evening",  "at dawn",       "after lunch",
                              "on a rainy day",   "late at night",   "in the spring", "during the holidays",
                              "for a long while", "early in the day"};

// No adjective is the ending of another one: names are never parts of each other.
constexpr Words<20> kAdjectives = {"amber",  "brave", "crimson", "distant", "eager",  "frozen", "golden",
                                   "hollow", "ivory", "jolly",   "keen",    "little", "mellow", "noble",
                                   "olive",  "proud", "rapid",   "silver",  "tall",   "velvet"};
constexpr Words<20> kNouns = {"anchor", "bottle", "castle", "dragon", "engine",  "feather", "guitar",
                              "hammer", "island", "jacket", "kettle", "lantern", "mirror",  "needle",
                              "orchid", "pillow", "rocket", "saddle", "temple",  "violin"};
static_assert(kAdjectives.size() * kNouns.size() == kMaxNames);

constexpr std::string_view kConsonants = "bdfgklmnprstvz";
constexpr std::string_view kVowels = "aeiou";

template <class List>
auto any_of(const List& list, Random& random) {
  return list[static_cast<size_t>(random.below(list.size()))];
}

/// Draws until `count` are different.
template <class Draw>
std::vector<std::string> distinct(int64_t count, const Draw& draw) {
  std::vector<std::string> texts;
  std::unordered_set<std::string> seen;
  while (static_cast<int64_t>(texts.size()) < count) {
    std::string text = draw();
    if (seen.insert(text).second) texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace

std::string filler_sentence(Random& random) {
  const auto trait = any_of(kTraits, random), person = any_of(kPeople, random), deed = any_of(kDeeds, random),
             place = any_of(kPlacesToBe, random), time = any_of(kTimes, random);
  return fmt::format("The {} {} {} {} {}.", trait, person, deed, place, time);
}

std::vector<std::string> distinct_names(int64_t count, Random& random) {
  RADLADS_CHECK(count <= kMaxNames, "{} names of {}", count, kMaxNames);
  std::vector<std::string> names;
  const std::vector<uint64_t> order = random.permutation(kMaxNames);
  for (int64_t i = 0; i < count; ++i) {
    const auto number = static_cast<size_t>(order[static_cast<size_t>(i)]);
    names.push_back(
        fmt::format("{}-{}", kAdjectives[number / kNouns.size()], kNouns[number % kNouns.size()]));
  }
  return names;
}

std::vector<std::string> distinct_numbers(int64_t count, int64_t digits, Random& random) {
  uint64_t least = 1;
  for (int64_t i = 1; i < digits; ++i) least *= 10;
  RADLADS_CHECK(static_cast<uint64_t>(count) <= least, "{} numbers of {} digits", count, digits);
  return distinct(count, [&] { return fmt::format("{}", least + random.below(9 * least)); });
}

std::vector<std::string> distinct_variables(int64_t count, Random& random) {
  return distinct(count, [&] {
    std::string name;
    for (int i = 0; i < 5; ++i) name += static_cast<char>('A' + random.below(26));
    return name;
  });
}

std::vector<std::string> distinct_words(int64_t count, Random& random) {
  const int syllables = count > 100'000 ? 4 : 3;
  return distinct(count, [&] {
    std::string word;
    for (int i = 0; i < syllables; ++i) {
      word += any_of(kConsonants, random);
      word += any_of(kVowels, random);
    }
    return word;
  });
}

std::string hide(std::vector<HiddenSentence> hidden, int64_t filler_sentences, Random& random) {
  std::stable_sort(hidden.begin(), hidden.end(),
                   [](const HiddenSentence& a, const HiddenSentence& b) { return a.place < b.place; });
  std::string text;
  const auto add = [&](const std::string& sentence) {
    if (!text.empty()) text += ' ';
    text += sentence;
  };
  auto next = hidden.begin();
  for (int64_t i = 0; i <= filler_sentences; ++i) {
    for (; next != hidden.end() && next->place * filler_sentences / kPlaces == i; ++next) add(next->text);
    if (i < filler_sentences) add(filler_sentence(random));
  }
  return text;
}

}  // namespace radlads::eval
