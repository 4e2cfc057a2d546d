#include "io/state_dict.h"

#include <set>

#include "core/error.h"
#include "core/utf8.h"
#include "io/printable.h"

namespace radlads {
namespace {

namespace fs = std::filesystem;
using Containers = std::set<const PickleContainer*>;

/// Whether a container has a tensor at any depth. What is in `seen` has none: the caller stops at the first
/// that has one.
bool has_tensor(const PickleContainer* container, Containers& seen) {
  std::vector<const PickleContainer*> left{container};
  while (!left.empty()) {
    const PickleContainer* const next = left.back();
    left.pop_back();
    if (!seen.insert(next).second) continue;
    for (const PickleValue& item : next->items) {
      if (std::holds_alternative<const PickleTensor*>(item)) return true;
      if (auto* const* const inner = std::get_if<PickleContainer*>(&item)) left.push_back(*inner);
    }
  }
  return false;
}

std::string plain_name(std::string_view name) {
  constexpr std::string_view kPrefixes[] = {"_orig_mod.", "module."};
  for (bool is_plain = false; !is_plain;) {
    is_plain = true;
    for (const std::string_view prefix : kPrefixes) {
      if (!name.starts_with(prefix)) continue;
      name.remove_prefix(prefix.size());
      is_plain = false;
    }
  }
  return std::string(name);
}

[[noreturn]] void refuse_nested(const PickleValue& key, const fs::path& path) {
  const auto* const text = std::get_if<std::string_view>(&key);
  const auto* const number = std::get_if<int64_t>(&key);
  const std::string shown = text != nullptr     ? in_quotes(*text)
                            : number != nullptr ? fmt::format("{}", *number)
                                                : "KEY";
  fail(
      "[torch_file] {}: its key {} holds tensors one level further down; save that alone: "
      "torch.save(torch.load(FILE)[{}], OTHER)",
      path.string(), shown, shown);
}

}  // namespace

std::vector<NamedTensor> named_tensors(const PickleValue& pickled, const fs::path& path) {
  constexpr std::string_view kRemedy = "save the state dict: torch.save(model.state_dict(), FILE)";
  auto* const* const dictionary = std::get_if<PickleContainer*>(&pickled);
  if (dictionary == nullptr || (*dictionary)->kind != PickleContainer::Kind::kDict)
    fail("[torch_file] {}: holds no dictionary of names and tensors; {}", path.string(), kRemedy);
  std::vector<NamedTensor> named;
  std::set<std::string> names;
  Containers seen;
  const auto& items = (*dictionary)->items;
  for (size_t i = 0; i < items.size(); i += 2) {
    auto* const* const inner = std::get_if<PickleContainer*>(&items[i + 1]);
    if (inner != nullptr && has_tensor(*inner, seen)) refuse_nested(items[i], path);
    auto* const* const tensor = std::get_if<const PickleTensor*>(&items[i + 1]);
    if (tensor == nullptr) continue;
    const auto* const key = std::get_if<std::string_view>(&items[i]);
    if (key == nullptr || !is_utf8(*key))
      fail("[torch_file] {}: a tensor's key is not a string; give each a name", path.string());
    named.push_back({plain_name(*key), *tensor});
    if (names.insert(named.back().name).second) continue;
    fail("[torch_file] {}: two tensors are named {} (without \"_orig_mod.\" and \"module.\"); remove one",
         path.string(), printable(named.back().name));
  }
  if (named.empty()) fail("[torch_file] {}: has no tensors; {}", path.string(), kRemedy);
  return named;
}

}  // namespace radlads
