// The names that a pickle of tensors may give, and what the machine makes of each without Python.
#include <algorithm>
#include <iterator>

#include "core/error.h"
#include "io/pickle.h"
#include "io/printable.h"

namespace radlads {
namespace {

using Kind = PickleContainer::Kind;
using GlobalKind = PickleGlobal::Kind;
using Values = std::vector<PickleValue>;

constexpr PickleGlobal kGlobals[] = {
    {"collections", "OrderedDict", GlobalKind::kOrderedDict, {}},
    {"torch._utils", "_rebuild_tensor_v2", GlobalKind::kTensor, {}},
    {"torch._utils", "_rebuild_parameter", GlobalKind::kParameter, {}},
    {"torch", "BFloat16Storage", GlobalKind::kStorage, DType::kBF16},
    {"torch", "HalfStorage", GlobalKind::kStorage, DType::kF16},
    {"torch", "FloatStorage", GlobalKind::kStorage, DType::kF32},
    {"torch", "DoubleStorage", GlobalKind::kStorage, DType::kF64},
    {"torch", "LongStorage", GlobalKind::kStorage, {}},
    {"torch", "IntStorage", GlobalKind::kStorage, {}},
    {"torch", "ShortStorage", GlobalKind::kStorage, {}},
    {"torch", "CharStorage", GlobalKind::kStorage, {}},
    {"torch", "ByteStorage", GlobalKind::kStorage, {}},
    {"torch", "BoolStorage", GlobalKind::kStorage, {}},
    {"torch", "ComplexFloatStorage", GlobalKind::kStorage, {}},
    {"torch", "ComplexDoubleStorage", GlobalKind::kStorage, {}},
};

template <class T>
const T* get_at(const Values& values, size_t index) {
  return index < values.size() ? std::get_if<T>(&values[index]) : nullptr;
}

/// nullptr unless the value there is a container of this kind.
const PickleContainer* container_at(const Values& values, size_t index, Kind kind) {
  const auto* const container = get_at<PickleContainer*>(values, index);
  return container != nullptr && (*container)->kind == kind ? *container : nullptr;
}

}  // namespace

std::string_view storage_name(DType dtype) {
  const auto* const type = std::find_if(std::begin(kGlobals), std::end(kGlobals),
                                        [&](const PickleGlobal& global) { return global.dtype == dtype; });
  RADLADS_CHECK(type != std::end(kGlobals), "no storage of {}", safetensors_name(dtype));
  return type->name;
}

void PickleMachine::push_global() {
  const std::string_view module = take_line(), name = take_line();
  for (const PickleGlobal& global : kGlobals) {
    if (global.module == module && global.name == name) return push(&global);
  }
  fail(
      "[torch_file] {}: names {}, which tensors do not need and which is never run; save the state dict "
      "alone: torch.save(model.state_dict(), FILE)",
      path_.string(), in_quotes(fmt::format("{}.{}", module, name)));
}

/// From the persistent id ("storage", type, key, device, number of elements).
void PickleMachine::push_storage() {
  const PickleValue id = pop();
  const Values ids{id};
  const PickleContainer* const tuple = container_at(ids, 0, Kind::kTuple);
  if (tuple == nullptr) refuse_damage("a storage is missing");
  const Values& items = tuple->items;
  const auto* const tag = get_at<std::string_view>(items, 0);
  const auto* const type = get_at<const PickleGlobal*>(items, 1);
  const auto* const key = get_at<std::string_view>(items, 2);
  const auto* const num_elements = get_at<int64_t>(items, 4);
  if (items.size() != 5 || tag == nullptr || *tag != "storage" || type == nullptr ||
      (*type)->kind != GlobalKind::kStorage || key == nullptr || num_elements == nullptr)
    refuse_damage("a storage is not described as torch.save does");
  push(&storages_.emplace_back(PickleStorage{*type, *key, *num_elements}));
}

/// What a call of one of the few functions gives.
void PickleMachine::reduce() {
  const PickleValue tuple = pop(), function = pop();
  const PickleContainer* const arguments = container_at({tuple}, 0, Kind::kTuple);
  auto* const* const global = std::get_if<const PickleGlobal*>(&function);
  if (arguments == nullptr || global == nullptr) refuse_damage("a call has no function or no arguments");
  const Values& items = arguments->items;
  switch ((*global)->kind) {
    case GlobalKind::kOrderedDict:
      if (!items.empty()) refuse_damage("an OrderedDict is not made empty");
      return push_container(Kind::kDict);
    case GlobalKind::kTensor:
      return push(tensor_of(items));
    case GlobalKind::kParameter: {
      const auto* const tensor = get_at<const PickleTensor*>(items, 0);
      if (items.size() != 3 || tensor == nullptr) refuse_damage("a parameter is not a tensor");
      return push(*tensor);
    }
    case GlobalKind::kStorage:
      refuse_damage("a type is called");
  }
}

/// From (storage, offset, shape, strides, requires_grad, hooks).
PickleValue PickleMachine::tensor_of(const Values& arguments) {
  const auto* const storage = get_at<const PickleStorage*>(arguments, 0);
  const auto* const offset = get_at<int64_t>(arguments, 1);
  const auto* const shape = container_at(arguments, 2, Kind::kTuple);
  const auto* const strides = container_at(arguments, 3, Kind::kTuple);
  if (arguments.size() > 6) {
    fail(
        "[torch_file] {}: a tensor has flags (such as that of a negative view); save it again after "
        "tensor.resolve_conj().resolve_neg()",
        path_.string());
  }
  if (arguments.size() != 6 || storage == nullptr || offset == nullptr || shape == nullptr ||
      strides == nullptr)
    refuse_damage("a tensor is not described as torch.save does");
  return &tensors_.emplace_back(PickleTensor{*storage, *offset, shape, strides});
}

}  // namespace radlads
