#include "io/pickle.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "io/little_endian.h"
#include "io/printable.h"

namespace radlads {
namespace {

using Kind = PickleContainer::Kind;
using Values = std::vector<PickleValue>;

/// Of protocol 2; the names are Python's.
enum Opcode : uint8_t {
  kMark = '(',
  kEmptyTuple = ')',
  kStop = '.',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinUnicode = 'X',
  kEmptyList = ']',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
};

}  // namespace

void PickleMachine::refuse_damage(std::string_view what) const {
  fail("[torch_file] {}: its data.pkl is damaged at byte {} ({}); download or copy it again", path_.string(),
       at_, what);
}

PickleValue PickleMachine::run() {
  for (;;) {
    const auto opcode = take_integer<uint8_t>();
    if (opcode == kStop) return pop();
    step(opcode);
  }
}

void PickleMachine::step(uint8_t opcode) {
  if (push_read(opcode) || push_made(opcode) || change(opcode)) return;
  fail(
      "[torch_file] {}: its data.pkl has the opcode 0x{:02x} at byte {}, which torch.save does not write for "
      "tensors; save the state dict alone: torch.save(model.state_dict(), FILE)",
      path_.string(), opcode, at_ - 1);
}

/// Opcodes that push what follows them in the pickle. False for others.
bool PickleMachine::push_read(uint8_t opcode) {
  switch (opcode) {
    case kBinFloat:
      take(sizeof(double));
      push(PickleOther());
      return true;
    case kBinInt:
      push(int64_t{take_integer<int32_t>()});
      return true;
    case kBinInt1:
      push(int64_t{take_integer<uint8_t>()});
      return true;
    case kBinInt2:
      push(int64_t{take_integer<uint16_t>()});
      return true;
    case kLong1:
      push_long();
      return true;
    case kBinUnicode:
      push(take_text(take_integer<uint32_t>()));
      return true;
    case kGlobal:
      push_global();
      return true;
    case kBinGet:
      get(take_integer<uint8_t>());
      return true;
    case kLongBinGet:
      get(take_integer<uint32_t>());
      return true;
    default:
      return false;
  }
}

/// Opcodes that push what the stack and they themselves say. False for others.
bool PickleMachine::push_made(uint8_t opcode) {
  switch (opcode) {
    case kNone:
    case kNewTrue:
    case kNewFalse:
      push(PickleOther());
      return true;
    case kEmptyTuple:
      push_container(Kind::kTuple);
      return true;
    case kEmptyList:
      push_container(Kind::kList);
      return true;
    case kEmptyDict:
      push_container(Kind::kDict);
      return true;
    case kTuple:
      push_container(Kind::kTuple, pop_to_mark());
      return true;
    case kTuple1:
    case kTuple2:
    case kTuple3:
      push_tuple(opcode - kTuple1 + 1u);
      return true;
    case kBinPersId:
      push_storage();
      return true;
    case kReduce:
      reduce();
      return true;
    default:
      return false;
  }
}

/// Opcodes that fill the memo or the container on top of the stack. False for others.
bool PickleMachine::change(uint8_t opcode) {
  switch (opcode) {
    case kProto:
      check_protocol(take_integer<uint8_t>());
      return true;
    case kMark:
      marks_.push_back(stack_.size());
      return true;
    case kBinPut:
      put(take_integer<uint8_t>());
      return true;
    case kLongBinPut:
      put(take_integer<uint32_t>());
      return true;
    case kAppend:
      append({pop()});
      return true;
    case kAppends:
      append(pop_to_mark());
      return true;
    case kSetItem: {
      const PickleValue value = pop(), key = pop();
      set_items({key, value});
      return true;
    }
    case kSetItems:
      set_items(pop_to_mark());
      return true;
    case kBuild:  // attributes of a dictionary, where modules keep the versions of their layers
      pop();
      top_container(Kind::kDict);
      return true;
    default:
      return false;
  }
}

std::span<const std::byte> PickleMachine::take(size_t size) {
  if (size > pickle_.size() - at_) refuse_damage("it ends early");
  at_ += size;
  return pickle_.subspan(at_ - size, size);
}

template <class T>
T PickleMachine::take_integer() {
  return load_integer<T>(take(sizeof(T)).data());
}

std::string_view PickleMachine::take_text(size_t size) {
  return {reinterpret_cast<const char*>(take(size).data()), size};
}

std::string_view PickleMachine::take_line() {
  const auto rest = pickle_.subspan(at_);
  const auto end = std::find(rest.begin(), rest.end(), std::byte{'\n'});
  const std::string_view line = take_text(static_cast<size_t>(end - rest.begin()));
  take(1);
  return line;
}

void PickleMachine::check_protocol(uint8_t protocol) {
  constexpr int kRead = 2;
  if (protocol != kRead) {
    fail(
        "[torch_file] {}: its data.pkl has the pickle protocol {}, not {}; save it again with torch.save "
        "without pickle_protocol",
        path_.string(), protocol, kRead);
  }
}

PickleValue PickleMachine::pop() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) refuse_damage("a value is missing");
  const PickleValue value = stack_.back();
  stack_.pop_back();
  return value;
}

/// The container that the next operation fills; it stays on the stack.
PickleContainer& PickleMachine::top_container(Kind kind) {
  const PickleValue value = pop();
  push(value);
  auto* const* const container = std::get_if<PickleContainer*>(&value);
  if (container == nullptr || (*container)->kind != kind)
    refuse_damage(kind == Kind::kDict ? "a dictionary is missing" : "a list is missing");
  return **container;
}

Values PickleMachine::pop_to_mark() {
  if (marks_.empty()) refuse_damage("a mark is missing");
  const auto first = stack_.begin() + static_cast<ptrdiff_t>(marks_.back());
  Values values(first, stack_.end());
  stack_.erase(first, stack_.end());
  marks_.pop_back();
  return values;
}

void PickleMachine::push_container(Kind kind, Values items) {
  push(&containers_.emplace_back(PickleContainer{kind, std::move(items)}));
}

void PickleMachine::push_tuple(size_t size) {
  Values items(size);
  for (size_t i = size; i-- > 0;) items[i] = pop();
  push_container(Kind::kTuple, std::move(items));
}

/// A two's complement of any number of bytes.
void PickleMachine::push_long() {
  const auto bytes = take(take_integer<uint8_t>());
  if (bytes.size() > sizeof(int64_t)) return push(PickleOther());
  const bool is_negative = !bytes.empty() && (bytes.back() & std::byte{0x80}) != std::byte{0};
  uint64_t value = is_negative ? ~uint64_t{0} : 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<uint64_t>(bytes[i]);
  push(static_cast<int64_t>(value));
}

void PickleMachine::put(size_t index) {
  const PickleValue value = pop();
  push(value);
  if (index >= pickle_.size()) refuse_damage("the memo has more places than the pickle bytes");
  if (index >= memo_.size()) memo_.resize(index + 1);
  memo_[index] = value;
}

void PickleMachine::get(size_t index) {
  if (index >= memo_.size()) refuse_damage("a place of the memo is empty");
  push(memo_[index]);
}

void PickleMachine::set_items(Values items) {
  if (items.size() % 2 != 0) refuse_damage("a key has no value");
  Values& all = top_container(Kind::kDict).items;
  all.insert(all.end(), items.begin(), items.end());
}

void PickleMachine::append(Values items) {
  Values& all = top_container(Kind::kList).items;
  all.insert(all.end(), items.begin(), items.end());
}

}  // namespace radlads
