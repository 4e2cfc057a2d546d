#include "core/half.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"

namespace radlads {
namespace {

TEST(Half, EveryFloat16SurvivesTheRoundTrip) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = float_from_f16(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(float_from_f16(f16_from_float(value))));
      continue;
    }
    EXPECT_EQ(f16_from_float(value), bits);
    EXPECT_EQ(value, static_cast<float>(std::bit_cast<_Float16>(static_cast<uint16_t>(bits))));
  }
}

TEST(Half, RoundsAsTheCompilerDoes) {
  for (uint64_t i = 0; i < 0x100000000u; i += 65521) {  // a prime step through all floats
    const float value = std::bit_cast<float>(static_cast<uint32_t>(i));
    if (std::isnan(value)) continue;
    EXPECT_EQ(f16_from_float(value), std::bit_cast<uint16_t>(static_cast<_Float16>(value))) << value;
  }
}

TEST(Half, BFloat16RoundsToNearestEven) {
  EXPECT_EQ(bf16_from_float(1.0f), 0x3f80);
  EXPECT_EQ(bf16_from_float(std::bit_cast<float>(0x3f808000u)), 0x3f80);  // a tie, to the even neighbor
  EXPECT_EQ(bf16_from_float(std::bit_cast<float>(0x3f818000u)), 0x3f82);
  EXPECT_EQ(bf16_from_float(std::bit_cast<float>(0x3f808001u)), 0x3f81);
  EXPECT_TRUE(std::isnan(float_from_bf16(bf16_from_float(std::bit_cast<float>(0x7f800001u)))));
}

TEST(Half, ReportsOverflowOfFloat16) {
  const std::vector<float> fits = {65504, std::numeric_limits<float>::infinity()}, overflows = {1, 65520};
  std::vector<std::byte> bytes(4);
  EXPECT_TRUE(convert_from_float(fits, DType::kF16, bytes));
  EXPECT_FALSE(convert_from_float(overflows, DType::kF16, bytes));
}

TEST(Half, SizesMustMatch) {
  std::vector<float> out(2);
  std::vector<std::byte> bytes(3);
  EXPECT_THROW(convert_to_float(bytes, DType::kBF16, out), InternalError);
}

}  // namespace
}  // namespace radlads
