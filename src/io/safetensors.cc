#include "io/safetensors.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <variant>

#include "core/error.h"
#include "io/data_kind.h"
#include "io/json_cursor.h"
#include "io/little_endian.h"
#include "io/printable.h"
#include "io/python_json.h"

namespace radlads {
namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the reference implementation's limit
constexpr size_t kMostOfAPage = 1 << 12;           // enough to tell one
constexpr std::string_view kHeader = "header";
constexpr std::string_view kMetadata = "__metadata__";

/// The types that a tensor may be stored as (safetensors 0.8), in bits per element.
struct StoredType {
  std::string_view name;
  int bits;
};
constexpr StoredType kStoredTypes[] = {
    {"F4", 4},          {"F6_E2M3", 6},     {"F6_E3M2", 6}, {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8},
    {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"BOOL", 8},    {"U8", 8},      {"I8", 8},      {"U16", 16},
    {"I16", 16},        {"F16", 16},        {"BF16", 16},   {"U32", 32},    {"I32", 32},    {"F32", 32},
    {"U64", 64},        {"I64", 64},        {"F64", 64},    {"C64", 64},
};

/// A tensor as the header describes it; its bytes are [begin, end) of the data.
struct Entry {
  std::string name;
  const StoredType* type = nullptr;
  Shape shape;
  uint64_t begin = 0, end = 0;
};

/// Reads one file's header; keeps what its messages need.
class HeaderReader {
 public:
  explicit HeaderReader(const MappedFile& file) : file_(file) {}

  /// Sorted by position in the file; together they cover the data exactly.
  std::vector<Entry> read(std::map<std::string, std::string>& metadata);

  [[noreturn]] void refuse_twice(std::string_view name) const {
    refuse(kHeader, fmt::format("the key {} appears twice", in_quotes(name)));
  }

  /// After the header.
  std::span<const std::byte> data() const { return file_.bytes().subspan(sizeof(uint64_t) + text_.size()); }

 private:
  void find_text();
  Entry read_entry(JsonCursor& json, std::string name) const;
  void read_metadata(JsonCursor& json, std::map<std::string, std::string>& metadata) const;
  const StoredType* read_type(JsonCursor& json, std::string_view name) const;
  std::vector<int64_t> read_integers(JsonCursor& json, std::string_view name, std::string_view field) const;
  void require(JsonCursor& json, JsonCursor::Kind kind, std::string_view subject,
               std::string_view what) const;
  void check_size(const Entry& entry) const;
  void check_coverage(const std::vector<Entry>& entries) const;
  [[noreturn]] void refuse(std::string_view subject, std::string_view what) const;
  [[noreturn]] void refuse_truncated(uint64_t promised_bytes) const;

  const MappedFile& file_;
  std::string_view text_;
};

std::vector<Entry> HeaderReader::read(std::map<std::string, std::string>& metadata) {
  find_text();
  JsonCursor json(text_, {"[load_safetensors] header", file_.path()});
  std::vector<Entry> entries;
  bool has_metadata = false;
  json.enter_object();
  while (const auto key = json.next_key()) {
    if (*key != kMetadata) {
      entries.push_back(read_entry(json, std::string(*key)));
      continue;
    }
    if (std::exchange(has_metadata, true)) refuse_twice(kMetadata);
    read_metadata(json, metadata);
  }
  json.finish();
  const auto lies_before = [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  };
  if (!std::is_sorted(entries.begin(), entries.end(), lies_before))
    std::sort(entries.begin(), entries.end(), lies_before);
  check_coverage(entries);
  return entries;
}

void HeaderReader::find_text() {
  const auto bytes = file_.bytes();
  const std::string_view file_text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const auto found = false_download(file_text.substr(0, kMostOfAPage)))
    refuse(kHeader, fmt::format("{} ({})", found->what, found->remedy));
  if (bytes.size() < sizeof(uint64_t)) refuse_truncated(sizeof(uint64_t));
  const auto length = load_integer<uint64_t>(bytes.data());
  if (length > kMaxHeaderBytes) {
    refuse(kHeader,
           fmt::format("{} bytes long, more than {}: not a safetensors file", length, kMaxHeaderBytes));
  }
  if (length > bytes.size() - sizeof(uint64_t)) refuse_truncated(sizeof(uint64_t) + length);
  text_ = file_text.substr(sizeof(uint64_t), length);
  const size_t begin = text_.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text_[begin] != '{')
    refuse(kHeader, "does not begin with '{': not a safetensors file");
}

