// ISO 4217: how many decimals a currency has. A price is an integer of the smallest unit, so this
// number decides what 1000 means: ten dollars, a thousand yen, one dinar.
#pragma once

#include <string_view>

namespace usher {

struct Currency {
  std::string_view code;  // three lower-case letters; static storage
  int decimals = 2;       // 0, 2 or 3
  bool operator==(const Currency&) const = default;
};

inline constexpr Currency usd{"usd", 2};

// Null: no currency of today, or one in which nobody pays (funds codes, metals, four decimals).
[[nodiscard]] const Currency* find_currency(std::string_view lower_case_code);

}  // namespace usher
