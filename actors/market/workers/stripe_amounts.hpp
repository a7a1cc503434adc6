// Stripe's own units and limits of an amount, by currency. They are not always ISO 4217's.
#pragma once

#include <cstdint>

#include "actors/market/workers/payment_gateway.hpp"

namespace usher {

// In the currency's own smallest unit. A minimum is known where Stripe documents one; elsewhere it
// depends on the account, and the setting payments.amount_minor_min may say it.
[[nodiscard]] AmountLimits stripe_limits(const Currency& currency);

// What stands in a request or an answer for an amount within the limits.
[[nodiscard]] std::int64_t stripe_amount(Money amount, const Currency& currency);

}  // namespace usher
