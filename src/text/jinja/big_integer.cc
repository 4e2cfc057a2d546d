#include "text/jinja/big_integer.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/error.h"

namespace radlads::jinja {
namespace {

using Limbs = std::vector<uint32_t>;
constexpr int kBits = 32;

std::strong_ordering compare_magnitudes(const Limbs& a, const Limbs& b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return std::lexicographical_compare_three_way(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

Limbs sum_of(const Limbs& a, const Limbs& b) {
  Limbs sum;
  uint64_t carry = 0;
  for (size_t i = 0; i < std::max(a.size(), b.size()) || carry != 0; ++i) {
    carry += (i < a.size() ? a[i] : uint64_t{0}) + (i < b.size() ? b[i] : uint64_t{0});
    sum.push_back(static_cast<uint32_t>(carry));
    carry >>= kBits;
  }
  return sum;
}

// `a` is at least `b`.
Limbs difference_of(const Limbs& a, const Limbs& b) {
  Limbs difference = a;
  int64_t borrow = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const int64_t limb = int64_t{a[i]} - (i < b.size() ? int64_t{b[i]} : 0) - borrow;
    borrow = limb < 0;
    difference[i] = static_cast<uint32_t>(limb);
  }
  return difference;
}

// Divides by one limb in place. Returns the remainder.
uint32_t divide_by(Limbs& limbs, uint32_t divisor) {
  uint64_t rest = 0;
  for (size_t i = limbs.size(); i-- > 0;) {
    rest = rest << kBits | limbs[i];
    limbs[i] = static_cast<uint32_t>(rest / divisor);
    rest %= divisor;
  }
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
  return static_cast<uint32_t>(rest);
}

uint32_t digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0');
  return static_cast<uint32_t>((c | 0x20) - 'a') + 10;
}

}  // namespace

BigInteger::BigInteger(int64_t value) : is_negative_(value < 0) {
  for (uint64_t rest = value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value); rest != 0;
       rest >>= kBits) {
    limbs_.push_back(static_cast<uint32_t>(rest));
  }
}

BigInteger BigInteger::parse(std::string_view digits, uint32_t base) {
  BigInteger number;
  for (const char c : digits) {
    uint64_t carry = digit_of(c);
    for (uint32_t& limb : number.limbs_) {
      carry += uint64_t{limb} * base;
      limb = static_cast<uint32_t>(carry);
      carry >>= kBits;
    }
    if (carry != 0) number.limbs_.push_back(static_cast<uint32_t>(carry));
  }
  return number;
}

BigInteger BigInteger::truncated(double number) {
  int exponent = 0;
  const double fraction = std::frexp(number, &exponent);
  return BigInteger(static_cast<int64_t>(std::ldexp(fraction, 53))).shifted(exponent - 53);
}

std::optional<int64_t> BigInteger::small() const {
  if (limbs_.size() > 2) return std::nullopt;
  uint64_t magnitude = 0;
  for (size_t i = 0; i < limbs_.size(); ++i) magnitude |= uint64_t{limbs_[i]} << (kBits * i);
  if (magnitude > static_cast<uint64_t>(INT64_MAX) + (is_negative_ ? 1 : 0)) return std::nullopt;
  return static_cast<int64_t>(is_negative_ ? -magnitude : magnitude);
}

void BigInteger::trim() {
  while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
  if (limbs_.empty()) is_negative_ = false;
}

size_t BigInteger::num_bits() const {
  return limbs_.empty() ? 0
                        : kBits * (limbs_.size() - 1) + static_cast<size_t>(std::bit_width(limbs_.back()));
}

// Times 2^bits; a negative shift drops bits.
BigInteger BigInteger::shifted(int64_t bits) const {
  const auto distance = static_cast<size_t>(std::abs(bits));
  const size_t whole = distance / kBits, part = distance % kBits;
  BigInteger result;
  result.is_negative_ = is_negative_;
  if (bits >= 0) {
    result.limbs_.assign(whole, 0);
    uint64_t carry = 0;
    for (const uint32_t limb : limbs_) {
      carry |= uint64_t{limb} << part;
      result.limbs_.push_back(static_cast<uint32_t>(carry));
      carry >>= kBits;
    }
    result.limbs_.push_back(static_cast<uint32_t>(carry));
  } else {
    for (size_t i = whole; i < limbs_.size(); ++i) {
      const uint64_t above = i + 1 < limbs_.size() ? limbs_[i + 1] : 0;
      result.limbs_.push_back(static_cast<uint32_t>((above << kBits | limbs_[i]) >> part));
    }
  }
  result.trim();
  return result;
}

double BigInteger::to_double() const { return quotient(*this, 1); }

