#include "io/torch_file.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "io/data_kind.h"
#include "io/pickle.h"
#include "io/printable.h"
#include "io/state_dict.h"
#include "io/strided.h"
#include "io/zip_directory.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;
using Bytes = std::span<const std::byte>;

// Far more than models need. The first two bound what a pickle makes of its bytes, the third what tensors
// make of a storage that many of them share.
constexpr size_t kMaxPickleBytes = 1 << 24, kMaxDimensions = 16;
constexpr uint64_t kMaxCopiedPerByteOfFile = 4;

constexpr std::string_view kAgain = "download or copy it again";

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

template <class... Args>
[[noreturn]] void refuse(const fs::path& path, fmt::format_string<Args...> format, Args&&... args) {
  fail("[torch_file] {}: {}", path.string(), fmt::format(format, std::forward<Args>(args)...));
}

/// The file if it begins as a zip archive.
const MappedFile& check_is_zip(const MappedFile& file) {
  constexpr size_t kMostOfAPage = 1 << 12;  // enough to tell one
  const std::string_view head = text_of(file.bytes()).substr(0, kMostOfAPage);
  if (const auto found = false_download(head)) refuse(file.path(), "is {}; {}", found->what, found->remedy);
  if (head.starts_with("\x80\x02\x8a\x0a\x6c\xfc\x9c"sv)) {
    refuse(file.path(),
           "has the format of PyTorch before 1.6; load it with torch.load and save it again with "
           "torch.save");
  }
  if (!head.starts_with("PK\x03\x04"sv)) {
    refuse(file.path(),
           "is not a zip archive ({} bytes), as torch.save writes; give a .pth or .pt file, or {}",
           file.bytes().size(), kAgain);
  }
  return file;
}

/// The entries that matter, and the views that tensors become.
class Archive {
 public:
  Archive(const MappedFile& file, std::vector<Buffer>& copies);

  Bytes pickle() const { return pickle_; }
  TensorView view_of(const NamedTensor& named);

 private:
  Bytes storage_of(const NamedTensor& named) const;
  Shape integers(const NamedTensor& named, const PickleContainer& tuple) const;
  Strided strided(const NamedTensor& named) const;
  const std::byte* copy(const NamedTensor& named, const Strided& view, Bytes storage);

  template <class... Args>
  [[noreturn]] void refuse_tensor(const NamedTensor& named, fmt::format_string<Args...> format,
                                  Args&&... args) const {
    refuse(file_.path(), "{} {}", printable(named.name), fmt::format(format, std::forward<Args>(args)...));
  }

  const MappedFile& file_;
  std::vector<Buffer>& copies_;
  ZipDirectory entries_;
  std::string root_;
  Bytes pickle_;
  uint64_t copied_bytes_ = 0;
};

Archive::Archive(const MappedFile& file, std::vector<Buffer>& copies)
    : file_(file), copies_(copies), entries_(check_is_zip(file)) {
  root_ = entries_.first_name().substr(0, entries_.first_name().find('/'));
  const auto pickle = entries_.find(root_ + "/data.pkl");
  if (!pickle) refuse(file.path(), "is a zip archive without data.pkl; give a file that torch.save wrote");
  if (pickle->size() > kMaxPickleBytes) {
    refuse(file.path(), "its data.pkl has {} bytes, more than {}; save the state dict alone", pickle->size(),
           kMaxPickleBytes);
  }
  pickle_ = *pickle;
  const auto order = entries_.find(root_ + "/byteorder");  // which old files lack
  if (order && text_of(*order) != "little") {
    refuse(file.path(),
           "has numbers in another order of bytes than little-endian; load it with torch.load and "
           "save it again with torch.save");
  }
}

Bytes Archive::storage_of(const NamedTensor& named) const {
  const PickleStorage& storage = *named.tensor->storage;
  const size_t element = size_of(*storage.type->dtype);
  const auto bytes = entries_.find(fmt::format("{}/data/{}", root_, storage.key));
  if (!bytes)
    refuse_tensor(named, "has its data in {}, which is missing; {}", in_quotes(storage.key), kAgain);
  uint64_t wanted = 0;
  if (__builtin_mul_overflow(storage.num_elements, element, &wanted) || wanted != bytes->size()) {
    refuse_tensor(named, "needs a storage of {} elements of {} bytes, but it has {} bytes; {}",
                  storage.num_elements, element, bytes->size(), kAgain);
  }
  return *bytes;
}

