// Integers of any size, as in Python. Those that fit in 64 bits are not stored this way: see Value.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace radlads::jinja {

class BigInteger {
 public:
  BigInteger(int64_t value);

  /// Digits of a base up to 36, without a sign; at least one.
  static BigInteger parse(std::string_view digits, uint32_t base);

  /// The integer part of a finite number.
  static BigInteger truncated(double number);

  /// The value if it fits; nullopt else.
  std::optional<int64_t> small() const;

  /// The nearest double, ties to even; infinite beyond their range.
  double to_double() const;

  std::string text() const;

  bool is_negative() const { return is_negative_; }
  bool is_zero() const { return limbs_.empty(); }
  size_t num_bits() const;

  BigInteger operator-() const;
  friend BigInteger operator+(const BigInteger& a, const BigInteger& b);
  friend BigInteger operator-(const BigInteger& a, const BigInteger& b) { return a + -b; }
  friend BigInteger operator*(const BigInteger& a, const BigInteger& b);
  friend std::strong_ordering operator<=>(const BigInteger& a, const BigInteger& b);
  friend bool operator==(const BigInteger& a, const BigInteger& b) = default;

  /// Rounded toward minus infinity, and the remainder, which has the sign of `b`. `b` is not 0.
  struct Division;
  static Division divide(const BigInteger& a, const BigInteger& b);

  /// a / b, correctly rounded. `b` is not 0.
  static double quotient(const BigInteger& a, const BigInteger& b);

 private:
  BigInteger() = default;
  void trim();
  BigInteger shifted(int64_t bits) const;

  bool is_negative_ = false;
  std::vector<uint32_t> limbs_;  // of the absolute value, the lowest first; the last is not 0
};

struct BigInteger::Division {
  BigInteger quotient, remainder;
};

}  // namespace radlads::jinja
