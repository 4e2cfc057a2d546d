// Python's pickle machine, cut down to what torch.save writes for a dictionary of tensors: a stack, a memo,
// and no calls. Names that a pickle gives are looked up in a short table and never imported or run;
// everything else is refused. Values form a flat arena, so that neither reading nor freeing recurses, and
// each byte of a pickle costs a bounded amount of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "core/dtype.h"

namespace radlads {

/// What a pickle may name.
struct PickleGlobal {
  enum class Kind : uint8_t { kOrderedDict, kTensor, kParameter, kStorage };
  std::string_view module, name;
  Kind kind;
  std::optional<DType> dtype;  // of a storage whose type is read
};

/// The name of the storage of a type, for writers: "BFloat16Storage". The dtype must be floating.
std::string_view storage_name(DType dtype);

struct PickleContainer;
struct PickleStorage;
struct PickleTensor;

/// What tensors do not need: None, a boolean, a float, an integer of more than 64 bits.
struct PickleOther {};

/// Strings are in the pickle; what pointers point to belongs to the machine.
using PickleValue = std::variant<PickleOther, int64_t, std::string_view, const PickleGlobal*,
                                 PickleContainer*, const PickleStorage*, const PickleTensor*>;

struct PickleContainer {
  enum class Kind : uint8_t { kTuple, kList, kDict };
  Kind kind;
  std::vector<PickleValue> items;  // of a dictionary: key, value, key, value ...
};

/// Entry `key` of the archive, as a sequence of elements.
struct PickleStorage {
  const PickleGlobal* type;
  std::string_view key;
  int64_t num_elements;
};

/// A view of a storage, not checked yet: `offset`, `shape` and `strides` are as the file gives them.
struct PickleTensor {
  const PickleStorage* storage;
  int64_t offset;                          // in elements, like the strides
  const PickleContainer *shape, *strides;  // tuples
};

/// Runs one pickle. The bytes must outlive the machine, and the machine what it returns.
class PickleMachine {
 public:
  /// `path` is for messages.
  PickleMachine(std::span<const std::byte> pickle, const std::filesystem::path& path)
      : pickle_(pickle), path_(path) {}

  /// The object that was saved. UserError "[torch_file] PATH: ..." for anything that is not in the table, and
  /// for a pickle that is damaged.
  PickleValue run();

 private:
  void step(uint8_t opcode);
  bool push_read(uint8_t opcode);
  bool push_made(uint8_t opcode);
  bool change(uint8_t opcode);
  std::span<const std::byte> take(size_t size);
  template <class T>
  T take_integer();
  std::string_view take_text(size_t size);
  std::string_view take_line();
  void check_protocol(uint8_t protocol);

  void push(PickleValue value) { stack_.push_back(value); }
  PickleValue pop();
  PickleContainer& top_container(PickleContainer::Kind kind);
  std::vector<PickleValue> pop_to_mark();
  void push_container(PickleContainer::Kind kind, std::vector<PickleValue> items = {});
  void push_tuple(size_t size);
  void push_long();
  void push_global();
  void push_storage();
  void put(size_t index);
  void get(size_t index);
  void set_items(std::vector<PickleValue> items);
  void append(std::vector<PickleValue> items);
  void reduce();
  PickleValue tensor_of(const std::vector<PickleValue>& arguments);

  [[noreturn]] void refuse_damage(std::string_view what) const;

  std::span<const std::byte> pickle_;
  const std::filesystem::path& path_;
  size_t at_ = 0;
  std::vector<PickleValue> stack_, memo_;
  std::vector<size_t> marks_;  // sizes of the stack
  std::deque<PickleContainer> containers_;
  std::deque<PickleStorage> storages_;
  std::deque<PickleTensor> tensors_;
};

}  // namespace radlads
