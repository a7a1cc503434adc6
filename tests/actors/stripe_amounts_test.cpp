// Stripe's units and limits (actors/market/workers/stripe_amounts.hpp).
#include "actors/market/workers/stripe_amounts.hpp"

#include <doctest/doctest.h>

using namespace usher;

namespace {

const Currency& currency(const char* code) {
  const auto* found = find_currency(code);
  REQUIRE(found != nullptr);
  return *found;
}
std::int64_t asked(const char* code, std::int64_t minor) {
  return stripe_amount(Money{minor}, currency(code));
}
AmountLimits limits(const char* code) { return stripe_limits(currency(code)); }

}  // namespace

TEST_CASE("an amount is sent in Stripe's unit, which is not always the currency's") {
  CHECK(asked("usd", 1'999) == 1'999);
  CHECK(asked("jpy", 1'000) == 1'000);  // found in use: a thousand yen became 100,000
  CHECK(asked("kwd", 5'120) == 5'120);
  CHECK(asked("isk", 5) == 500);
  CHECK(asked("ugx", 5) == 500);
  CHECK(asked("mga", 100'000) == 1'000);
}

TEST_CASE("limits are in the currency's own unit") {
  CHECK(limits("usd") == AmountLimits{Money{50}, Money{99'999'999}, 1});
  CHECK(limits("gbp").min == Money{30});
  CHECK(limits("huf") == AmountLimits{Money{17'500}, Money{9'999'999'999}, 1});
  CHECK(limits("jpy") == AmountLimits{Money{50}, Money{99'999'999}, 1});
  CHECK(limits("isk") == AmountLimits{Money{1}, Money{999'999}, 1});
  CHECK(limits("kwd") == AmountLimits{Money{10}, Money{99'999'990}, 10});
  CHECK(limits("mga") == AmountLimits{Money{100}, Money{9'999'999'900}, 100});
}
