#include "io/safetensors.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "io/json.h"
#include "io/little_endian.h"
#include "io/printable.h"

namespace radlads {
namespace {

using nlohmann::json;

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the reference implementation's limit
constexpr std::string_view kHeader = "header";
constexpr std::string_view kMetadata = "__metadata__";

/// A tensor as the header describes it; its bytes are [begin, end) of the data.
struct Entry {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  uint64_t begin = 0, end = 0;
};

/// Reads one file's header; holds what its messages need.
class HeaderReader {
 public:
  explicit HeaderReader(const MappedFile& file) : file_(file) {}

  /// Sorted by position in the file; together they cover the data exactly.
  std::vector<Entry> read(std::map<std::string, std::string>& metadata);

  /// Behind the header.
  std::span<const std::byte> data() const { return file_.bytes().subspan(sizeof(uint64_t) + text_.size()); }

 private:
  void find_text();
  Entry read_entry(const std::string& name, const json& fields) const;
  void read_metadata(const json& fields, std::map<std::string, std::string>& metadata) const;
  std::vector<int64_t> whole_numbers(std::string_view name, const char* field, const json& value) const;
  void check_size(const Entry& entry) const;
  void check_coverage(const std::vector<Entry>& entries) const;
  [[noreturn]] void refuse(std::string_view subject, std::string_view what) const;
  [[noreturn]] void refuse_truncated(uint64_t promised_bytes) const;