Shape Archive::integers(const NamedTensor& named, const PickleContainer& tuple) const {
  const size_t count = tuple.items.size();
  if (count > kMaxDimensions) refuse_tensor(named, "has {} dimensions, more than {}", count, kMaxDimensions);
  Shape integers;
  for (const PickleValue& item : tuple.items) {
    const auto* const integer = std::get_if<int64_t>(&item);
    if (integer == nullptr || *integer < 0)
      refuse_tensor(named, "has a shape or strides that are not whole numbers from 0 to 2^63 - 1; {}",
                    kAgain);
    integers.push_back(*integer);
  }
  return integers;
}

/// The shape, strides and offset, after checking that every element is inside the storage and none is
/// repeated.
Strided Archive::strided(const NamedTensor& named) const {
  const PickleTensor& tensor = *named.tensor;
  const int64_t available = tensor.storage->num_elements;
  Strided view{integers(named, *tensor.shape), integers(named, *tensor.strides), tensor.offset};
  bool is_valid = view.offset >= 0 && view.shape.size() == view.strides.size();
  bool is_expanded = false;
  int64_t count = 1, last = view.offset;
  for (size_t i = 0; i < view.shape.size() && is_valid; ++i) {
    const int64_t extent = view.shape[i], stride = view.strides[i];
    const int64_t steps = std::max<int64_t>(extent - 1, 0);
    int64_t reach = 0;
    is_valid = !__builtin_mul_overflow(count, extent, &count) &&
               !__builtin_mul_overflow(steps, stride, &reach) && !__builtin_add_overflow(last, reach, &last);
    is_expanded |= extent > 1 && stride == 0;
  }
  if (!is_valid || (count == 0 ? view.offset > available : last >= available)) {
    refuse_tensor(named,
                  "with offset {}, shape {} and strides {} is not inside its storage of {} elements; {}",
                  view.offset, to_string(view.shape), to_string(view.strides), available, kAgain);
  }
  if (count > available || (is_expanded && count > 0))
    refuse_tensor(named, "is expanded: it repeats elements; save a copy of it, tensor.contiguous()");
  return view;
}

const std::byte* Archive::copy(const NamedTensor& named, const Strided& view, Bytes storage) {
  const size_t element = size_of(*named.tensor->storage->type->dtype);
  const size_t num_bytes = static_cast<size_t>(num_elements(view.shape)) * element;
  copied_bytes_ += num_bytes;  // each is at most a storage, and they end at a few times the file
  if (copied_bytes_ > kMaxCopiedPerByteOfFile * file_.bytes().size()) {
    refuse_tensor(named,
                  "shares its storage with too many tensors of other strides; save copies of them, "
                  "tensor.contiguous()");
  }
  std::byte* const target = copies_.emplace_back(num_bytes).data();
  copy_strided(storage.data(), view, element, target);
  return target;
}

TensorView Archive::view_of(const NamedTensor& named) {
  const DType dtype = *named.tensor->storage->type->dtype;
  const Bytes storage = storage_of(named);
  const Strided view = strided(named);
  const std::byte* data = storage.data() + static_cast<size_t>(view.offset) * size_of(dtype);
  const bool is_aligned = reinterpret_cast<uintptr_t>(data) % size_of(dtype) == 0;
  if (num_elements(view.shape) > 0 && !(is_aligned && is_contiguous(view))) data = copy(named, view, storage);
  return {data, dtype, view.shape, Device::cpu()};
}

}  // namespace

TorchFile::TorchFile(const fs::path& path) : file_(path) {
  Archive archive(file_, copies_);
  PickleMachine machine(archive.pickle(), file_.path());
  for (NamedTensor& named : named_tensors(machine.run(), file_.path())) {
    const PickleGlobal& type = *named.tensor->storage->type;
    if (type.dtype) {
      TensorView view = archive.view_of(named);
      tensors_.emplace(std::move(named.name), std::move(view));
    } else {
      others_.emplace(std::move(named.name), type.name);
    }
  }
}

}  // namespace radlads
