#include "tests/sim/gateway.hpp"

#include <new>
#include <stdexcept>

#include "tests/sim/describe.hpp"

namespace usher::sim {

ChargeOutcome LedgerGateway::charge(const Order::ChargeCard& charge) {
  const auto* order = oracle_.order_of(charge.payment);
  if (!order) {
    report("a card is charged under " + brief(charge.payment) + ", which no order has started");
    return Unknown{"no such payment"};
  }
  if (!charge.again && !ledger_.contains(charge.payment) && happens(moods_.turns_away)) {
    trace_.note("turn_away", {},
                [&] { return "    gateway: " + brief(charge.payment) + " is turned away"; });
    return Misconfigured{"a wrong key"};
  }
  const auto [place, is_first] = ledger_.try_emplace(charge.payment);
  auto& entry = place->second;
  if (is_first) entry.asked_at = steady_ms_();
  if (!is_first && steady_ms_() - entry.asked_at >= moods_.forgets_after_ms) {
    report(brief(charge.payment) + " is charged again under a key that is forgotten");
    return Unknown{"charged twice"};
  }
  auto as_first = charge;
  as_first.again = entry.request.again;
  if (!is_first && !(entry.request == as_first))
    report(brief(charge.payment) + " is asked for again, but for another charge");
  if (is_first && happens(moods_.hangs)) {
    ledger_.erase(place);
    trace_.note("hang", {}, [&] { return "    gateway: " + brief(charge.payment) + " hangs"; });
    return Unknown{"nothing happened"};
  }
  if (is_first && happens(moods_.throws)) {
    const bool took = dice_.one_in(2);
    trace_.note("poison", {took}, [&] {
      return "    gateway: " + brief(charge.payment) + " is answered with poison" +
             (took ? ", and captured" : "");
    });
    entry.request = charge;
    if (took)
      capture(charge.payment, entry);
    else
      ledger_.erase(place);
    if (dice_.one_in(2)) throw std::bad_alloc{};
    throw std::runtime_error("type must be boolean, but is null");
  }
  if (is_first) {
    entry.request = charge;
    return decide(charge, entry);
  }
  if (happens(moods_.throws)) throw std::runtime_error("no object");
  if (happens(moods_.hangs)) return Unknown{"no answer this time"};
  if (entry.is_captured) return captured(charge.payment);
  return Order::Refused{"refused", "card_declined"};
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
      return Order::Refused{"refused at first", "card_declined"};
    }
    if (happens(moods_.calls_back))
      outbox_.push_back({charge.payment, Order::Refused{"late", "card_declined"}});
    if (unheard) return Unknown{"the answer was lost"};
    return Order::Refused{"refused", "card_declined"};
  }
  capture(charge.payment, entry);
  if (happens(moods_.refuses_after_capture)) {
    entry.is_contradicted = true;
    outbox_.push_back({charge.payment, Order::Refused{"a false message", "card_declined"}});
    outbox_.push_back({charge.payment, captured(charge.payment)});
  } else if (happens(moods_.calls_back)) {
    outbox_.push_back({charge.payment, captured(charge.payment)});
  }
  if (unheard) return Unknown{"the answer was lost"};
  return captured(charge.payment);
}

void LedgerGateway::capture(const PaymentId& payment, Entry& entry) {
  entry.is_captured = true;
  entry.captured_at = steady_ms_();
  if (written_off_.contains(payment)) entry.is_contradicted = true;
  if (entry.is_contradicted) return;
  const auto* order = oracle_.order_of(payment);
  for (const auto& [other, booked] : ledger_)
    if (other != payment && booked.keeps_money() && !booked.is_contradicted &&
        *oracle_.order_of(other) == *order)
      report(brief(*order) + " is charged twice: " + brief(other) + " and " + brief(payment));
}

LookUpOutcome LedgerGateway::look_up(const Order::ChargeCard& charge) {
  const auto* entry = find(charge.payment);
  const bool unheard = happens(moods_.cannot_look);
  const bool is_new =
      entry && steady_ms_() - (entry->is_captured ? entry->captured_at : entry->asked_at) <
                   moods_.knows_after_ms;
  trace_.note("look_up", {unheard, is_new, entry != nullptr}, [&] {
    return "    gateway: " + brief(charge.payment) + " is looked up" +
           (unheard  ? ", in vain"
            : is_new ? ", too early"
            : entry  ? ": known"
                     : ": not known");
  });
  if (unheard) return Unknown{"no answer"};
  if (!entry || is_new) return NothingKnown{};
  if (entry->is_captured) return captured(charge.payment);
  return Order::Refused{"refused", "card_declined"};
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
  if (happens(moods_.throws)) throw std::runtime_error("type must be string");
  if (entry.refunds == 0 && (entry.refund_is_refused || happens(moods_.refund_refuses))) {
    trace_.note("refuse", {},
                [&] { return "    gateway: " + brief(refund.payment) + " is not given back"; });
    entry.refund_is_refused = true;
    return RefundRefused{"the charge is disputed"};
  }
  if (entry.refunds == 0 && happens(moods_.refund_is_lost)) {
    trace_.note("lost", {},
                [&] { return "    gateway: the refund of " + brief(refund.payment) + " is lost"; });
    return Unknown{"nothing happened"};
  }
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
