#include "infer/runner.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "infer/generate.h"
#include "io/file.h"
#include "mixers/table.h"
#include "support/expect_close.h"
#include "support/teacher.h"
#include "support/temp_folder.h"

namespace radlads::infer {
namespace {

constexpr double kBound = 2e-5;  // float32, sums in another order

/// Every kind of model: a teacher, both students, hybrids at either end, and the less usual options.
struct ModelCase {
  const char* name;
  const MixerSpec* kind;
  std::vector<int64_t> softmax_layers;
  MixerOptions options;
};

MixerOptions options_with(const MixerSpec* kind, const std::function<void(MixerOptions&)>& change) {
  MixerOptions options = fresh_options(*kind, 32);
  change(options);
  kind->complete(options, 32);
  return options;
}

std::vector<ModelCase> cases() {
  const auto plain = [](const MixerSpec* kind) { return fresh_options(*kind, 32); };
  return {
      {"softmax", &mixers::Softmax::spec, {}, {}},
      {"rad6", &mixers::Rad6::spec, {}, plain(&mixers::Rad6::spec)},
      {"rad7", &mixers::Rad7::spec, {}, plain(&mixers::Rad7::spec)},
      {"rad6_hybrid", &mixers::Rad6::spec, {1}, plain(&mixers::Rad6::spec)},
      {"rad7_hybrid_first", &mixers::Rad7::spec, {0}, plain(&mixers::Rad7::spec)},
      {"rad7_hybrid_last", &mixers::Rad7::spec, {2}, plain(&mixers::Rad7::spec)},
      {"rad6_plain",
       &mixers::Rad6::spec,
       {},
       options_with(&mixers::Rad6::spec,
                    [](MixerOptions& o) {
                      o.set("use_tokenshift", 0);
                      o.set("use_rope", 1);
                      o.set("gate_rank_type", 2);
                      o.set("balance_state", 0);
                      o.set("groupnorm_att", 1);
                    })},
      {"rad7_unbalanced",
       &mixers::Rad7::spec,
       {},
       options_with(&mixers::Rad7::spec,
                    [](MixerOptions& o) {
                      o.set("use_rope", 0);
                      o.set("gate_rank_type", 1);
                      o.set("balance_state", 0);
                      o.set("groupnorm_att", 1);
                    })},
      {"goose", &mixers::Goose::spec, {}, {}},
  };
}

class RunnerTest : public testing::TestWithParam<ModelCase> {
 protected:
  RunnerTest() {
    const auto teacher = folder_.path() / "teacher", student = folder_.path() / "student";
    const ModelCase& c = GetParam();
    if (c.kind == &mixers::Goose::spec) {
      write_tiny_goose(teacher);
    } else {
      write_tiny_model(teacher, tiny_config());
    }
    if (c.kind->replaces_attention)
      write_tiny_student(student, teacher, *c.kind, c.options, c.softmax_layers);
    weights_ = load_weights(c.kind->replaces_attention ? student : teacher);
  }

  static std::vector<TokenId> text(size_t length, int32_t seed) {
    std::vector<TokenId> ids;
    for (size_t i = 0; i < length; ++i)
      ids.push_back(static_cast<TokenId>((i * 131 + static_cast<size_t>(seed) * 977) % 2048));
    return ids;
  }

  /// Logits of all positions of a text read alone, in steps.
  std::vector<float> read_alone(const std::vector<TokenId>& ids, size_t step, int threads = 1) {
    SessionPool pool(weights_, 1);
    Runner runner(weights_, threads);
    Session session = pool.open();
    std::vector<float> all;
    for (size_t begin = 0; begin < ids.size(); begin += step) {
      const Chunk chunk = {&session, std::span(ids).subspan(begin, std::min(step, ids.size() - begin))};
      const auto logits = runner.logits(runner.forward({&chunk, 1}));
      all.insert(all.end(), logits.begin(), logits.end());
    }
    return all;
  }

