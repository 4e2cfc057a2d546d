#include "data/order.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "core/error.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

constexpr int32_t kEnd = 999;

/// Document d has d + 1 tokens: 100 d, 100 d + 1, ...
class OrderTest : public testing::Test {
 protected:
  OrderTest() {
    BinidxWriter writer(folder_.path() / "tokens", 5000);
    for (int32_t d = 0; d < 7; ++d) {
      std::vector<int32_t> document;
      for (int32_t i = 0; i <= d; ++i) document.push_back(100 * d + i);
      writer.append(document);
    }
    writer.commit();
    corpus_.emplace(folder_.path() / "tokens");
  }

  std::unique_ptr<DataOrder> packed(uint64_t seed = 1) const {
    return packed_order(*corpus_, documents_without(7, {}), /*context=*/8, seed, kEnd);
  }

  TempFolder folder_;
  std::optional<Binidx> corpus_;
};

TEST_F(OrderTest, AnEpochHoldsEveryTokenOnce) {
  const auto order = packed();
  ASSERT_EQ(order->tokens_per_epoch(), 28);
  const Batch batch = order->batch(0, 7);  // 56 tokens: two epochs
  for (const int64_t begin : {0, 28}) {
    const std::set<int32_t> epoch(batch.tokens.begin() + begin, batch.tokens.begin() + begin + 28);
    EXPECT_EQ(epoch.size(), 28u);
  }
  EXPECT_NE(std::vector<int32_t>(batch.tokens.begin(), batch.tokens.begin() + 28),
            std::vector<int32_t>(batch.tokens.begin() + 28, batch.tokens.end()))
      << "every epoch has an order of its own";
}

TEST_F(OrderTest, SequencesAreStretchesOfOneDocumentWithinARow) {
  const Batch batch = packed()->batch(0, 7);
  EXPECT_EQ(batch.boundaries.front(), 0);
  EXPECT_EQ(batch.boundaries.back(), 56);
  for (size_t s = 0; s + 1 < batch.boundaries.size(); ++s) {
    const int64_t begin = batch.boundaries[s], end = batch.boundaries[s + 1];
    ASSERT_LT(begin, end);
    EXPECT_EQ(begin / 8, (end - 1) / 8) << "a sequence does not cross a row";
    for (int64_t i = begin; i < end; ++i) {
      const auto at = static_cast<size_t>(i);
      EXPECT_EQ(batch.positions[at], i - begin);
      EXPECT_EQ(batch.tokens[at], batch.tokens[static_cast<size_t>(begin)] + i - begin);
      const int32_t document = batch.tokens[at] / 100, place = batch.tokens[at] % 100;
      EXPECT_EQ(batch.targets[at], place == document ? kEnd : batch.tokens[at] + 1);
    }
  }
}

TEST_F(OrderTest, ABatchIsAFunctionOfItsFirstRow) {
  const auto order = packed();
  const Batch far = order->batch(40, 3), again = packed()->batch(41, 1);
  EXPECT_EQ(std::vector<int32_t>(far.tokens.begin() + 8, far.tokens.begin() + 16), again.tokens);
  order->batch(0, 2);
  EXPECT_EQ(order->batch(40, 3).tokens, far.tokens);
}

TEST_F(OrderTest, SeedsDiffer) { EXPECT_NE(packed(1)->batch(0, 4).tokens, packed(2)->batch(0, 4).tokens); }

TEST_F(OrderTest, HeldOutDocumentsAreNotTrainedOn) {
  const auto order = packed_order(*corpus_, documents_without(7, {2, 6}), 8, 1, kEnd);
  EXPECT_EQ(order->tokens_per_epoch(), 28 - 3 - 7);
  for (const int32_t token : order->batch(0, 10).tokens) {
    EXPECT_NE(token / 100, 2);
    EXPECT_NE(token / 100, 6);
  }
}

TEST_F(OrderTest, HeldOutDocumentsAreFewAndSeeded) {
  EXPECT_TRUE(held_out_documents(7, 200, 1).empty()) << "at most a tenth";
  const auto held_out = held_out_documents(1000, 50, 1);
  EXPECT_EQ(held_out.size(), 50u);
  EXPECT_EQ(held_out, held_out_documents(1000, 50, 1));
  EXPECT_NE(held_out, held_out_documents(1000, 50, 2));
  EXPECT_TRUE(std::is_sorted(held_out.begin(), held_out.end()));
}

TEST_F(OrderTest, NoDocumentsAreRefused) { EXPECT_THROW(packed_order(*corpus_, {}, 8, 1, kEnd), UserError); }

TEST_F(OrderTest, TheReferenceOrderReadsTheStream) {
  const auto order = reference_order(*corpus_, /*context=*/4);  // 28 / 4 - 1 = 6: prime 5
  std::map<int32_t, int> first_tokens;
  const Batch batch = order->batch(0, 5);
  for (int64_t row = 0; row < 5; ++row) {
    ++first_tokens[batch.tokens[static_cast<size_t>(4 * row)]];
    for (int64_t t = 0; t + 1 < 4; ++t) {
      EXPECT_EQ(batch.targets[static_cast<size_t>(4 * row + t)],
                batch.tokens[static_cast<size_t>(4 * row + t + 1)]);
    }
    EXPECT_EQ(batch.boundaries[static_cast<size_t>(row)], 4 * row);
    EXPECT_EQ(batch.positions[static_cast<size_t>(4 * row)], 0);
  }
  EXPECT_EQ(first_tokens.size(), 5u) << "a permutation of the slots";
  EXPECT_THROW(reference_order(*corpus_, 20), UserError) << "too short";
}

TEST(CubicOrder, ProductsBeyond64BitsAreExact) {
  const CubicOrder order = CubicOrder::of(int64_t{5'000'000'000'000}, 512);
  EXPECT_GT(order.prime, int64_t{9'000'000'000});
  std::set<int64_t> starts;
  for (int64_t j = 1; j <= 1000; ++j) {
    const int64_t start = order.start(j);
    EXPECT_GE(start, 0);
    EXPECT_LE(start + 513, int64_t{5'000'000'000'000});
    starts.insert(start);
  }
  EXPECT_EQ(starts.size(), 1000u);
}

}  // namespace
}  // namespace radlads
