// Tiny models of every kind, as stores and batches, for tests of the training half.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mixers/table.h"
#include "model/model_folder.h"
#include "support/teacher.h"
#include "support/temp_folder.h"
#include "train/pass.h"
#include "train/stores.h"

namespace radlads::train {

struct ModelCase {
  std::string name;
  const MixerSpec* kind = &mixers::Softmax::spec;
  std::vector<int64_t> softmax_layers;
  MixerOptions options;
  std::string teacher = "qwen2";
};

inline std::vector<ModelCase> model_cases() {
  const auto with = [](const MixerSpec* kind, const std::function<void(MixerOptions&)>& change) {
    MixerOptions options = fresh_options(*kind, 32);
    change(options);
    kind->complete(options, 32);
    return options;
  };
  const auto plain = [](MixerOptions&) {};
  const auto unusual = [](MixerOptions& o) {
    o.set("use_rope", 1 - o["use_rope"]);
    o.set("use_tokenshift", 0);
    o.set("gate_rank_type", 3 - o["gate_rank_type"]);
    o.set("balance_state", 0);
    o.set("groupnorm_att", 1);
  };
  const auto no_gate = [](MixerOptions& o) { o.set("gate_rank_type", 0); };
  const MixerSpec* const k6 = &mixers::Rad6::spec;
  const MixerSpec* const k7 = &mixers::Rad7::spec;
  return {{"softmax", &mixers::Softmax::spec, {}, {}, "qwen2"},
          {"softmax_qwen3", &mixers::Softmax::spec, {}, {}, "qwen3"},
          {"rad6", k6, {}, with(k6, plain), "qwen2"},
          {"rad7", k7, {}, with(k7, plain), "qwen2"},
          {"rad7_qwen3", k7, {}, with(k7, plain), "qwen3"},
          {"rad6_unusual", k6, {}, with(k6, unusual), "llama"},
          {"rad7_unusual", k7, {}, with(k7, unusual), "llama"},
          {"rad6_no_gate", k6, {}, with(k6, no_gate), "qwen2"},
          {"rad7_hybrid_first", k7, {0}, with(k7, no_gate), "qwen2"},
          {"rad6_hybrid_middle", k6, {1}, with(k6, plain), "qwen3"},
          {"goose", &mixers::Goose::spec, {}, {}, ""}};
}

inline std::string case_name(const testing::TestParamInfo<ModelCase>& info) { return info.param.name; }

/// A case's folders, teacher and student; where nothing was converted both are the same.
class ModelFolders {
 public:
  explicit ModelFolders(const ModelCase& model) {
    student_ = teacher();
    if (model.kind == &mixers::Goose::spec) {
      write_tiny_goose(teacher());
    } else {
      write_tiny_model(teacher(), tiny_config(model.teacher));
    }
    if (!model.kind->replaces_attention) return;
    student_ = folder_.path() / "student";
    write_tiny_student(student_, teacher(), *model.kind, model.options, model.softmax_layers);
  }

  std::filesystem::path teacher() const { return folder_.path() / "teacher"; }
  const std::filesystem::path& student() const { return student_; }

 private:
  TempFolder folder_;
  std::filesystem::path student_;
};

/// Rows of `context` tokens that hold sequences of the given lengths (which must fill rows exactly), each
/// from a fresh state; every sequence's last token has no target.
inline Batch batch_of(const std::vector<int64_t>& lengths, int64_t context, int32_t seed = 1) {
  Batch batch;
  batch.T = context;
  for (const int64_t length : lengths) {
    batch.boundaries.push_back(static_cast<int64_t>(batch.tokens.size()));
    for (int64_t i = 0; i < length; ++i) {
      const auto place = static_cast<int64_t>(batch.tokens.size());
      batch.tokens.push_back(static_cast<int32_t>((place * 613 + seed * 7919) % 2048));
      batch.positions.push_back(i);
    }
  }
  for (size_t i = 0; i < batch.tokens.size(); ++i) {
    const bool last = i + 1 == batch.tokens.size() || batch.positions[i + 1] == 0;
    batch.targets.push_back(last ? -1 : batch.tokens[i + 1]);
  }
  batch.boundaries.push_back(static_cast<int64_t>(batch.tokens.size()));
  batch.B = static_cast<int64_t>(batch.tokens.size()) / context;
  return batch;
}

}  // namespace radlads::train
