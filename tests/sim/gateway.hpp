// A payment gateway with a ledger of its own, which no crash of the node touches. It is idempotent
// by the payment's id, for as long as it remembers the key, and otherwise as bad as the dice say:
// it declines, hangs with or without taking the money or giving it back, answers what nobody can
// read (the call throws), answers later by itself or twice, captures after it has refused, turns us
// away, refuses refunds for good, and knows nothing of a charge that is only just made.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
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
  std::size_t refund_hangs = 4;           // Unknown, and the money went back
  std::size_t refund_is_lost = 4;         // Unknown, and nothing happened
  std::size_t refund_refuses = 4;         // for good: somebody has to give it back by hand
  std::size_t throws = 6;                 // a poisonous answer, with or without taking the money
  std::size_t turns_away = 6;             // our key is wrong, for now
  std::size_t cannot_look = 3;            // looking up fails
  DurationMs forgets_after_ms = 24 * 3'600'000;  // its idempotency keys
  DurationMs knows_after_ms = 500;               // a new charge, when it is looked for
};

class LedgerGateway final : public PaymentGateway {
 public:
  struct Entry {
    Order::ChargeCard request;
    bool is_captured = false;
    bool is_contradicted = false;  // it was refused, or written off, before it was captured
    bool refund_is_refused = false;
    int refunds = 0;
    DurationMs asked_at = 0;  // first, by the world's steady time: its key lives from then
    DurationMs captured_at = 0;
    [[nodiscard]] bool keeps_money() const { return is_captured && refunds == 0; }
  };
  // What the gateway says by itself, as a web hook would; repeated until it was taken.
  struct Message {
    PaymentId payment;
    std::variant<Order::Captured, Order::Refused> outcome;
  };

  // `steady_ms`: the world's time, which never jumps.
  LedgerGateway(Oracle& oracle, Trace& trace, test::Dice& dice, GatewayMoods moods,
                std::function<DurationMs()> steady_ms)
      : oracle_(oracle),
        trace_(trace),
        dice_(dice),
        moods_(moods),
        steady_ms_(std::move(steady_ms)) {}

  ChargeOutcome charge(const Order::ChargeCard& charge) override;
  LookUpOutcome look_up(const Order::ChargeCard& charge) override;
  RefundOutcome refund(const Order::GiveBack& refund) override;
  AmountLimits limits() const override { return {}; }

  // ---- what an operator sees in its books, and does there by hand

  [[nodiscard]] const Entry* find(const PaymentId& payment) const {
    const auto found = ledger_.find(payment);
    return found == ledger_.end() ? nullptr : &found->second;
  }
  // He says that it was not charged; what is captured for it from now on has to go back.
  void write_off(const PaymentId& payment) { written_off_.insert(payment); }
  void give_back_by_hand(const PaymentId& payment) { ledger_.at(payment).refunds = 1; }

  void forget_after(DurationMs ms) { moods_.forgets_after_ms = ms; }
  void know_after(DurationMs ms) { moods_.knows_after_ms = ms; }

  // From now on every answer is prompt and true.
  void heal() {
    moods_ = {.refuses = moods_.refuses,
              .hangs = 0,
              .hangs_but_took = 0,
              .calls_back = 0,
              .captures_after_refusal = 0,
              .refuses_after_capture = 0,
              .refund_hangs = 0,
              .refund_is_lost = 0,
              .refund_refuses = 0,
              .throws = 0,
              .turns_away = 0,
              .cannot_look = 0,
              .forgets_after_ms = moods_.forgets_after_ms,
              .knows_after_ms = moods_.knows_after_ms};
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
  std::function<DurationMs()> steady_ms_;
  std::map<PaymentId, Entry> ledger_;
  std::set<PaymentId> written_off_;
  std::deque<Message> outbox_;
};

}  // namespace usher::sim
