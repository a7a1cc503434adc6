#include "actors/market/workers/stripe_amounts.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace usher {
namespace {

struct Minimum {
  std::string_view code;
  std::int64_t minor;
};
// https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
constexpr std::array minimums = std::to_array<Minimum>(
    {{"aed", 200},   {"aud", 50},  {"bgn", 100},   {"brl", 50},  {"cad", 50},    {"chf", 50},
     {"czk", 1'500}, {"dkk", 250}, {"eur", 50},    {"gbp", 30},  {"hkd", 400},   {"huf", 17'500},
     {"inr", 50},    {"jpy", 50},  {"mxn", 1'000}, {"myr", 200}, {"nok", 300},   {"nzd", 50},
     {"pln", 200},   {"ron", 200}, {"sek", 300},   {"sgd", 50},  {"thb", 1'000}, {"usd", 50}});

// Digits of the largest amount, where it is not eight.
struct Digits {
  std::string_view code;
  int digits;
};
constexpr int digits_usual = 8;
constexpr std::array digits_other =
    std::to_array<Digits>({{"cop", 10}, {"huf", 10}, {"idr", 12}, {"inr", 9}, {"lbp", 12}});

// Decimals at Stripe where they are not ISO 4217's. isk and ugx are sent with two that must be
// zero; mga, whose ariary has five parts, without any.
constexpr std::array decimals_other = std::to_array<Digits>({{"isk", 2}, {"mga", 0}, {"ugx", 2}});

std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

int digits_or(const auto& table, std::string_view code, int usual) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Digits& row) { return row.code == code; });
  return found == table.end() ? usual : found->digits;
}

int decimals_at_stripe(const Currency& currency) {
  return digits_or(decimals_other, currency.code, currency.decimals);
}

}  // namespace

AmountLimits stripe_limits(const Currency& currency) {
  AmountLimits limits;
  const int missing = currency.decimals - decimals_at_stripe(currency);
  if (missing > 0) limits.step = power_of_ten(missing);
  if (currency.decimals == 3) limits.step = 10;  // the last of three decimals must be zero
  const auto minimum = std::find_if(minimums.begin(), minimums.end(),
                                    [&](const Minimum& row) { return row.code == currency.code; });
  limits.min = Money{minimum == minimums.end() ? limits.step : minimum->minor};
  const auto most = power_of_ten(digits_or(digits_other, currency.code, digits_usual)) - 1;
  const auto in_our_unit =
      missing >= 0 ? most * power_of_ten(missing) : most / power_of_ten(-missing);
  limits.max = Money{in_our_unit - in_our_unit % limits.step};
  return limits;
}

std::int64_t stripe_amount(Money amount, const Currency& currency) {
  const int more = decimals_at_stripe(currency) - currency.decimals;
  return more >= 0 ? amount.minor * power_of_ten(more) : amount.minor / power_of_ten(-more);
}

}  // namespace usher