  const MappedFile& file_;
  std::string_view text_;
};

std::vector<Entry> HeaderReader::read(std::map<std::string, std::string>& metadata) {
  find_text();
  const json header = parse_json(text_, "[load_safetensors] header", file_.path());
  std::vector<Entry> entries;
  for (const auto& [name, fields] : header.items()) {
    if (name == kMetadata) {
      read_metadata(fields, metadata);
    } else {
      entries.push_back(read_entry(name, fields));
    }
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  check_coverage(entries);
  return entries;
}

void HeaderReader::find_text() {
  const auto bytes = file_.bytes();
  const std::string_view file_text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (file_text.starts_with("version https://git-lfs")) {
    refuse(kHeader, "a Git LFS pointer, not the file itself (fetch it with `git lfs pull`)");
  }
  if (bytes.size() < sizeof(uint64_t)) refuse_truncated(sizeof(uint64_t));
  const auto length = load_integer<uint64_t>(bytes.data());
  if (length > kMaxHeaderBytes) {
    refuse(kHeader,
           fmt::format("{} bytes long, more than {}: not a safetensors file", length, kMaxHeaderBytes));
  }
  if (length > bytes.size() - sizeof(uint64_t)) refuse_truncated(sizeof(uint64_t) + length);
  text_ = file_text.substr(sizeof(uint64_t), length);
  if (!text_.starts_with('{')) refuse(kHeader, "does not begin with '{': not a safetensors file");
}

void HeaderReader::read_metadata(const json& fields, std::map<std::string, std::string>& metadata) const {
  if (!fields.is_object()) refuse(kMetadata, fmt::format("expected an object, got {}", fields.type_name()));
  for (const auto& [key, value] : fields.items()) {
    if (!value.is_string()) {
      refuse(kMetadata, fmt::format("\"{}\" is no string but {}", printable(key), value.type_name()));
    }
    metadata.emplace(key, value.get<std::string>());
  }
}

Entry HeaderReader::read_entry(const std::string& name, const json& fields) const {
  if (!fields.is_object()) refuse(name, fmt::format("expected an object, got {}", fields.type_name()));
  for (const char* field : {"dtype", "shape", "data_offsets"}) {
    if (!fields.contains(field)) refuse(name, fmt::format("has no field \"{}\"", field));
  }
  for (const auto& [field, value] : fields.items()) {
    if (field != "dtype" && field != "shape" && field != "data_offsets") {
      refuse(name, fmt::format("has an unknown field \"{}\"", printable(field)));
    }
  }
  const json& dtype_name = fields["dtype"];
  if (!dtype_name.is_string()) refuse(name, fmt::format("dtype is no string but {}", dtype_name.type_name()));
  const auto dtype = dtype_from_safetensors(dtype_name.get<std::string>());
  if (!dtype) {
    refuse(name, fmt::format("dtype {} is not supported (convert it to F32, BF16 or F16)",
                             printable(dtype_name.get<std::string>())));
  }
  const std::vector<int64_t> offsets = whole_numbers(name, "data_offsets", fields["data_offsets"]);
  if (offsets.size() != 2) refuse(name, fmt::format("data_offsets has {} numbers, not 2", offsets.size()));
  Entry entry{name, *dtype, whole_numbers(name, "shape", fields["shape"]), static_cast<uint64_t>(offsets[0]),
              static_cast<uint64_t>(offsets[1])};
  check_size(entry);
  return entry;
}

std::vector<int64_t> HeaderReader::whole_numbers(std::string_view name, const char* field,
                                                 const json& value) const {
  if (!value.is_array()) refuse(name, fmt::format("{} is no array but {}", field, value.type_name()));
  std::vector<int64_t> numbers;
  for (const json& item : value) {
    if (!item.is_number_unsigned() || item.get<uint64_t>() > INT64_MAX) {
      refuse(name, fmt::format("{} has {}, not a whole number from 0 to 2^63 - 1", field,
                               item.is_number() ? item.dump() : item.type_name()));
    }
    numbers.push_back(item.get<int64_t>());
  }
  return numbers;
}

void HeaderReader::check_size(const Entry& entry) const {
  if (entry.begin > entry.end) {
    refuse(entry.name, fmt::format("data_offsets are reversed: [{}, {}]", entry.begin, entry.end));
  }
  auto wanted = static_cast<int64_t>(size_of(entry.dtype));
  for (const int64_t extent : entry.shape) {
    if (__builtin_mul_overflow(wanted, extent, &wanted)) {
      refuse(entry.name, fmt::format("shape {} is too large", printable(to_string(entry.shape))));
    }
  }
  if (entry.end - entry.begin != static_cast<uint64_t>(wanted)) {
    refuse(entry.name,
           fmt::format("{} {} takes {} bytes, but data_offsets give it {}", safetensors_name(entry.dtype),
                       printable(to_string(entry.shape)), wanted, entry.end - entry.begin));
  }
}

void HeaderReader::check_coverage(const std::vector<Entry>& entries) const {
  uint64_t covered = 0;
  for (const Entry& entry : entries) {
    if (entry.begin < covered) {
      refuse(entry.name, fmt::format("its data begins at {}, inside that of another tensor, which ends at {}",
                                     entry.begin, covered));
    }
    if (entry.begin > covered) {
      refuse(entry.name,
             fmt::format("bytes {} to {} before its data belong to no tensor", covered, entry.begin));
    }
    covered = entry.end;
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

bool is_aligned(const std::byte* data, DType dtype) {
  return reinterpret_cast<uintptr_t>(data) % size_of(dtype) == 0;
}

}  // namespace

Safetensors::Safetensors(const std::filesystem::path& path) : file_(path) {
  HeaderReader reader(file_);
  for (Entry& entry : reader.read(metadata_)) {
    const auto bytes = reader.data().subspan(entry.begin, entry.end - entry.begin);
    const std::byte* data = bytes.data();
    if (!is_aligned(data, entry.dtype) && !bytes.empty()) {
      Buffer& copy = aligned_copies_.emplace_back(bytes.size());
      std::memcpy(copy.data(), data, bytes.size());
      data = copy.data();
    }
    tensors_.emplace(std::move(entry.name),
                     TensorView{data, entry.dtype, std::move(entry.shape), Device::cpu()});
  }
}

}  // namespace radlads
