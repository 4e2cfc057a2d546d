#include "text/normal_form.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <utf8proc.h>

#include "core/error.h"
#include "core/utf8.h"

namespace radlads::text {
namespace {

struct Block {
  char32_t first, last;
};

// What utf8proc (Unicode 15.0) decomposes, orders or calls a mark and Unicode 9.0 does not. The blocks also
// hold characters that are inert in both, which makes them few. U+1715 came earlier, but its class did not.
constexpr auto kNewer = std::to_array<Block>(
    {{0x7FD, 0x7FD},     {0x898, 0x8D3},     {0x9FE, 0x9FE},     {0xAFA, 0xAFF},     {0xB55, 0xB55},
     {0xC04, 0xC3C},     {0xCF3, 0xD00},     {0xD3B, 0xD3C},     {0xD81, 0xD81},     {0xEBA, 0xEBA},
     {0xECE, 0xECE},     {0x1715, 0x1715},   {0x180F, 0x180F},   {0x1ABF, 0x1ACE},   {0x1CF7, 0x1CF7},
     {0x1DF6, 0x1DFA},   {0x32FF, 0x32FF},   {0xA7F2, 0xA7F4},   {0xA82C, 0xA82C},   {0xA8FF, 0xA8FF},
     {0xAB69, 0xAB69},   {0x10781, 0x107BA}, {0x10D24, 0x10F85}, {0x11070, 0x11074}, {0x110C2, 0x110C2},
     {0x11145, 0x11146}, {0x111C9, 0x111C9}, {0x111CE, 0x111CF}, {0x11241, 0x11241}, {0x1133B, 0x1133B},
     {0x1145E, 0x1145E}, {0x1182C, 0x11A99}, {0x11D31, 0x13455}, {0x16F4F, 0x16F4F}, {0x16F7F, 0x16F87},
     {0x16FE4, 0x16FF1}, {0x1CF00, 0x1CF46}, {0x1E030, 0x1E4EF}, {0x1F16C, 0x1F16C}, {0x1FBF0, 0x1FBF9}});

bool is_newer(char32_t character) {
  if (character < kNewer.front().first) return false;
  const auto block =
      std::lower_bound(kNewer.begin(), kNewer.end(), character,
                       [](const Block& candidate, char32_t wanted) { return candidate.last < wanted; });
  return block != kNewer.end() && block->first <= character;
}

// Characters that NFC leaves alone whatever comes before them (NFC_Quick_Check=Yes and combining class 0),
// in the blocks that ordinary text consists of. Text made only of them needs no further checks.
constexpr auto kStableBlocks = std::to_array<Block>({
    {0x0000, 0x02FF},    // Latin
    {0x0400, 0x0482},    // Cyrillic
    {0x1E00, 0x1EFF},    // Latin with diacritics
    {0x2010, 0x2027},    // general punctuation
    {0x3001, 0x3029},    // CJK punctuation
    {0x3041, 0x3096},    // Hiragana
    {0x30A0, 0x30FF},    // Katakana
    {0x3400, 0x9FFF},    // CJK ideographs
    {0xAC00, 0xD7A3},    // Hangul syllables
    {0xFF01, 0xFFEE},    // full-width and half-width forms
    {0x1F000, 0x1FAFF},  // pictographs
});

bool is_stable(char32_t character) {
  return std::any_of(kStableBlocks.begin(), kStableBlocks.end(), [character](const Block& block) {
    return character >= block.first && character <= block.last;
  });
}

using Characters = std::vector<char32_t>;

void append_decomposed(char32_t character, int options, Characters& out) {
  if (is_newer(character)) return out.push_back(character);
  std::array<utf8proc_int32_t, 32> buffer;  // the longest decomposition has 18
  int boundary_class = 0;
  const utf8proc_ssize_t length =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(character), buffer.data(), buffer.size(),
                              static_cast<utf8proc_option_t>(options), &boundary_class);
  RADLADS_CHECK(length >= 0 && length <= std::ssize(buffer), "decomposition of {:#x}", uint32_t{character});
  out.insert(out.end(), buffer.begin(), buffer.begin() + length);
}

int combining_class(char32_t character) {
  const int newest = utf8proc_get_property(static_cast<utf8proc_int32_t>(character))->combining_class;
  return newest != 0 && is_newer(character) ? 0 : newest;
}

// The canonical ordering of Unicode 16, section 3.11. utf8proc's own takes time quadratic in the number of
// marks in a row.
void sort_marks(Characters& characters) {
  const auto has_class = [](char32_t c) { return combining_class(c) != 0; };
  const auto is_lower = [](char32_t a, char32_t b) { return combining_class(a) < combining_class(b); };
  for (auto begin = characters.begin(); begin != characters.end();) {
    begin = std::find_if(begin, characters.end(), has_class);
    const auto end = std::find_if_not(begin, characters.end(), has_class);
    std::stable_sort(begin, end, is_lower);
    begin = end;
  }
}

// The syllable of two Hangul letters, or of a syllable LV and a final T (Unicode 16, section 3.12); 0 if they
// form none. utf8proc 2.8 takes the letter U+11A7, just before the first final, for a final too.
char32_t hangul_of(char32_t first, char32_t second) {
  constexpr char32_t kSyllables = 0xAC00, kL = 0x1100, kV = 0x1161, kBeforeT = 0x11A7;
  constexpr char32_t kNumL = 19, kNumV = 21, kNumT = 28;
  if (first - kL < kNumL && second - kV < kNumV)
    return kSyllables + ((first - kL) * kNumV + second - kV) * kNumT;
  const bool is_open = first - kSyllables < kNumL * kNumV * kNumT && (first - kSyllables) % kNumT == 0;
  return is_open && second > kBeforeT && second - kBeforeT < kNumT ? first + second - kBeforeT : 0;
}

// The primary composite of a starter and another character; 0 if there is none.
char32_t composite_of(char32_t starter, char32_t second) {
  constexpr char32_t kFirstThatJoins = 0x300;
  if (second < kFirstThatJoins) return 0;
  if (const char32_t syllable = hangul_of(starter, second)) return syllable;
  if (second >= 0x1100 && second < 0x1200) return 0;
  std::array<utf8proc_int32_t, 2> pair = {static_cast<utf8proc_int32_t>(starter),
                                          static_cast<utf8proc_int32_t>(second)};
  constexpr auto kOptions = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  const bool is_joined = utf8proc_normalize_utf32(pair.data(), std::ssize(pair), kOptions) == 1;
  const auto joined = static_cast<char32_t>(pair[0]);
  return is_joined && !is_newer(joined) ? joined : 0;
}

// The canonical composition (Unicode 16, section 3.11, D117): a character joins the last starter unless
// one between them blocks it, that is, has the same or a higher class.
void compose(Characters& characters) {
  constexpr size_t kNone = SIZE_MAX;
  size_t size = 0, starter = kNone;
  for (const char32_t character : characters) {
    const int own_class = combining_class(character);
    if (starter != kNone) {
      const bool is_next = starter + 1 == size;
      if (is_next || combining_class(characters[size - 1]) < own_class) {
        if (const char32_t joined = composite_of(characters[starter], character)) {
          characters[starter] = joined;
          continue;
        }
      }
    }
    if (own_class == 0) starter = size;
    characters[size++] = character;
  }
  characters.resize(size);
}

std::string map(std::string_view valid, UnicodeForm form) {
  const bool is_compatible = form == UnicodeForm::kNfkc || form == UnicodeForm::kNfkd;
  const bool is_composed = form == UnicodeForm::kNfc || form == UnicodeForm::kNfkc;
  const int options = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | (is_compatible ? UTF8PROC_COMPAT : 0);
  Characters characters;
  characters.reserve(valid.size());
  for (size_t i = 0; i < valid.size();) append_decomposed(next_character(valid, i), options, characters);
  sort_marks(characters);
  if (is_composed) compose(characters);
  std::string result;
  result.reserve(valid.size());
  for (const char32_t character : characters) append_utf8(character, result);
  return result;
}

// Composes only where characters are not stable, each such run with the character before it, which a mark may
// join.
std::string to_nfc(std::string_view valid) {
  std::string result;
  result.reserve(valid.size());
  size_t done = 0, previous = 0;
  for (size_t i = 0; i < valid.size();) {
    const size_t begin = i;
    if (is_stable(next_character(valid, i))) {
      previous = begin;
      continue;
    }
    const size_t stretch = std::max(previous, done);
    size_t end = i;
    while (i < valid.size() && !is_stable(next_character(valid, i))) end = i;
    result += valid.substr(done, stretch - done);
    result += map(valid.substr(stretch, end - stretch), UnicodeForm::kNfc);
    done = previous = i = end;
  }
  result += valid.substr(done);
  return result;
}

}  // namespace

std::string to_form(std::string valid, UnicodeForm form) {
  if (is_ascii(valid)) return valid;
  return form == UnicodeForm::kNfc ? to_nfc(valid) : map(valid, form);
}

bool is_mark(char32_t character) {
  // Marks in Unicode 9.0, letters since 12.0.
  if (character == 0x1CF2 || character == 0x1CF3) return true;
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(character));
  return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME && !is_newer(character);
}

}  // namespace radlads::text
