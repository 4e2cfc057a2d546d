// Where two models differ: by layer and by position.
#include "eval/compare.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "mixers/table.h"
#include "support/random_floats.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads::eval {
namespace {

TEST(VectorDistance, FollowsItsDefinition) {
  VectorDistance distance;
  const std::vector<float> teacher = {3, 4, 1, 0}, student = {4, 3, 0, 2};
  distance.add(teacher, student, 2, 1);
  EXPECT_DOUBLE_EQ(distance.mean_cosine(), (24.0 / 25 + 0) / 2);
  EXPECT_DOUBLE_EQ(distance.relative_error(), std::sqrt((2.0 + 5) / (25 + 1)));
  distance.add(std::vector<float>{0, 2}, std::vector<float>{0, -2}, 2, 1);
  EXPECT_DOUBLE_EQ(distance.mean_cosine(), (24.0 / 25 + 0 - 1) / 3);
  EXPECT_DOUBLE_EQ(distance.relative_error(), std::sqrt((2.0 + 5 + 16) / (25 + 1 + 4)));
}

TEST(VectorDistance, EqualVectorsAreEqualToTheBit) {
  const std::vector<float> x = random_floats("x", 700);
  VectorDistance distance;
  distance.add(x, x, 7, 3);
  EXPECT_EQ(distance.mean_cosine(), 1);
  EXPECT_EQ(distance.relative_error(), 0);
}

TEST(VectorDistance, ThreadsChangeNothing) {
  const std::vector<float> x = random_floats("x", 700), y = random_floats("y", 700);
  VectorDistance one, four;
  one.add(x, y, 7, 1);
  four.add(x, y, 7, 4);
  EXPECT_EQ(one.mean_cosine(), four.mean_cosine());
  EXPECT_EQ(one.relative_error(), four.relative_error());
}

TEST(VectorDistance, ZerosHaveACosine) {
  const std::vector<float> zero(4), x = {1, 2, 3, 4};
  VectorDistance same, other;
  same.add(zero, zero, 4, 1);
  EXPECT_EQ(same.mean_cosine(), 1);
  EXPECT_EQ(same.relative_error(), 0);
  other.add(x, zero, 4, 1);
  EXPECT_EQ(other.mean_cosine(), 0);
  EXPECT_EQ(other.relative_error(), 1);
}

TEST(VectorDistance, NoNumbersAreNotHidden) {
  const std::vector<float> x = {1, 2}, bad = {1, NAN};
  VectorDistance distance;
  distance.add(x, bad, 2, 1);
  EXPECT_TRUE(std::isnan(distance.mean_cosine()));
  EXPECT_TRUE(std::isnan(distance.relative_error()));
}

TEST(VectorDistance, OtherShapesAreABug) {
  VectorDistance distance;
  const std::vector<float> x(6), shorter(4);
  EXPECT_THROW(distance.add(x, shorter, 2, 1), InternalError);
  EXPECT_THROW(distance.add(x, x, 4, 1), InternalError);
}

using Weights = std::shared_ptr<const infer::Weights>;

class CompareTest : public testing::Test {
 protected:
  CompareTest() {
    write_tiny_model(folder_ / "teacher", tiny_config());
    teacher_ = infer::load_weights(folder_ / "teacher");
    for (int d = 0; d < 20; ++d) {
      documents_.emplace_back();
      for (int i = 0; i < 2 + (d * 7) % 40; ++i) documents_.back().push_back((d * 37 + i * 11) % 2048);
    }
  }

  Weights student(const MixerSpec* kind, const std::vector<int64_t>& softmax_layers = {}) {
    write_tiny_student(folder_ / "student", folder_ / "teacher", *kind, fresh_options(*kind, 32),
                       softmax_layers);
    return infer::load_weights(folder_ / "student");
  }

  /// A model with some tensors of another negated.
  Weights negated(const std::string& model, const std::string& part) {
    write_changed_model(folder_ / "negated", folder_ / model, [&](const auto& name, auto values) {
      if (name.find(part) == std::string::npos) return;
      for (float& value : values) value = -value;
    });
    return infer::load_weights(folder_ / "negated");
  }

