// Upper, lower and title case as Python's str gives them: Unicode's full mappings, where one character may
// become several (SpecialCasing.txt, without those for single languages).
#pragma once

#include <string>
#include <string_view>

namespace radlads::text {

/// All take valid UTF-8.
std::string to_upper(std::string_view valid);

/// A sigma at the end of a word becomes a final one.
std::string to_lower(std::string_view valid);

/// The first character in title case, the others in lower case: str.capitalize().
std::string capitalized(std::string_view valid);

/// The first letter of every run of letters in title case, the others in lower case: str.title().
std::string to_title(std::string_view valid);

/// Each character that has case in the other one: str.swapcase().
std::string swapped_case(std::string_view valid);

/// Full case folding: str.casefold().
std::string case_folded(std::string_view valid);

/// True if there are letters with case, and all have this one: str.isupper(), str.islower().
bool is_in_case(std::string_view valid, bool upper);

}  // namespace radlads::text
