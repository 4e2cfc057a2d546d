// A JSON text read from front to back, without a tree of it: the one reader of all JSON here.
//
//   JsonCursor json(text, {"[load_thing] header", file});
//   json.enter_object();
//   while (const auto key = json.next_key()) {
//     if (*key == "name") name = json.string(); else json.skip();
//   }
//   json.finish();
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace radlads {

/// What is wrong with a text is the UserError "SUBJECT: REASON in FILE", or "SUBJECT line 3: REASON in FILE"
/// of a text that is one line of the file. Both views must outlive the cursor.
struct JsonPlace {
  std::string_view subject;
  const std::filesystem::path& file;
  int64_t line = 0;
};

/// What is allowed beyond RFC 8259.
struct JsonRules {
  /// As Python's json module writes and reads numbers: NaN, Infinity, -Infinity, and 1e400, which is
  /// infinite.
  bool python_numbers = false;

  /// Forbids instead: an integer of more than 64 bits, which would lose digits.
  bool exact_integers = false;

  /// A key twice in an object of a tree (io/json.h); the last counts.
  bool repeated_keys = false;
};

class JsonCursor {
 public:
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  using Number = std::variant<int64_t, uint64_t, double>;  // the first that holds it

  /// The text must be valid UTF-8 (UserError), and outlive the cursor. A byte order mark is dropped.
  JsonCursor(std::string_view text, const JsonPlace& place, JsonRules rules = {});

  /// Of the value that comes next.
  Kind kind();

  /// Each takes the next value, and refuses one of another kind.
  void null();
  bool boolean();
  Number number();
  std::string string();

  /// The same without a copy if the text has the string as it is, else in `storage`.
  std::string_view string(std::string& storage);

  /// Then next_key() until it gives nullopt, with its value taken after each; or next_element() until false,
  /// likewise. Nested at most 64 deep.
  void enter_object();
  std::optional<std::string_view> next_key();  // valid until the next call
  void enter_array();
  bool next_element();

  /// Any value, as deep as it may be nested; returns its text. It is checked like one that is read, but half
  /// of a surrogate pair may be in its strings.
  std::string_view skip();

  /// Refuses anything but white space in the rest of the text.
  void finish();

  /// The same as kind(), in words, for messages: "a number".
  std::string_view kind_name();

  const JsonRules& rules() const { return rules_; }

  /// UserError as JsonPlace says, with a remedy ("; convert it") at its end.
  [[noreturn]] void fail(std::string_view reason, std::string_view remedy = "") const;

 private:
  char peek() const { return i_ < text_.size() ? text_[i_] : '\0'; }
  void skip_space();
  void expect(char c);
  void take_word(std::string_view word);
  void require(Kind wanted);
  bool next_item(char end);
  void enter(char begin);

  std::string_view scan_string(bool& has_escapes);
  std::string_view scan_number();
  void skip_digits();
  void skip_scalar();
  void unescape(std::string_view raw, std::string& out);
  char32_t unescape_unicode(std::string_view raw, size_t& i);

  [[noreturn]] void fail_here() const;
  [[noreturn]] void fail_cut_off() const;

  std::string_view text_;
  JsonPlace place_;
  JsonRules rules_;
  size_t i_ = 0;
  int depth_ = 0;
  bool is_first_ = false;  // nothing of the innermost object or array was taken yet
  std::string key_;
};

}  // namespace radlads