  TempFolder folder_;
  std::shared_ptr<const Weights> weights_;
};

TEST_P(RunnerTest, AnySplitOfATextGivesTheSameLogits) {
  const auto ids = text(45, 1);
  const auto whole = read_alone(ids, ids.size());
  for (const size_t step : {1, 2, 7, 16, 44})
    EXPECT_TRUE(is_close(read_alone(ids, step), whole, kBound)) << step;
}

TEST_P(RunnerTest, ThreadsChangeNoMoreThanRounding) {
  // Enough rows that every kernel has enough work to start threads (kernels/cpu/threading.h).
  const auto ids = text(2100, 2);
  const auto alone = read_alone(ids, ids.size(), 1);
  // oneDNN divides a product among threads, and with AVX2 sums the last rows of a part in another order.
  for (const int threads : {2, 3})
    EXPECT_TRUE(is_close(read_alone(ids, ids.size(), threads), alone, kBound)) << threads;
}

TEST_P(RunnerTest, ManySessionsAtOnceAreEachAlone) {
  SessionPool pool(weights_, 4);
  Runner runner(weights_, 2);
  std::vector<Session> sessions;
  const std::vector<std::vector<TokenId>> texts = {text(9, 3), text(1, 4), text(30, 5)};
  std::vector<Chunk> chunks;
  for (size_t i = 0; i < texts.size(); ++i) sessions.push_back(pool.open());
  for (size_t i = 0; i < texts.size(); ++i) chunks.push_back({&sessions[i], texts[i]});
  const auto all = runner.logits(runner.forward(chunks));
  const std::vector<float> together(all.begin(), all.end());
  size_t row = 0;
  for (const auto& ids : texts) {
    const auto alone = read_alone(ids, ids.size());
    EXPECT_TRUE(is_close(std::span(together).subspan(row * 2048, alone.size()), alone, kBound));
    row += ids.size();
  }
  // And on, one token each, in another order.
  const TokenId next = 77;
  std::vector<Chunk> steps;
  for (const size_t i : {2, 0, 1}) steps.push_back({&sessions[i], {&next, 1}});
  const auto logits = runner.logits(runner.forward(steps));
  row = 0;
  for (const size_t i : {2, 0, 1}) {
    std::vector<TokenId> longer = texts[i];
    longer.push_back(next);
    const auto alone = read_alone(longer, longer.size());
    EXPECT_TRUE(is_close(logits.subspan(row++ * 2048, 2048), std::span(alone).last(2048), kBound)) << i;
  }
}

TEST_P(RunnerTest, AForkGoesItsOwnWay) {
  SessionPool pool(weights_, 2);
  Runner runner(weights_, 1);
  Session session = pool.open();
  const auto prefix = text(20, 6), rest = text(10, 7);
  runner.read(session, prefix);
  Session fork = session.fork();
  runner.read(session, text(5, 8));
  EXPECT_EQ(fork.position(), 20);
  const auto logits = runner.read(fork, rest);
  auto whole = prefix;
  whole.insert(whole.end(), rest.begin(), rest.end());
  EXPECT_TRUE(is_close(logits, std::span<const float>(read_alone(whole, whole.size())).last(2048), kBound));
}

TEST_P(RunnerTest, AResetSessionIsFresh) {
  SessionPool pool(weights_, 1);
  Runner runner(weights_, 1);
  Session session = pool.open();
  const auto ids = text(12, 9);
  const auto first = runner.read(session, ids);
  const std::vector<float> before(first.begin(), first.end());
  session.reset();
  EXPECT_EQ(session.position(), 0);
  EXPECT_TRUE(is_close(runner.read(session, ids), before, 0));
}

TEST_P(RunnerTest, GenerationStopsAndRepeats) {
  SessionPool pool(weights_, 1);
  Runner runner(weights_, 1);
  GenerateOptions options = {.max_new_tokens = 12, .stop_ids = {}, .sampler = {.temperature = 0}};
  const auto run = [&] {
    Session session = pool.open();
    return generate(runner, session, text(5, 10), options);
  };
  const auto ids = run();
  EXPECT_EQ(ids.size(), 12u);
  EXPECT_EQ(run(), ids);
  options.stop_ids = {ids[3]};
  const auto first = std::find(ids.begin(), ids.end(), ids[3]) - ids.begin();
  EXPECT_EQ(run(), std::vector<TokenId>(ids.begin(), ids.begin() + first));
  // Greedy text is what scoring the whole finds most likely, position by position.
  auto whole = text(5, 10);
  whole.insert(whole.end(), ids.begin(), ids.end());
  const auto logits = read_alone(whole, whole.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(argmax(std::span(logits).subspan((4 + i) * 2048, 2048)), ids[i]) << i;
  }
}

TEST_P(RunnerTest, BFloat16ComputesNearly) {
  const auto ids = text(30, 11);
  const auto exact = read_alone(ids, 30);
  auto rounded = std::const_pointer_cast<Weights>(weights_);
  rounded->compute = kernels::Compute::kBFloat16;
  const auto nearly = read_alone(ids, 30);
  EXPECT_TRUE(is_close(nearly, exact, 0.1));
  EXPECT_FALSE(is_close(nearly, exact, 1e-5)) << "bfloat16 must make a difference";
}

TEST_P(RunnerTest, SomeRowsAreThoseOfAll) {
  const std::vector<TokenId> a = text(9, 1), b = text(5, 2);
  const auto C = static_cast<size_t>(weights_->config().C);
  SessionPool pool(weights_, 4);
  Runner runner(weights_, 2);
  Session a1 = pool.open(), b1 = pool.open(), a2 = pool.open(), b2 = pool.open();
  const auto copy = [](std::span<const float> values) {
    return std::vector<float>(values.begin(), values.end());
  };
  const std::vector<Chunk> first = {{&a1, a}, {&b1, b}}, second = {{&a2, a}, {&b2, b}};
  const std::vector<float> all = copy(runner.forward(first));
  const std::vector<int64_t> rows = {0, 7, 8, 12};
  const std::vector<float> some = copy(runner.forward(second, rows));
  ASSERT_EQ(some.size(), rows.size() * C);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_TRUE(is_close(std::span(some).subspan(i * C, C),
                         std::span(all).subspan(static_cast<size_t>(rows[i]) * C, C), kBound))
        << rows[i];
  }
  // The states are those of a pass over all rows, with no rows too.
  const std::vector<Chunk> on1 = {{&a1, b}}, on2 = {{&a2, b}}, last1 = {{&a1, a}}, last2 = {{&a2, a}};
  runner.forward(on1);
  EXPECT_TRUE(runner.forward(on2, {}).empty());
  EXPECT_EQ(a2.position(), a1.position());
  const std::vector<float> behind = copy(runner.forward(last1));
  EXPECT_TRUE(is_close(runner.forward(last2), behind, kBound));
}

TEST_P(RunnerTest, LayerByLayerIsTheSamePass) {
  const auto ids = text(21, 12);
  const auto whole = read_alone(ids, 21);
  SessionPool pool(weights_, 1);
  Runner runner(weights_, 1);
  Session session = pool.open();
  const Chunk chunk = {&session, ids};
  EXPECT_THROW(runner.block(), InternalError);
  runner.begin({&chunk, 1});
  for (int64_t l = 0; l < weights_->config().L; ++l) {
    EXPECT_THROW(runner.end(), InternalError);
    const BlockOutputs outputs = runner.block();
    EXPECT_EQ(outputs.hidden.data(), runner.hidden().data());
    EXPECT_EQ(std::ssize(outputs.mixer), 21 * weights_->config().C);
  }
  EXPECT_THROW(runner.block(), InternalError);
  EXPECT_TRUE(is_close(runner.logits(runner.end()), whole, 0));
  EXPECT_EQ(session.position(), 21);
}

// Also after a text that was read before, and with several sessions.
TEST_P(RunnerTest, AMixerFedWithItsOwnStreamGivesItsOwnOutput) {
  SessionPool pool(weights_, 2);
  Runner runner(weights_, 2);
  Session a = pool.open(), b = pool.open();
  runner.read(a, text(9, 13));
  const auto first = text(20, 14), second = text(3, 15);
  const Chunk chunks[] = {{&a, first}, {&b, second}};
  runner.begin(chunks);
  for (int64_t l = 0; l < weights_->config().L; ++l) {
    const auto fed = runner.mixer_output(runner.hidden());
    const std::vector<float> before(fed.begin(), fed.end());
    EXPECT_TRUE(is_close(before, runner.block().mixer, kBound)) << l;
  }
  runner.end();
}

TEST_P(RunnerTest, LookingAtAMixerChangesNothing) {
  const auto prefix = text(11, 16), ids = text(25, 17), rest = text(4, 18);
  const auto read = [&](bool looks) {
    SessionPool pool(weights_, 1);
    Runner runner(weights_, 1);
    Session session = pool.open();
    runner.read(session, prefix);
    const Chunk chunk = {&session, ids};
    runner.begin({&chunk, 1});
    for (int64_t l = 0; l < weights_->config().L; ++l) {
      std::vector<float> other(static_cast<size_t>(25 * weights_->config().C), 0.5f);
      for (size_t i = 0; i < other.size(); ++i) other[i] += static_cast<float>(i % 7);
      if (looks) runner.mixer_output(other);
      runner.block();
    }
    const auto hidden = runner.end();
    std::vector<float> all(hidden.begin(), hidden.end());
    const auto logits = runner.read(session, rest);
    all.insert(all.end(), logits.begin(), logits.end());
    return all;
  };
  EXPECT_TRUE(is_close(read(true), read(false), 0));
}

TEST_P(RunnerTest, ATokenBeyondTheVocabularyIsRefused) {
  SessionPool pool(weights_, 1);
  Runner runner(weights_, 1);
  Session session = pool.open();
  for (const TokenId bad : {-1, 2048}) EXPECT_THROW(runner.read(session, {&bad, 1}), UserError);
}

INSTANTIATE_TEST_SUITE_P(Models, RunnerTest, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

TEST(Runner, AHeadOfItsOwnMakesTheLogitsWhateverTheConfigSays) {
  const TempFolder folder;
  const std::vector<TokenId> ids = {3, 14, 15, 92};
  const auto logits = [&](bool tied) {
    write_text_file(folder.path() / "config.json", tiny_config("qwen2", tied));
    const auto weights = load_weights(folder.path());
    Runner runner(weights, 1);
    SessionPool pool(weights, 1);
    Session session = pool.open();
    const auto values = runner.read(session, ids);
    return std::vector<float>(values.begin(), values.end());
  };
  write_tiny_model(folder.path(), tiny_config());
  EXPECT_EQ(logits(true), logits(false));
}

TEST(Session, SlotsComeBack) {
  const TempFolder folder;
  write_tiny_model(folder.path(), tiny_config());
  SessionPool pool(load_weights(folder.path()), 2);
  for (int i = 0; i < 5; ++i) {
    const Session a = pool.open(), b = pool.open();
    EXPECT_NE(a.slot(), b.slot());
    EXPECT_THROW(pool.open(), InternalError);
  }
}

}  // namespace
}  // namespace radlads::infer
