#include "tests/sim/gateway.hpp"

#include "tests/sim/describe.hpp"

namespace usher::sim {

ChargeOutcome LedgerGateway::charge(const Order::ChargeCard& charge) {
  const auto* order = oracle_.order_of(charge.payment);
  if (!order) {
    report("a card is charged under " + brief(charge.payment) + ", which no order has started");
    return Unknown{"no such payment"};
  }
  const auto [place, is_first] = ledger_.try_emplace(charge.payment);
  auto& entry = place->second;
  if (!is_first && !(entry.request == charge))
    report(brief(charge.payment) + " is asked for again, but for another charge");
  if (is_first && happens(moods_.hangs)) {
    ledger_.erase(place);
    trace_.note("hang", {}, [&] { return "    gateway: " + brief(charge.payment) + " hangs"; });
    return Unknown{"nothing happened"};
  }
  if (is_first) {
    entry.request = charge;
    return decide(charge, entry);
  }
  if (happens(moods_.hangs)) return Unknown{"no answer this time"};
  if (entry.is_captured) return captured(charge.payment);
  return Order::Refused{"refused"};
}

ChargeOutcome LedgerGateway::decide(const Order::ChargeCard& charge, Entry& entry) {
  const bool refused = charge.token == "tok_bad" || happens(moods_.refuses);
  const bool unheard = happens(moods_.hangs_but_took);
  trace_.note("charge", {refused, unheard}, [&] {
    return "    gateway: " + brief(charge.payment) + (refused ? " refused" : " captured") +
           (unheard ? ", but nobody hears it" : "");
  });
  if (refused) {
    if (happens(moods_.captures_after_refusal)) {
      // Refused is what it says now; the money is taken all the same.
      entry.is_contradicted = true;
      capture(charge.payment, entry);
      outbox_.push_back({charge.payment, captured(charge.payment)});
      return Order::Refused{"refused at first"};
    }
    if (happens(moods_.calls_back)) outbox_.push_back({charge.payment, Order::Refused{"late"}});
    if (unheard) return Unknown{"the answer was lost"};
    return Order::Refused{"refused"};
  }
  capture(charge.payment, entry);
  if (happens(moods_.refuses_after_capture)) {
    entry.is_contradicted = true;
    outbox_.push_back({charge.payment, Order::Refused{"a false message"}});
    outbox_.push_back({charge.payment, captured(charge.payment)});
  } else if (happens(moods_.calls_back)) {
    outbox_.push_back({charge.payment, captured(charge.payment)});
  }
  if (unheard) return Unknown{"the answer was lost"};
  return captured(charge.payment);
}

void LedgerGateway::capture(const PaymentId& payment, Entry& entry) {
  entry.is_captured = true;
  if (entry.is_contradicted) return;
  const auto* order = oracle_.order_of(payment);
  for (const auto& [other, booked] : ledger_)
    if (other != payment && booked.keeps_money() && !booked.is_contradicted &&
        *oracle_.order_of(other) == *order)
      report(brief(*order) + " is charged twice: " + brief(other) + " and " + brief(payment));
}

RefundOutcome LedgerGateway::refund(const Order::GiveBack& refund) {
  const auto found = ledger_.find(refund.payment);
  if (found == ledger_.end() || !found->second.is_captured) {
    report("a refund of " + brief(refund.payment) + ", which was never captured");
    return Unknown{"no such charge"};
  }
  auto& entry = found->second;
  if (refund.amount != entry.request.amount || refund.charge != captured(refund.payment).charge)
    report("a refund of " + brief(refund.payment) + " over something else than was charged");
  const bool unheard = happens(moods_.refund_hangs);
  trace_.note("refund", {unheard}, [&] {
    return "    gateway: " + brief(refund.payment) + " refunded" +
           (unheard ? ", but nobody hears it" : "");
  });
  entry.refunds = 1;  // idempotent by the payment
  if (unheard) return Unknown{"the answer was lost"};
  return RefundDone{};
}

void LedgerGateway::check_books() const {
  std::map<OrderId, int> kept;
  for (const auto& [payment, entry] : ledger_) {
    const auto& id = *oracle_.order_of(payment);
    const auto* order = oracle_.newest<Order>(id);
    const auto* known = order->find_payment(payment);
    if (entry.keeps_money()) {
      ++kept[id];
      if (order->status != Order::Status::complete ||
          known->status != Order::PaymentStatus::captured)
        report("the money of " + brief(payment) + " was kept, but " + brief(id) +
               " is not complete by it");
      if (entry.request.amount != order->ticket.price)
        report(brief(id) + " was charged another amount than its price");
    } else if (known->status == Order::PaymentStatus::captured) {
      report(brief(id) + " is complete by " + brief(payment) + ", whose money is not here");
    }
    if (entry.refunds > 0 && known->status != Order::PaymentStatus::refunded)
      report("the refund of " + brief(payment) + " is not on record");
  }
  for (const auto& [id, states] : oracle_.all<Order>()) {
    const int wanted = states.back()->status == Order::Status::complete ? 1 : 0;
    if (kept[id] != wanted)
      report(brief(id) + " keeps the money of " + std::to_string(kept[id]) + " payments");
  }
}

}  // namespace usher::sim