void HeaderReader::require(JsonCursor& json, JsonCursor::Kind kind, std::string_view subject,
                           std::string_view what) const {
  if (json.kind() != kind) refuse(subject, fmt::format("{}, not {}", what, json.kind_name()));
}

void HeaderReader::read_metadata(JsonCursor& json, std::map<std::string, std::string>& metadata) const {
  if (json.kind() == JsonCursor::Kind::kNull) return json.null();
  require(json, JsonCursor::Kind::kObject, kMetadata, "must be an object");
  json.enter_object();
  while (const auto next = json.next_key()) {
    const std::string key(*next);
    require(json, JsonCursor::Kind::kString, kMetadata, fmt::format("{} must be a string", in_quotes(key)));
    if (!metadata.emplace(key, json.string()).second)
      refuse(kMetadata, fmt::format("the key {} appears twice", in_quotes(key)));
  }
}

Entry HeaderReader::read_entry(JsonCursor& json, std::string name) const {
  require(json, JsonCursor::Kind::kObject, name, "must be an object");
  const StoredType* type = nullptr;
  std::optional<std::vector<int64_t>> shape, offsets;
  const auto once = [&](bool is_new, std::string_view field) {
    if (!is_new) refuse(name, fmt::format("the field {} appears twice", field));
  };
  json.enter_object();
  while (const auto field = json.next_key()) {
    if (*field == "dtype") {
      once(type == nullptr, *field);
      type = read_type(json, name);
    } else if (*field == "shape") {
      once(!shape, *field);
      shape = read_integers(json, name, "shape");
    } else if (*field == "data_offsets") {
      once(!offsets, *field);
      offsets = read_integers(json, name, "data_offsets");
    } else {
      json.skip();
    }
  }
  if (type == nullptr) refuse(name, "has no field \"dtype\"");
  if (!shape) refuse(name, "has no field \"shape\"");
  if (!offsets) refuse(name, "has no field \"data_offsets\"");
  if (offsets->size() != 2)
    refuse(name, fmt::format("data_offsets must be 2 numbers, not {}", offsets->size()));
  Entry entry{std::move(name), type, std::move(*shape), static_cast<uint64_t>((*offsets)[0]),
              static_cast<uint64_t>((*offsets)[1])};
  check_size(entry);
  return entry;
}

const StoredType* HeaderReader::read_type(JsonCursor& json, std::string_view name) const {
  require(json, JsonCursor::Kind::kString, name, "dtype must be a string");
  std::string storage;
  const std::string_view wanted = json.string(storage);
  const auto* const type = std::find_if(std::begin(kStoredTypes), std::end(kStoredTypes),
                                        [&](const StoredType& each) { return each.name == wanted; });
  if (type == std::end(kStoredTypes)) refuse(name, fmt::format("there is no dtype {}", in_quotes(wanted)));
  return type;
}

std::vector<int64_t> HeaderReader::read_integers(JsonCursor& json, std::string_view name,
                                                 std::string_view field) const {
  const auto refuse_other = [&](std::string_view found) {
    refuse(name, fmt::format("{} must be whole numbers from 0 to 2^63 - 1, not {}", field, found));
  };
  require(json, JsonCursor::Kind::kArray, name, fmt::format("{} must be a list", field));
  std::vector<int64_t> numbers;
  json.enter_array();
  while (json.next_element()) {
    if (json.kind() != JsonCursor::Kind::kNumber) refuse_other(json.kind_name());
    const JsonCursor::Number number = json.number();
    const auto* const whole = std::get_if<int64_t>(&number);
    const auto* const real = std::get_if<double>(&number);
    if (real != nullptr) refuse_other(python_repr_float(*real));
    if (whole == nullptr || *whole < 0)
      refuse_other(std::visit([](auto value) { return fmt::format("{}", value); }, number));
    numbers.push_back(*whole);
  }
  return numbers;
}