std::string BigInteger::text() const {
  if (is_zero()) return "0";
  std::string reversed;
  for (Limbs rest = limbs_; !rest.empty();) {
    uint32_t digits = divide_by(rest, 1'000'000'000);
    for (int i = 0; i < 9 && (digits != 0 || !rest.empty()); ++i, digits /= 10) {
      reversed += static_cast<char>('0' + digits % 10);
    }
  }
  if (is_negative_) reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

BigInteger BigInteger::operator-() const {
  BigInteger negated = *this;
  negated.is_negative_ = !is_negative_ && !is_zero();
  return negated;
}

BigInteger operator+(const BigInteger& a, const BigInteger& b) {
  BigInteger sum;
  const bool is_smaller = compare_magnitudes(a.limbs_, b.limbs_) < 0;
  if (a.is_negative_ == b.is_negative_) {
    sum.limbs_ = sum_of(a.limbs_, b.limbs_);
  } else {
    sum.limbs_ = is_smaller ? difference_of(b.limbs_, a.limbs_) : difference_of(a.limbs_, b.limbs_);
  }
  sum.is_negative_ = is_smaller ? b.is_negative_ : a.is_negative_;
  sum.trim();
  return sum;
}

BigInteger operator*(const BigInteger& a, const BigInteger& b) {
  BigInteger product;
  product.limbs_.assign(a.limbs_.size() + b.limbs_.size(), 0);
  for (size_t i = 0; i < a.limbs_.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.limbs_.size() || carry != 0; ++j) {
      carry += product.limbs_[i + j] + (j < b.limbs_.size() ? uint64_t{a.limbs_[i]} * b.limbs_[j] : 0);
      product.limbs_[i + j] = static_cast<uint32_t>(carry);
      carry >>= kBits;
    }
  }
  product.is_negative_ = a.is_negative_ != b.is_negative_;
  product.trim();
  return product;
}

std::strong_ordering operator<=>(const BigInteger& a, const BigInteger& b) {
  if (a.is_negative_ != b.is_negative_) return b.is_negative_ <=> a.is_negative_;
  return a.is_negative_ ? compare_magnitudes(b.limbs_, a.limbs_) : compare_magnitudes(a.limbs_, b.limbs_);
}

// Bit by bit: templates seldom divide large numbers, and by small ones.
BigInteger::Division BigInteger::divide(const BigInteger& a, const BigInteger& b) {
  RADLADS_CHECK(!b.is_zero(), "division by zero");
  Division division;
  Limbs& quotient = division.quotient.limbs_;
  BigInteger& rest = division.remainder;
  BigInteger divisor = b;
  divisor.is_negative_ = false;
  if (b.limbs_.size() == 1) {
    quotient = a.limbs_;
    rest = BigInteger(int64_t{divide_by(quotient, b.limbs_[0])});
  } else {
    quotient.assign(a.limbs_.size(), 0);
    for (size_t bit = a.num_bits(); bit-- > 0;) {
      rest = rest.shifted(1) + BigInteger(int64_t{a.limbs_[bit / kBits] >> (bit % kBits) & 1});
      if (rest < divisor) continue;
      rest = rest - divisor;
      quotient[bit / kBits] |= uint32_t{1} << (bit % kBits);
    }
  }
  division.quotient.trim();
  rest.trim();
  if (a.is_negative_ != b.is_negative_) {
    division.quotient = -division.quotient;
    if (!rest.is_zero()) {
      division.quotient = division.quotient - 1;
      rest = divisor - rest;
    }
  }
  if (b.is_negative_) rest = -rest;
  return division;
}

// The quotient gets 64 bits or more, the lowest of which is set if there is a remainder: enough for one
// rounding to 53 bits.
double BigInteger::quotient(const BigInteger& a, const BigInteger& b) {
  if (a.is_zero()) return b.is_negative_ ? -0.0 : 0.0;
  const int64_t shift =
      std::max<int64_t>(-1100, 65 - static_cast<int64_t>(a.num_bits()) + static_cast<int64_t>(b.num_bits()));
  BigInteger dividend = shift > 0 ? a.shifted(shift) : a, divisor = shift < 0 ? b.shifted(-shift) : b;
  dividend.is_negative_ = divisor.is_negative_ = false;
  auto [whole, rest] = divide(dividend, divisor);
  // All bits beyond 64 are folded into the last of them.
  const int64_t excess = std::max<int64_t>(0, static_cast<int64_t>(whole.num_bits()) - 64);
  const BigInteger top = whole.shifted(-excess);
  uint64_t bits = top.limbs_.empty() ? 0 : top.limbs_[0];
  if (top.limbs_.size() > 1) bits |= uint64_t{top.limbs_[1]} << kBits;
  if (!rest.is_zero() || top.shifted(excess) != whole) bits |= 1;
  const double magnitude = std::ldexp(static_cast<double>(bits), static_cast<int>(excess - shift));
  return a.is_negative_ != b.is_negative_ ? -magnitude : magnitude;
}

}  // namespace radlads::jinja
