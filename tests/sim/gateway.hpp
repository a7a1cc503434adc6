// A payment gateway with a ledger of its own, which no crash of the node touches. It is idempotent
// by the payment's id and otherwise as bad as the dice say: it declines, hangs with or without
// taking the money, answers later by itself, answers twice, and captures after it has refused.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "actors/market/workers/payment_gateway.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/trace.hpp"
#include "tests/support/dice.hpp"

namespace usher::sim {

// One in so many; 0: never.
struct GatewayMoods {
  std::size_t refuses = 5;
  std::size_t hangs = 5;           // Unknown, and nothing happened
  std::size_t hangs_but_took = 6;  // Unknown, and the money is taken (or the card is refused)
  std::size_t calls_back = 4;      // the outcome comes once more by itself, later
  std::size_t captures_after_refusal = 6;
  std::size_t refuses_after_capture = 6;  // a false message; the true one follows
  std::size_t refund_hangs = 4;
};

class LedgerGateway final : public PaymentGateway {
 public:
  struct Entry {
    Order::ChargeCard request;
    bool is_captured = false;
    bool is_contradicted = false;  // it was refused before it was captured
    int refunds = 0;
    [[nodiscard]] bool keeps_money() const { return is_captured && refunds == 0; }
  };
  // What the gateway says by itself, as a web hook would; repeated until it was taken.
  struct Message {
    PaymentId payment;
    std::variant<Order::Captured, Order::Refused> outcome;
  };

  LedgerGateway(Oracle& oracle, Trace& trace, test::Dice& dice, GatewayMoods moods)
      : oracle_(oracle), trace_(trace), dice_(dice), moods_(moods) {}

  ChargeOutcome charge(const Order::ChargeCard& charge) override;
  RefundOutcome refund(const Order::GiveBack& refund) override;

  // From now on every answer is prompt and true.
  void heal() {
    moods_ = {.refuses = moods_.refuses,
              .hangs = 0,
              .hangs_but_took = 0,
              .calls_back = 0,
              .captures_after_refusal = 0,
              .refuses_after_capture = 0,
              .refund_hangs = 0};
  }

  // The oldest message of each payment comes before its later ones.
  [[nodiscard]] std::deque<Message>& outbox() { return outbox_; }
  [[nodiscard]] const std::map<PaymentId, Entry>& ledger() const { return ledger_; }

  // P3, when everything is over: each capture belongs to one complete order, or went back.
  void check_books() const;

 private:
  bool happens(std::size_t one_in) { return one_in > 0 && dice_.one_in(one_in); }
  ChargeOutcome decide(const Order::ChargeCard& charge, Entry& entry);
  void capture(const PaymentId& payment, Entry& entry);
  static Order::Captured captured(const PaymentId& payment) { return {"ch_" + payment.hex()}; }
  void report(std::string what) const { oracle_.findings().report("P3", std::move(what)); }

  Oracle& oracle_;
  Trace& trace_;
  test::Dice& dice_;
  GatewayMoods moods_;
  std::map<PaymentId, Entry> ledger_;
  std::deque<Message> outbox_;
};

}  // namespace usher::sim
