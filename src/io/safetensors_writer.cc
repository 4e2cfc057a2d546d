#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/file.h"
#include "io/safetensors.h"

namespace radlads {
namespace {

/// The header's length and text, padded so that the data starts at a multiple of 64 bytes.
std::string header_of(const std::vector<SafetensorsEntry>& entries,
                      const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::set<std::string_view> names = {"__metadata__"};
  uint64_t offset = 0;
  for (const SafetensorsEntry& entry : entries) {
    RADLADS_CHECK(names.insert(entry.name).second, "the name {} is taken", entry.name);
    const uint64_t end = offset + static_cast<uint64_t>(num_elements(entry.shape)) * size_of(entry.dtype);
    header[entry.name] = {
        {"dtype", safetensors_name(entry.dtype)}, {"shape", entry.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  constexpr size_t kAlignment = 64, kLengthBytes = sizeof(uint64_t);
  std::string text = header.dump();
  text.append((kAlignment - (kLengthBytes + text.size()) % kAlignment) % kAlignment, ' ');
  const uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), kLengthBytes) + text;
}

}  // namespace

struct SafetensorsWriter::State {
  State(const std::filesystem::path& path, std::vector<SafetensorsEntry> all)
      : file(path), entries(std::move(all)) {}

  FileWriter file;
  std::vector<SafetensorsEntry> entries;
  size_t next = 0;
};

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path, std::vector<SafetensorsEntry> entries,
                                     const std::map<std::string, std::string>& metadata) {
  const std::string header = header_of(entries, metadata);
  state_ = std::make_unique<State>(path, std::move(entries));
  state_->file.write(header);
}

SafetensorsWriter::~SafetensorsWriter() = default;

void SafetensorsWriter::append(std::span<const std::byte> bytes) {
  RADLADS_CHECK(state_->next < state_->entries.size(), "one tensor too many after {}",
                state_->entries.size());
  const SafetensorsEntry& entry = state_->entries[state_->next++];
  const size_t wanted = static_cast<size_t>(num_elements(entry.shape)) * size_of(entry.dtype);
  RADLADS_CHECK(bytes.size() == wanted, "{}: {} bytes for {} {}", entry.name, bytes.size(),
                safetensors_name(entry.dtype), to_string(entry.shape));
  state_->file.write(bytes);
}

void SafetensorsWriter::commit() {
  RADLADS_CHECK(state_->next == state_->entries.size(), "{} of {} tensors written", state_->next,
                state_->entries.size());
  state_->file.commit();
}

}  // namespace radlads
