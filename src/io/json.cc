#include "io/json.h"

#include <string>
#include <unordered_set>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/printable.h"

namespace radlads {
namespace {

constexpr int kMaxDepth = 64;

/// "unexpected '}' at byte 17". The library's own text may quote a whole document.
std::string reason_of(const nlohmann::json::parse_error& error, std::string_view text) {
  if (error.byte > text.size()) return fmt::format("the JSON ends too early, after {} bytes", text.size());
  if (error.byte == 0) return "invalid JSON";
  const auto c = static_cast<unsigned char>(text[error.byte - 1]);
  if (c > 0x20 && c < 0x7F) {
    return fmt::format("invalid JSON: unexpected '{}' at byte {}", static_cast<char>(c), error.byte);
  }
  return fmt::format("invalid JSON: unexpected byte 0x{:02X} at byte {}", c, error.byte);
}

}  // namespace

nlohmann::json parse_json(std::string_view text, std::string_view subject,
                          const std::filesystem::path& file) {
  using Event = nlohmann::json::parse_event_t;
  std::vector<std::unordered_set<std::string>> keys;  // of each object that is open
  const auto check = [&](int depth, Event event, const nlohmann::json& value) {
    if (depth >= kMaxDepth) fail("{}: JSON nested deeper than {} in {}", subject, kMaxDepth, file.string());
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(value.get<std::string>()).second) {
      fail("{}: the key \"{}\" is there twice in {}", subject, printable(value.get<std::string>()),
           file.string());
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, check);
  } catch (const nlohmann::json::parse_error& error) {
    fail("{}: {} in {}", subject, reason_of(error, text), file.string());
  } catch (const nlohmann::json::out_of_range&) {
    fail("{}: the JSON holds a number beyond all range in {}", subject, file.string());
  }
}

}  // namespace radlads