void HeaderReader::check_size(const Entry& entry) const {
  if (entry.begin > entry.end) {
    refuse(entry.name, fmt::format("data_offsets are reversed: [{}, {}]", entry.begin, entry.end));
  }
  int64_t bits = entry.type->bits;
  for (const int64_t extent : entry.shape) {
    if (__builtin_mul_overflow(bits, extent, &bits))
      refuse(entry.name, fmt::format("shape {} is too large", printable(to_string(entry.shape))));
  }
  const auto bytes = static_cast<uint64_t>(bits) / 8;
  if (bits % 8 != 0 || entry.end - entry.begin != bytes) {
    refuse(entry.name, fmt::format("{} {} takes {} bytes, but data_offsets give it {}", entry.type->name,
                                   printable(to_string(entry.shape)), static_cast<double>(bits) / 8,
                                   entry.end - entry.begin));
  }
}

void HeaderReader::check_coverage(const std::vector<Entry>& entries) const {
  uint64_t covered = 0;
  const Entry* before = nullptr;
  for (const Entry& entry : entries) {
    if (before != nullptr && before->name == entry.name) refuse_twice(entry.name);
    if (entry.begin < covered) {
      refuse(entry.name, fmt::format("its data begins at {}, inside that of another tensor, which ends at {}",
                                     entry.begin, covered));
    }
    if (entry.begin > covered) {
      refuse(entry.name,
             fmt::format("bytes {} to {} before its data belong to no tensor", covered, entry.begin));
    }
    covered = entry.end;
    before = &entry;
  }
  if (covered > data().size()) refuse_truncated(file_.bytes().size() - data().size() + covered);
  if (covered < data().size()) {
    refuse(kHeader, fmt::format("the last {} bytes belong to no tensor", data().size() - covered));
  }
}

void HeaderReader::refuse(std::string_view subject, std::string_view what) const {
  fail("[load_safetensors] {}: {} in {}", printable(subject), what, file_.path().string());
}

void HeaderReader::refuse_truncated(uint64_t promised_bytes) const {
  fail(
      "[load_safetensors] header: the file is truncated ({} bytes, the header promises {}) in {}; download "
      "or copy it again",
      file_.bytes().size(), promised_bytes, file_.path().string());
}

}  // namespace

Safetensors::Safetensors(const std::filesystem::path& path) : file_(path) {
  HeaderReader reader(file_);
  for (Entry& entry : reader.read(metadata_)) {
    const auto bytes = reader.data().subspan(entry.begin, entry.end - entry.begin);
    const auto dtype = dtype_from_safetensors(entry.type->name);
    const auto [tensor, is_new] = tensors_.try_emplace(std::move(entry.name));
    if (!is_new) reader.refuse_twice(tensor->first);
    if (dtype) {
      tensor->second = {aligned(bytes, *dtype), *dtype, std::move(entry.shape), Device::cpu()};
    } else {
      others_.emplace(tensor->first, entry.type->name);
    }
  }
  for (const auto& [name, type] : others_) tensors_.erase(name);
}

/// `bytes` themselves if they may be read as elements.
const std::byte* Safetensors::aligned(std::span<const std::byte> bytes, DType dtype) {
  const bool is_aligned = reinterpret_cast<uintptr_t>(bytes.data()) % size_of(dtype) == 0;
  if (is_aligned || bytes.empty()) return bytes.data();
  Buffer& copy = aligned_copies_.emplace_back(bytes.size());
  std::memcpy(copy.data(), bytes.data(), bytes.size());
  return copy.data();
}

}  // namespace radlads
