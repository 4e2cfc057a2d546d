#include "io/strided.h"

#include <cstring>

#include "core/error.h"

namespace radlads {
namespace {

template <size_t kSize>
void copy_elements(const std::byte* storage, const Strided& view, std::byte* target) {
  const Shape &shape = view.shape, &strides = view.strides;
  const int64_t num_columns = shape.back();
  const int64_t step = num_columns == 1 ? 0 : strides.back() * static_cast<int64_t>(kSize);
  Shape index(shape.size(), 0);
  int64_t at = view.offset;
  for (int64_t left = num_elements(shape); left > 0; left -= num_columns) {
    const std::byte* const row = storage + at * static_cast<int64_t>(kSize);
    for (int64_t column = 0; column < num_columns; ++column, target += kSize)
      std::memcpy(target, row + column * step, kSize);
    for (size_t i = shape.size() - 1; i-- > 0;) {  // the next row: count up as an odometer does
      if (shape[i] == 1) continue;
      at += strides[i];
      if (++index[i] < shape[i]) break;
      at -= strides[i] * shape[i];
      index[i] = 0;
    }
  }
}

}  // namespace

bool is_contiguous(const Strided& view) {
  int64_t stride = 1;
  for (size_t i = view.shape.size(); i-- > 0;) {
    if (view.shape[i] != 1 && view.strides[i] != stride) return false;
    stride *= view.shape[i];
  }
  return true;
}

void copy_strided(const std::byte* storage, const Strided& view, size_t element_bytes, std::byte* target) {
  if (is_contiguous(view)) {
    const auto num_bytes = static_cast<size_t>(num_elements(view.shape)) * element_bytes;
    std::memcpy(target, storage + view.offset * static_cast<int64_t>(element_bytes), num_bytes);
    return;
  }
  switch (element_bytes) {
    case 1:
      return copy_elements<1>(storage, view, target);
    case 2:
      return copy_elements<2>(storage, view, target);
    case 4:
      return copy_elements<4>(storage, view, target);
    default:
      RADLADS_CHECK(element_bytes == 8, "elements of {} bytes", element_bytes);
      return copy_elements<8>(storage, view, target);
  }
}

}  // namespace radlads
