// The events of a JSON text, for readers that want no tree of it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace radlads {

/// Base of a class that takes the events, in the order of the text. Strings and keys are valid UTF-8.
class JsonSax : public nlohmann::json_sax<nlohmann::json> {
 public:
  /// `subject` as for parse_json (io/json.h). All three must outlive the object.
  JsonSax(std::string_view text, std::string_view subject, const std::filesystem::path& file)
      : text_(text), subject_(subject), file_(file) {}

  /// Reads the whole text. UserError if it is anything but one JSON value with white space around it.
  void parse();

  bool binary(nlohmann::json::binary_t&) final { return false; }  // not in JSON text
  bool parse_error(size_t byte, const std::string&, const nlohmann::detail::exception& error) final;

 protected:
  /// UserError "SUBJECT: WHAT in FILE".
  [[noreturn]] void refuse(std::string_view what) const;

 private:
  [[noreturn]] void refuse_byte(size_t index) const;

  std::string_view text_, subject_;
  const std::filesystem::path& file_;
};

}  // namespace radlads
