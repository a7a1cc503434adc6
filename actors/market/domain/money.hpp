// Money: integers of the currency's smallest unit (cents) inside, a decimal with at most as many
// digits after the point as the currency has outside. Never floating point: 19.99 has no binary
// form.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/currency.hpp"

namespace usher {

struct Money {
  std::int64_t minor = 0;
  auto operator<=>(const Money&) const = default;
};

enum class MoneyError {
  not_a_number,       // not the text of a decimal number
  too_many_decimals,  // 19.999 dollars, 0.5 yen; trailing zeros are not counted (1.500 is 1.5)
  out_of_range,       // over 2^53 minor units, which a JSON number cannot carry exactly
};

// The text of a decimal number: optional sign, digits with an optional point (".5" and "5." are
// numbers), optional exponent ("1e3"). No blanks, no hex, no "inf". Negative amounts parse: what
// is allowed is the caller's rule.
[[nodiscard]] tl::expected<Money, MoneyError> parse_money(std::string_view decimal,
                                                          const Currency& currency);

// The shortest decimal: "20", "19.99", "0.5", "1000" yen.
[[nodiscard]] std::string to_decimal(Money money, const Currency& currency);

}  // namespace usher
