// The payment gateway as the orders see it. Two implementations: the sandbox (embedded default)
// and Stripe. Calls block, so they are made by the gateway's worker pool only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "actors/market/domain/money.hpp"
#include "actors/market/domain/order.hpp"
#include "base/currency.hpp"

namespace usher {

// No answer, or one that says neither yes nor no: money may have been taken, so the same request,
// with the same key, is made again until the outcome is definite (P3).
struct Unknown {
  std::string why;  // for the log; names no secret
  // The gateway will not take this key again, so only looking up can find out.
  bool key_is_spent = false;
  bool misconfigured =
      false;  // see below; only that some earlier attempt may have been carried out
};
// The gateway refuses us, not the card (a wrong key, a currency that the account does not have):
// nothing was charged, and nothing will be before an operator mends it.
struct Misconfigured {
  std::string why;  // for the log; names no secret
};
struct NothingKnown {};

struct RefundDone {
  bool is_pending = false;  // taken on, and under way: the gateway goes on by itself
};
struct RefundRefused {  // for good: asking again changes nothing
  std::string why;
};

// What the buyer of an authentication_required reads.
inline constexpr std::string_view needs_bank_words =
    "Your bank wants you to confirm this payment (3-D Secure), which is not possible here yet. "
    "Nothing was charged. Please pay with another card.";

using ChargeOutcome = std::variant<Order::Captured, Order::Refused, Misconfigured, Unknown>;
using LookUpOutcome = std::variant<Order::Captured, Order::Refused, NothingKnown, Unknown>;
using RefundOutcome = std::variant<RefundDone, RefundRefused, Unknown>;

// Which amounts can be charged, in the currency's smallest unit.
struct AmountLimits {
  Money min{1};
  std::optional<Money> max;
  std::int64_t step = 1;  // every amount is a multiple of it
  bool operator==(const AmountLimits&) const = default;
};

class PaymentGateway {
 public:
  virtual ~PaymentGateway() = default;
  // Any thread; blocks until answered or timed out. Idempotent by `charge.payment`, for as long as
  // the gateway remembers it.
  [[nodiscard]] virtual ChargeOutcome charge(const Order::ChargeCard& charge) = 0;
  // What the gateway knows of a charge. Charges nothing.
  [[nodiscard]] virtual LookUpOutcome look_up(const Order::ChargeCard& charge) = 0;
  // Of the whole charge, so a second one is refused as done, however old the first one's key is.
  [[nodiscard]] virtual RefundOutcome refund(const Order::GiveBack& refund) = 0;
  [[nodiscard]] virtual AmountLimits limits() const = 0;
};

// The sandbox: what happens is decided by the token. Charging twice under one payment gives the
// same charge, also after a restart: the charge's name follows from the payment's.
//   tok_visa, tok_mastercard, ...           captured
//   tok_chargeDeclined, ...InsufficientFunds, ...ExpiredCard   refused
//   tok_authenticationRequired              refused: the bank wants 3-D Secure
//   tok_slow                                captured, after `slow_ms`
//   tok_unknown                             no answer the first time, captured when asked again
//   tok_hang                                never a definite answer
// Any other token is refused. It takes any amount.
struct SandboxOptions {
  DurationMs slow_ms = 3'000;
  DurationMs unknown_ms = 1'000;  // how long tok_unknown and tok_hang keep the caller waiting
};
[[nodiscard]] std::unique_ptr<PaymentGateway> make_sandbox_gateway(SandboxOptions options);

struct StripeOptions {
  std::string base_url = "https://api.stripe.com";
  std::string secret_key;  // from the environment; never logged
  Currency currency = usd;
  DurationMs timeout_ms = 10'000;  // of one call, from the look-up of the name to its last byte
  std::string ca_file;             // empty: the system's certificates
  int attempts_max = 3;  // of one request, with backoff; then Unknown, and the reminder goes on
  DurationMs backoff_ms = 200;
};
// The charges API over HTTPS, certificates verified.
[[nodiscard]] std::unique_ptr<PaymentGateway> make_stripe_gateway(StripeOptions options);

}  // namespace usher
