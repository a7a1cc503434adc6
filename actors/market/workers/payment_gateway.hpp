// The payment gateway as the orders see it. Two implementations: the sandbox (embedded default)
// and Stripe. Calls block, so they are made by the gateway's worker pool only.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "actors/market/domain/money.hpp"
#include "actors/market/domain/order.hpp"

namespace usher {

// No answer, or one that says neither yes nor no: the same request, with the same key, is made
// again until the outcome is definite (P3).
struct Unknown {
  std::string why;  // for the log; names no secret
};
struct RefundDone {};

using ChargeOutcome = std::variant<Order::Captured, Order::Refused, Unknown>;
using RefundOutcome = std::variant<RefundDone, Unknown>;

class PaymentGateway {
 public:
  virtual ~PaymentGateway() = default;
  // Any thread; blocks until answered or timed out. Idempotent by `charge.payment`.
  [[nodiscard]] virtual ChargeOutcome charge(const Order::ChargeCard& charge) = 0;
  [[nodiscard]] virtual RefundOutcome refund(const Order::GiveBack& refund) = 0;
};

// The sandbox: what happens is decided by the token. Charging twice under one payment gives the
// same charge, also after a restart: the charge's name follows from the payment's.
//   tok_visa, tok_mastercard, ...           captured
//   tok_chargeDeclined, ...InsufficientFunds, ...ExpiredCard   refused
//   tok_slow                                captured, after `slow_ms`
//   tok_unknown                             no answer the first time, captured when asked again
//   tok_hang                                never a definite answer
// Any other token is refused.
struct SandboxOptions {
  DurationMs slow_ms = 3'000;
  DurationMs unknown_ms = 1'000;  // how long tok_unknown and tok_hang keep the caller waiting
};
[[nodiscard]] std::unique_ptr<PaymentGateway> make_sandbox_gateway(SandboxOptions options);

struct StripeOptions {
  std::string base_url = "https://api.stripe.com";
  std::string secret_key;  // from the environment; never logged
  std::string currency = "usd";
  DurationMs timeout_ms = 10'000;
  std::string ca_file;   // empty: the system's certificates
  int attempts_max = 3;  // of one call, with backoff; then Unknown, and the reminder goes on
  DurationMs backoff_ms = 200;
};
// The charges API over HTTPS, certificates verified.
[[nodiscard]] std::unique_ptr<PaymentGateway> make_stripe_gateway(StripeOptions options);

}  // namespace usher
