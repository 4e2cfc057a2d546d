#include "model/rwkv_layout.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "core/buffer.h"
#include "core/error.h"
#include "io/printable.h"

namespace radlads {
namespace {

struct Rename {
  std::string_view from, to;
};

constexpr std::string_view kPrefixes[] = {"_orig_mod.", "module.", "model.", "rwkv7.", "rwkv."};

constexpr Rename kOutsideLayers[] = {{"embeddings.weight", "model.emb.weight"},
                                     {"emb.weight", "model.emb.weight"},
                                     {"norm.", "model.ln_out."},
                                     {"ln_out.", "model.ln_out."},
                                     {"lm_head.weight", "head.weight"},
                                     {"head.weight", "head.weight"}};

// Of flash-linear-attention and of the older draft for transformers.
constexpr Rename kInLayers[] = {{"pre_norm.", "ln0."},
                                {"attn_norm.", "ln1."},
                                {"ffn_norm.", "ln2."},
                                {"attn.r_proj.", "att.receptance."},
                                {"attn.k_proj.", "att.key."},
                                {"attn.v_proj.", "att.value."},
                                {"attn.o_proj.", "att.output."},
                                {"attn.g_norm.", "att.ln_x."},
                                {"attn.", "att."},
                                {"attention.", "att."},
                                {"feed_forward.", "ffn."}};

constexpr std::array<std::string_view, 6> kShifts = {"r", "w", "k", "v", "a", "g"};

/// A name in our layout, and what has to be done to the tensor to have its shape.
struct Place {
  std::string name;
  bool is_transposed = false;
};

bool replace_prefix(std::string& name, std::span<const Rename> renames) {
  for (const auto& [from, to] : renames) {
    if (!name.starts_with(from)) continue;
    name.replace(0, from.size(), to);
    return true;
  }
  return false;
}

/// The low-rank pairs as linear layers, [rank,C] and [C,rank]: "att.w_lora.lora.0.weight" or "att.w1.weight".
void settle_low_rank(Place& place) {
  for (const char of : {'w', 'a', 'v', 'g'}) {
    const std::string lora = fmt::format("att.{}_lora.lora.", of);
    const auto is = [&](std::string_view linear, char part) {
      return place.name == lora + std::string(linear) ||
             place.name == fmt::format("att.{}{}.weight", of, part);
    };
    if (place.name == lora + "2.bias") place = {fmt::format("att.{}0", of)};
    if (is("0.weight", '1')) place = {fmt::format("att.{}1", of), true};
    if (is("2.weight", '2')) place = {fmt::format("att.{}2", of), true};
  }
}

Place place_of(std::string name) {
  for (const std::string_view prefix : kPrefixes) {
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  }
  std::string layer = name;
  if (!replace_prefix(layer, std::array<Rename, 2>{{{"layers.", ""}, {"blocks.", ""}}})) {
    replace_prefix(name, kOutsideLayers);
    return {name};
  }
  const size_t dot = layer.find('.');
  if (dot == std::string::npos) return {name};
  Place place = {layer.substr(dot + 1)};
  replace_prefix(place.name, kInLayers);
  settle_low_rank(place);
  place.name = fmt::format("model.blocks.{}.{}", layer.substr(0, dot), place.name);
  return place;
}

void refuse_deep_embed(std::string_view name, const TensorFolder& tensors) {
  for (const std::string_view part : {"s_emb", "ffn.s0", "ffn.s1", "ffn.s2"}) {
    if (name.find(part) == std::string_view::npos) continue;
    fail("[open_model] {}: RWKV-7 with DeepEmbed (rwkv7a) is not supported, only RWKV-7 itself, in {}",
         printable(name), tensors.folder().string());
  }
}

/// A copy of [rows,columns], the other way round.
TensorView transposed(const TensorView& tensor, TensorFolder& tensors) {
  const auto rows = static_cast<size_t>(tensor.shape[0]), columns = static_cast<size_t>(tensor.shape[1]),
             width = size_of(tensor.dtype);
  std::byte* const data = tensors.own(tensor.num_bytes());
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j)
      std::memcpy(data + (j * rows + i) * width, tensor.data + (i * columns + j) * width, width);
  }
  TensorView result = tensor;
  result.data = data;
  std::swap(result.shape[0], result.shape[1]);
  return result;
}

/// A vector, of one channel each, in the authors' shape.
bool is_vector(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return last.starts_with("x_") || last == "w0" || last == "a0" || last == "v0" || last == "k_k" ||
         last == "k_a";
}

/// Part i of a tensor [6,C] or [6,1,1,C].
TensorView shift_of(const TensorView& joined, size_t i) {
  TensorView part = joined;
  const int64_t C = joined.shape.back();
  part.data += i * static_cast<size_t>(C) * size_of(joined.dtype);
  part.shape = {1, 1, C};
  return part;
}

bool is_joined_shift(std::string_view name, const TensorView& tensor) {
  return name.ends_with(".att.x_x") && !tensor.shape.empty() && tensor.shape.back() > 0 &&
         tensor.size() == tensor.shape.back() * static_cast<int64_t>(kShifts.size());
}

}  // namespace

void adopt_rwkv_layout(TensorFolder& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, view] : tensors.tensors()) names.push_back(name);
  for (const std::string& name : names) {
    refuse_deep_embed(name, tensors);
    const Place place = place_of(name);
    TensorView view = tensors.at(name);
    if (is_joined_shift(place.name, view)) {
      const std::string stem = place.name.substr(0, place.name.size() - 1);
      for (size_t i = 0; i < kShifts.size(); ++i)
        tensors.derive(stem + std::string(kShifts[i]), shift_of(view, i), name);
      tensors.erase(name);
      continue;
    }
    if (place.is_transposed && view.shape.size() == 2) view = transposed(view, tensors);
    if (is_vector(place.name)) view.shape = {1, 1, view.size()};
    if (place.name == name) {
      tensors.reshape(name, view.shape);
    } else {
      tensors.derive(place.name, view, name);
      tensors.erase(name);
    }
  }
  for (const char* unused : {"v0", "v1", "v2"}) tensors.erase(fmt::format("model.blocks.0.att.{}", unused));
}

}  // namespace radlads
