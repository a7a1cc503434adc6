#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <mutex>
#include <set>
#include <string_view>
#include <thread>

#include "actors/market/domain/decline.hpp"
#include "actors/market/workers/payment_gateway.hpp"

namespace usher {
namespace {

constexpr std::array<std::string_view, 6> good_tokens = {
    "tok_visa", "tok_visa_debit", "tok_mastercard", "tok_amex", "tok_discover", "tok_jcb"};

bool is_good(std::string_view token) {
  return std::find(good_tokens.begin(), good_tokens.end(), token) != good_tokens.end();
}

struct Refusing {
  std::string_view token;
  std::string_view reason;
  std::string_view code;
};
constexpr std::array<Refusing, 7> bad_tokens = {{
    {"tok_chargeDeclined", "Your card was declined.", decline::card_declined},
    {"tok_chargeDeclinedInsufficientFunds", "Your card has insufficient funds.",
     decline::insufficient_funds},
    {"tok_chargeDeclinedExpiredCard", "Your card has expired.", decline::expired_card},
    {"tok_chargeDeclinedIncorrectCvc", "Your card's security code is incorrect.",
     decline::incorrect_cvc},
    {"tok_chargeDeclinedProcessingError", "An error occurred while processing your card.",
     decline::processing_error},
    {"tok_chargeDeclinedFraudulent", "Your card was declined.", decline::card_declined},
    {"tok_authenticationRequired", needs_bank_words, decline::authentication_required},
}};

class SandboxGateway final : public PaymentGateway {
 public:
  explicit SandboxGateway(SandboxOptions options) : options_(options) {}

  ChargeOutcome charge(const Order::ChargeCard& charge) override {
    for (const auto& bad : bad_tokens)
      if (charge.token == bad.token)
        return Order::Refused{std::string{bad.reason}, std::string{bad.code}};
    if (charge.token == "tok_slow") {
      pause(options_.slow_ms);
      return captured(charge.payment);
    }
    if (charge.token == "tok_hang" ||
        (charge.token == "tok_unknown" && is_first_time(charge.payment))) {
      pause(options_.unknown_ms);
      return Unknown{"the sandbox gave no answer"};
    }
    if (is_good(charge.token) || charge.token == "tok_unknown") return captured(charge.payment);
    return Order::Refused{"No such token.", std::string{decline::card_unusable}};
  }

  // Whether money was taken follows from the token.
  LookUpOutcome look_up(const Order::ChargeCard& charge) override {
    if (is_good(charge.token) || charge.token == "tok_slow" || charge.token == "tok_unknown")
      return captured(charge.payment);
    return NothingKnown{};
  }

  AmountLimits limits() const override { return {}; }

  RefundOutcome refund(const Order::GiveBack&) override { return RefundDone{}; }

 private:
  static Order::Captured captured(const PaymentId& payment) { return {"ch_" + payment.hex()}; }

  static void pause(DurationMs ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

  // Forgets the oldest beyond `remembered_max`: those would time out once more.
  bool is_first_time(const PaymentId& payment) {
    static constexpr std::size_t remembered_max = 10'000;
    const std::lock_guard lock{mutex_};  // workers are several; no actor waits for this
    if (!seen_.insert(payment).second) return false;
    order_.push_back(payment);
    if (order_.size() > remembered_max) {
      seen_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }

  SandboxOptions options_;
  std::mutex mutex_;
  std::set<PaymentId> seen_;
  std::deque<PaymentId> order_;
};

}  // namespace

std::unique_ptr<PaymentGateway> make_sandbox_gateway(SandboxOptions options) {
  return std::make_unique<SandboxGateway>(options);
}

}  // namespace usher
