// Decimal text <-> minor units, exactly: digits are moved, nothing is rounded.
#include "actors/market/domain/money.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace usher {
namespace {

constexpr std::int64_t minor_max = std::int64_t{1} << 53;  // exact in a JSON number
constexpr std::int64_t minor_digits_max = 16;              // digits of 2^53

// An exponent past this is as good as infinite, and still adds to the length of any text without
// an overflow.
constexpr std::int64_t exponent_max = 1'000'000'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits that `text` starts with off it.
std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

// Takes a sign off `text`; true for minus.
bool take_sign(std::string_view& text) {
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  return negative;
}

// A number in its shortest form: digits * 10^power, no zero at either end. Empty digits: zero.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t power = 0;
};

// What stands behind "e"; nullopt unless it is a whole number.
std::optional<std::int64_t> read_exponent(std::string_view text) {
  const bool negative = take_sign(text);
  const auto digits = take_digits(text);
  if (digits.empty() || !text.empty()) return std::nullopt;
  std::int64_t exponent = 0;
  for (const char c : digits) exponent = std::min(exponent_max, exponent * 10 + (c - '0'));
  return negative ? -exponent : exponent;
}

std::optional<Decimal> read_decimal(std::string_view text) {
  Decimal number;
  number.negative = take_sign(text);
  number.digits = take_digits(text);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const auto fraction = take_digits(text);
    number.digits += fraction;
    number.power = -static_cast<std::int64_t>(fraction.size());
  }
  if (number.digits.empty()) return std::nullopt;
  if (!text.empty()) {
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    const auto exponent = read_exponent(text.substr(1));
    if (!exponent) return std::nullopt;
    number.power += *exponent;
  }
  const auto last = number.digits.find_last_not_of('0');
  const auto kept = last == std::string::npos ? 0 : last + 1;
  number.power += static_cast<std::int64_t>(number.digits.size() - kept);
  number.digits.resize(kept);
  number.digits.erase(0, number.digits.find_first_not_of('0'));
  return number;
}

}  // namespace

tl::expected<Money, MoneyError> parse_money(std::string_view decimal, const Currency& currency) {
  const auto number = read_decimal(decimal);
  if (!number) return tl::unexpected{MoneyError::not_a_number};
  if (number->digits.empty()) return Money{0};

  const std::int64_t zeros = number->power + currency.decimals;  // to append to the digits
  if (zeros < 0) return tl::unexpected{MoneyError::too_many_decimals};
  if (static_cast<std::int64_t>(number->digits.size()) + zeros > minor_digits_max)
    return tl::unexpected{MoneyError::out_of_range};

  std::int64_t minor = 0;
  for (const char c : number->digits) minor = minor * 10 + (c - '0');
  for (std::int64_t i = 0; i < zeros; ++i) minor *= 10;
  if (minor > minor_max) return tl::unexpected{MoneyError::out_of_range};
  return Money{number->negative ? -minor : minor};
}

std::string to_decimal(Money money, const Currency& currency) {
  const bool negative = money.minor < 0;
  // Unsigned: the smallest int64 has no positive counterpart.
  const auto bits = static_cast<std::uint64_t>(money.minor);
  const std::uint64_t magnitude = negative ? 0 - bits : bits;

  std::string digits = std::to_string(magnitude);
  const auto decimals = static_cast<std::size_t>(currency.decimals);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  std::string fraction = digits.substr(digits.size() - decimals);
  digits.resize(digits.size() - decimals);
  fraction.resize(fraction.find_last_not_of('0') + 1);  // npos + 1 is 0: nothing but zeros
  return (negative ? "-" : "") + digits + (fraction.empty() ? "" : "." + fraction);
}

}  // namespace usher