  TempFolder folder_;
  Weights teacher_;
  Documents documents_;
};

TEST_F(CompareTest, AModelEqualsItselfEverywhere) {
  const Comparison c = compare(teacher_, teacher_, documents_, 2);
  ASSERT_EQ(c.layers.size(), 3u);
  for (const LayerFigures& layer : c.layers) {
    EXPECT_EQ(layer.mixer, &mixers::Softmax::spec);
    EXPECT_EQ(layer.cosine, 1);
    EXPECT_EQ(layer.relative_error, 0);
    EXPECT_EQ(layer.hidden_cosine, 1);
    EXPECT_EQ(layer.hidden_relative_error, 0);
  }
  for (const PositionFigures& bin : c.positions) {
    EXPECT_EQ(bin.kl, 0);
    EXPECT_EQ(bin.top1_agreement, 1);
    EXPECT_EQ(bin.teacher_nats, bin.student_nats);
  }
}

TEST_F(CompareTest, AStudentEqualsItselfEverywhere) {
  for (const MixerSpec* kind : {&mixers::Rad6::spec, &mixers::Rad7::spec}) {
    const Weights model = student(kind);
    for (const LayerFigures& layer : compare(model, model, documents_, 2).layers) {
      EXPECT_EQ(layer.mixer, kind);
      EXPECT_NEAR(layer.cosine, 1, 1e-6);
      EXPECT_LT(layer.relative_error, 1e-5);  // short sequences may be summed in another order
      EXPECT_EQ(layer.hidden_cosine, 1);
      EXPECT_EQ(layer.hidden_relative_error, 0);
    }
  }
}

TEST_F(CompareTest, ADamagedMixerShowsInItsLayerAlone) {
  student(&mixers::Rad7::spec);
  for (const std::string model : {"teacher", "student"}) {
    const Weights whole = infer::load_weights(folder_ / model);
    const auto layers =
        compare(whole, negated(model, "layers.1.self_attn.o_proj.weight"), documents_, 2).layers;
    for (const size_t l : {0, 2}) {
      EXPECT_NEAR(layers[l].cosine, 1, 1e-6) << model << l;
      EXPECT_LT(layers[l].relative_error, 1e-5) << model << l;
    }
    EXPECT_NEAR(layers[1].cosine, -1, 1e-6);
    EXPECT_NEAR(layers[1].relative_error, 2, 1e-5);
    EXPECT_EQ(layers[0].hidden_relative_error, 0);
    EXPECT_GT(layers[1].hidden_relative_error, 0.1);
    EXPECT_GT(layers[2].hidden_relative_error, 0.1) << "what a layer does wrong stays";
    EXPECT_LT(layers[1].hidden_cosine, 0.99);
  }
}

// Layers mix the values of layer 0 in: they are the student's, from the teacher's input.
TEST_F(CompareTest, DamagedFirstValuesShowInEveryLayer) {
  const Weights whole = student(&mixers::Rad7::spec);
  const auto layers = compare(whole, negated("student", "layers.0.self_attn.v_proj"), documents_, 2).layers;
  EXPECT_NEAR(layers[0].relative_error, 2, 1e-5);
  for (const size_t l : {1, 2}) EXPECT_GT(layers[l].relative_error, 0.1) << l;
}

// Before the first layer that differs, the student's own stream is the teacher's: there a mixer fed with the
// teacher's activations does what it does on its own.
TEST_F(CompareTest, UpToTheFirstNewLayerStudentsRunFreely) {
  student(&mixers::Rad7::spec, {0, 1});
  const ModelFolder source = open_model(folder_ / "teacher");
  write_changed_model(folder_ / "hybrid", folder_ / "student", [&](const std::string& name, auto values) {
    const TensorView* tensor = source.tensors.find(name);
    if (name.starts_with("model.layers.2.self_attn") || tensor == nullptr) return;
    std::copy_n(reinterpret_cast<const float*>(tensor->data), values.size(), values.begin());
  });
  const Weights hybrid = infer::load_weights(folder_ / "hybrid");
  const auto layers = compare(teacher_, hybrid, documents_, 2).layers;
  for (const size_t l : {0, 1}) {
    EXPECT_EQ(layers[l].mixer, &mixers::Softmax::spec);
    EXPECT_EQ(layers[l].relative_error, 0);
    EXPECT_EQ(layers[l].hidden_relative_error, 0);
  }

  infer::SessionPool pools[] = {{teacher_, 1}, {hybrid, 1}};
  infer::Runner teacher(teacher_, 1), free(hybrid, 1);
  VectorDistance mixer, hidden;
  for (const auto& document : documents_) {
    infer::Session sessions[] = {pools[0].open(), pools[1].open()};
    const infer::Chunk chunks[] = {{&sessions[0], document}, {&sessions[1], document}};
    teacher.begin({&chunks[0], 1});
    free.begin({&chunks[1], 1});
    for (int l = 0; l < 3; ++l) {
      const infer::BlockOutputs wanted = teacher.block(), got = free.block();
      if (l == 2) mixer.add(wanted.mixer, got.mixer, 32, 1);
      if (l == 2) hidden.add(wanted.hidden, got.hidden, 32, 1);
    }
    teacher.end();
    free.end();
  }
  EXPECT_EQ(layers[2].mixer, &mixers::Rad7::spec);
  EXPECT_GT(layers[2].relative_error, 0.1);
  EXPECT_NEAR(layers[2].relative_error, mixer.relative_error(), 1e-5);
  EXPECT_NEAR(layers[2].cosine, mixer.mean_cosine(), 1e-5);
  EXPECT_NEAR(layers[2].hidden_relative_error, hidden.relative_error(), 1e-5);
  EXPECT_NEAR(layers[2].hidden_cosine, hidden.mean_cosine(), 1e-5);
}

TEST_F(CompareTest, BinsOfPositionsSumToTheTotals) {
  const Comparison c = compare(teacher_, student(&mixers::Rad6::spec), documents_, 2);
  ASSERT_EQ(c.positions.size(), 7u);
  int64_t tokens = 0, next = 0;
  double kl = 0, teacher = 0, student = 0, top1 = 0;
  for (const PositionFigures& bin : c.positions) {
    EXPECT_EQ(bin.from, next);
    EXPECT_EQ(bin.to, next == 0 ? 0 : 2 * next - 1);
    next = bin.to + 1;
    int64_t within = 0;
    for (const auto& document : documents_) {
      const auto predicted = static_cast<int64_t>(document.size()) - 1;
      within += std::max<int64_t>(0, std::min(predicted, bin.to + 1) - bin.from);
    }
    EXPECT_EQ(bin.tokens, within);
    const auto n = static_cast<double>(bin.tokens);
    tokens += bin.tokens;
    kl += n * bin.kl;
    teacher += n * bin.teacher_nats;
    student += n * bin.student_nats;
    top1 += n * bin.top1_agreement;
  }
  const auto n = static_cast<double>(c.tokens);
  EXPECT_EQ(tokens, c.tokens);
  EXPECT_NEAR(kl, n * c.kl_per_token, 1e-9 * n);
  EXPECT_NEAR(teacher, n * c.teacher_nats_per_token, 1e-9 * n);
  EXPECT_NEAR(student, n * c.student_nats_per_token, 1e-9 * n);
  EXPECT_NEAR(top1, n * c.top1_agreement, 1e-9 * n);
}

TEST_F(CompareTest, ABinHoldsItsPositionsAlone) {
  const Weights model = student(&mixers::Rad6::spec);
  const Comparison all = compare(teacher_, model, documents_, 2);
  Documents begins;
  for (const auto& document : documents_) begins.emplace_back(document.begin(), document.begin() + 2);
  const Comparison first = compare(teacher_, model, begins, 2);
  ASSERT_EQ(first.positions.size(), 1u);
  EXPECT_NEAR(all.positions[0].kl, first.kl_per_token, 1e-5);
  EXPECT_NEAR(all.positions[0].teacher_nats, first.teacher_nats_per_token, 1e-5);
  EXPECT_NEAR(all.positions[0].student_nats, first.student_nats_per_token, 1e-5);
  EXPECT_EQ(all.positions[0].top1_agreement, first.top1_agreement);
  EXPECT_NE(all.positions[1].kl, all.positions[0].kl);
}

TEST_F(CompareTest, OtherNetworksAreRefused) {
  const auto other = [&](const std::string& from, const std::string& to) {
    std::string config = tiny_config();
    config.replace(config.find(from), from.size(), to);
    write_tiny_model(folder_ / "other", config);
    return user_error(folder_,
                      [&] { compare(teacher_, infer::load_weights(folder_ / "other"), documents_, 1); });
  };
  EXPECT_NE(other("hidden_layers\": 3", "hidden_layers\": 2")
                .find("3 layers of width 32 and 2 of width 32; only models with the same layers"),
            std::string::npos);
  EXPECT_NE(other("hidden_size\": 32", "hidden_size\": 40").find("3 layers of width 32 and 3 of width 40"),
            std::string::npos);
  EXPECT_NE(other("2048", "2056").find("2048 tokens and 2056"), std::string::npos);
}

}  // namespace
}  // namespace radlads::eval
