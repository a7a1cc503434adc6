// The rules of an order: one overload per command and per event; a missing one does not compile.
#include "actors/market/domain/order.hpp"

#include <algorithm>
#include <utility>

#include "actors/market/domain/decline.hpp"
#include "base/invariant.hpp"

namespace usher {
namespace {

using Status = Order::Status;
using PaymentStatus = Order::PaymentStatus;

Order::Decision accept(std::vector<Order::Event> events, std::vector<Order::Effect> effects = {}) {
  return Accepted<Order::Event, Order::Effect>{std::move(events), std::move(effects)};
}

bool is_expired(const Order::State& order, TimeMs now) { return now >= order.deadline; }

Order::Cancelled cancelled(const Order::State& order, Order::Reason reason, TimeMs now) {
  return {order.buyer, order.ticket.id, reason, now};
}

// O2: there is exactly one while the order awaits payment.
const Order::Payment& payment_in_flight(const Order::State& order) {
  const auto started = std::find_if(
      order.payments.begin(), order.payments.end(),
      [](const Order::Payment& payment) { return payment.status == PaymentStatus::started; });
  INVARIANT(started != order.payments.end());
  return *started;
}

// ---- StartPayment

// What a repeated request is answered: what became of the attempt it names.
Order::Decision outcome_of(const Order::Payment& payment) {
  switch (payment.status) {
    case PaymentStatus::started:
    case PaymentStatus::captured:
      return accept({});
    case PaymentStatus::declined:
    case PaymentStatus::refund_due:  // declined first; the money that came later goes back
    case PaymentStatus::refunded:
    case PaymentStatus::refund_refused:
    case PaymentStatus::written_off:
      break;
  }
  return reject(Rejection::payment_declined);
}

Order::Decision handle(const Order::State& order, const Order::StartPayment& start, TimeMs now) {
  if (start.payer != order.buyer) return reject(Rejection::not_owner);
  if (const auto* known = order.find_payment(start.payment)) return outcome_of(*known);
  switch (order.status) {
    case Status::cancelled:
      return reject(Rejection::order_cancelled);
    case Status::complete:
      return reject(Rejection::order_complete);
    case Status::awaiting_payment:
      return reject(Rejection::payment_in_flight);
    case Status::created:
      break;
  }
  if (is_expired(order, now)) return reject(Rejection::order_expired);  // O2
  if (order.payments.size() >= Order::payments_max) return reject(Rejection::too_many_payments);
  return accept({Order::PaymentStarted{order.buyer, start.payment, start.token, now}});
}

// ---- SettlePayment: by the status of the payment it names, because outcomes come late and twice

Order::Decision settle(const Order::State& order, const Order::Payment& payment,
                       const Order::Captured& captured, TimeMs now) {
  if (payment.status == PaymentStatus::started)
    return accept({Order::Paid{order.buyer, payment.id, captured.charge, now}});
  // O3: it was settled as declined, so the order may have gone on without this money.
  if (payment.status == PaymentStatus::declined || payment.status == PaymentStatus::written_off)
    return accept({Order::RefundDue{order.buyer, payment.id, captured.charge, now}});
  return accept({});
}

Order::Decision settle(const Order::State& order, const Order::Payment& payment,
                       const Order::Refused& refused, TimeMs now) {
  const Order::PaymentDeclined declined{order.buyer, payment.id, refused.reason, refused.code};
  if (payment.status == PaymentStatus::written_off) return accept({declined});  // certain now
  if (payment.status != PaymentStatus::started) return accept({});
  // Expiry waited for this outcome (O2). Without this there would be no further try, only a lock.
  if (is_expired(order, now))
    return accept({declined, cancelled(order, Order::Reason::expired, now)});
  return accept({declined});
}

Order::Decision handle(const Order::State& order, const Order::SettlePayment& answer, TimeMs now) {
  const auto* payment = order.find_payment(answer.payment);
  if (!payment) return reject(Rejection::not_found);
  return std::visit([&](const auto& outcome) { return settle(order, *payment, outcome, now); },
                    answer.outcome);
}

Order::Decision handle(const Order::State& order, const Order::SettleRefund& settled, TimeMs now) {
  const auto* payment = order.find_payment(settled.payment);
  if (!payment) return accept({});
  const bool is_due = payment->status == PaymentStatus::refund_due;
  const bool is_refused = payment->status == PaymentStatus::refund_refused;
  if (settled.refusal && is_due)
    return accept({Order::RefundRefused{order.buyer, payment->id, *settled.refusal, now}});
  // It was asked for twice, and the second answer is better: nobody has to give it back by hand.
  if (!settled.refusal && (is_due || is_refused))
    return accept({Order::Refunded{order.buyer, payment->id}});
  return accept({});
}

// ---- SettleByOperator

Order::Decision settle_charge(const Order::State& order, const Order::SettleByOperator& settle,
                              const Order::OperatorSettled& word, TimeMs now) {
  if (settle.verdict == Order::Verdict::captured)
    return accept({word, Order::Paid{order.buyer, settle.payment, settle.charge, now}});
  // As when the gateway refuses: expiry has waited (O2).
  if (is_expired(order, now)) return accept({word, cancelled(order, Order::Reason::expired, now)});
  return accept({word});
}

Order::Decision handle(const Order::State& order, const Order::SettleByOperator& settle,
                       TimeMs now) {
  const auto* payment = order.find_payment(settle.payment);
  if (!payment) return reject(Rejection::not_found);
  const Order::OperatorSettled word{order.buyer, payment->id, settle.verdict, settle.note, now};
  const bool about_refund = settle.verdict == Order::Verdict::refunded;
  switch (payment->status) {
    case PaymentStatus::started:
      if (about_refund) break;
      return settle_charge(order, settle, word, now);
    case PaymentStatus::refund_due:
    case PaymentStatus::refund_refused:
      if (!about_refund) break;
      return accept({word, Order::Refunded{order.buyer, payment->id}});
    // The order may have gone on since: this money goes back, as it does when the gateway reports
    // it.
    case PaymentStatus::declined:
    case PaymentStatus::written_off:
      if (settle.verdict == Order::Verdict::not_charged) return accept({});  // no news
      if (about_refund) break;
      return accept({word, Order::RefundDue{order.buyer, payment->id, settle.charge, now}});
    case PaymentStatus::captured:
      if (settle.verdict == Order::Verdict::captured) return accept({});  // a retry
      break;
    case PaymentStatus::refunded:
      if (about_refund) return accept({});  // a retry
      break;
  }
  return reject(Rejection::payment_settled);
}

Order::Decision handle(const Order::State& order, const Order::Cancel& cancel, TimeMs now) {
  if (cancel.by != order.buyer) return reject(Rejection::not_owner);
  switch (order.status) {
    case Status::cancelled:
      return accept({});  // a retry
    case Status::complete:
      return reject(Rejection::order_complete);
    case Status::awaiting_payment:
      return reject(Rejection::payment_in_flight);  // O2
    case Status::created:
      break;
  }
  return accept({cancelled(order, Order::Reason::by_buyer, now)});
}

// ---- Remind: a reminder may be late or come twice, so each asks whether it still matters

Order::Decision expire(const Order::State& order, TimeMs now) {
  if (order.status != Status::created || !is_expired(order, now)) return accept({});
  return accept({cancelled(order, Order::Reason::expired, now)});
}

Order::ChargeCard charge_again(const Order::State& order, const Order::Payment& payment) {
  return {payment.id, order.ticket.price, payment.token, payment.at, /*again=*/true};
}

Order::Decision charge_card(const Order::State& order) {
  if (order.status != Status::awaiting_payment) return accept({});
  return accept({}, {charge_again(order, payment_in_flight(order))});
}

Order::Decision look_up(const Order::State& order) {
  std::vector<Order::Effect> effects;
  for (const auto& payment : order.payments)
    if (payment.is_in_doubt(ReminderName::look_up))
      effects.emplace_back(Order::LookUp{charge_again(order, payment)});
  return accept({}, std::move(effects));
}

Order::Decision tell_ticket(const Order::State& order) {
  if (!order.has_ended()) return accept({});
  return accept(
      {}, {Order::TellTicket{order.ticket.id, order.status == Status::complete, order.ended_at}});
}

Order::Decision give_back(const Order::State& order) {
  std::vector<Order::Effect> effects;
  for (const auto& payment : order.payments)
    if (payment.status == PaymentStatus::refund_due)
      effects.emplace_back(Order::GiveBack{payment.id, order.ticket.price, payment.detail});
  return accept({}, std::move(effects));
}

Order::Decision handle(const Order::State& order, const Order::Remind& remind, TimeMs now) {
  switch (remind.name) {
    case ReminderName::expire:
      return expire(order, now);
    case ReminderName::settle:
      return charge_card(order);
    case ReminderName::tell_ticket:
      return tell_ticket(order);
    case ReminderName::refund:
      return give_back(order);
    case ReminderName::look_up:
      return look_up(order);
  }
  return accept({});
}

// ---- what an event sets off at once, and its reminder again until the answer is recorded

using Effects = std::vector<Order::Effect>;

void set_off(const Order::State& order, const Order::PaymentStarted& e, Effects& out) {
  out.emplace_back(
      Order::ChargeCard{e.payment, order.ticket.price, e.token, e.at, /*again=*/false});
}

void set_off(const Order::State& order, const Order::Paid& e, Effects& out) {
  out.emplace_back(Order::TellTicket{order.ticket.id, /*sold=*/true, e.at});
}

void set_off(const Order::State& order, const Order::Cancelled& e, Effects& out) {
  out.emplace_back(Order::TellTicket{order.ticket.id, /*sold=*/false, e.at});
}

void set_off(const Order::State& order, const Order::RefundDue& e, Effects& out) {
  out.emplace_back(Order::GiveBack{e.payment, order.ticket.price, e.charge});
}

void set_off(const Order::State& order, const Order::OperatorSettled& e, Effects& out) {
  const auto* payment = order.find_payment(e.payment);
  if (payment && e.verdict == Order::Verdict::not_charged)
    out.emplace_back(Order::LookUp{charge_again(order, *payment)});
}

void set_off(const Order::State&, const Order::Placed&, Effects&) {}
void set_off(const Order::State&, const Order::PaymentDeclined&, Effects&) {}
void set_off(const Order::State&, const Order::Refunded&, Effects&) {}
void set_off(const Order::State&, const Order::RefundRefused&, Effects&) {}

// ---- events

Order::Payment& payment_of(Order::State& order, const PaymentId& id) {
  const auto found = std::find_if(order.payments.begin(), order.payments.end(),
                                  [&](const Order::Payment& payment) { return payment.id == id; });
  INVARIANT(found != order.payments.end());
  return *found;
}

void apply(Order::State& order, const Order::Placed& e) {
  order.ticket = e.ticket;
  order.buyer = e.buyer;
  order.placed_at = e.at;
  order.deadline = e.deadline;
}

void apply(Order::State& order, const Order::PaymentStarted& e) {
  order.status = Status::awaiting_payment;
  order.payments.push_back({e.payment, PaymentStatus::started, e.token, {}, e.at, {}});
}

void apply(Order::State& order, const Order::PaymentDeclined& e) {
  auto& payment = payment_of(order, e.payment);
  // One that was written off has let go of the order already: that may have ended since.
  if (payment.status == PaymentStatus::started) order.status = Status::created;
  payment.status = PaymentStatus::declined;
  payment.detail = e.reason;
  payment.code = e.code;
}

void apply(Order::State& order, const Order::Paid& e) {
  auto& payment = payment_of(order, e.payment);
  payment.status = PaymentStatus::captured;
  payment.detail = e.charge;
  order.status = Status::complete;
  order.ended_at = e.at;
}

void apply(Order::State& order, const Order::Cancelled& e) {
  order.status = Status::cancelled;
  order.ended_at = e.at;
}

// The order's own status stays: this is about money that came for an attempt already settled.
void apply(Order::State& order, const Order::RefundDue& e) {
  auto& payment = payment_of(order, e.payment);
  payment.status = PaymentStatus::refund_due;
  payment.detail = e.charge;
  payment.at = e.at;
}

void apply(Order::State& order, const Order::Refunded& e) {
  payment_of(order, e.payment).status = PaymentStatus::refunded;
}

// `detail` stays the charge: that is what the operator has to look for.
void apply(Order::State& order, const Order::RefundRefused& e) {
  payment_of(order, e.payment).status = PaymentStatus::refund_refused;
}

// What the other verdicts come to is in the event behind this one.
void apply(Order::State& order, const Order::OperatorSettled& e) {
  if (e.verdict != Order::Verdict::not_charged) return;
  auto& payment = payment_of(order, e.payment);
  payment.status = PaymentStatus::written_off;
  payment.detail = std::string{Order::written_off_reason};
  payment.code = std::string{decline::payment_not_charged};
  order.status = Status::created;
}

// One reminder for all payments that it is about, at the earliest.
std::optional<TimeMs> earliest(const Order::State& order, ReminderName kind) {
  std::optional<TimeMs> at;
  for (const auto& payment : order.payments)
    if (payment.is_in_doubt(kind)) at = std::min(at.value_or(payment.at), payment.at);
  return at;
}

}  // namespace

bool Order::Payment::has_charge() const {
  switch (status) {
    case PaymentStatus::started:
    case PaymentStatus::declined:
    case PaymentStatus::written_off:
      return false;
    case PaymentStatus::captured:
    case PaymentStatus::refund_due:
    case PaymentStatus::refunded:
    case PaymentStatus::refund_refused:
      break;
  }
  return true;
}

bool Order::Payment::is_in_doubt(ReminderName kind) const {
  switch (kind) {
    case ReminderName::settle:
      return status == PaymentStatus::started;
    case ReminderName::refund:
      return status == PaymentStatus::refund_due || status == PaymentStatus::refund_refused;
    case ReminderName::look_up:
      return status == PaymentStatus::written_off;
    case ReminderName::expire:
    case ReminderName::tell_ticket:
      break;
  }
  return false;
}

const Order::Payment* Order::State::find_payment(const PaymentId& id) const {
  const auto found = std::find_if(payments.begin(), payments.end(),
                                  [&](const Payment& payment) { return payment.id == id; });
  return found == payments.end() ? nullptr : &*found;
}

Order::Decision Order::decide(const State* state, const Command& command, TimeMs now) {
  if (!state) return reject(Rejection::not_found);
  auto decided = std::visit([&](const auto& c) { return handle(*state, c, now); }, command);
  if (!decided) return decided;
  for (const auto& event : decided->events)
    std::visit([&](const auto& e) { set_off(*state, e, decided->effects); }, event);
  return decided;
}

Order::State Order::evolve(const State* state, const Event& event) {
  State next = state ? *state : State{};
  std::visit([&](const auto& e) { apply(next, e); }, event);
  return next;
}

std::vector<Reminder> Order::reminders(const State& state) {
  std::vector<Reminder> wanted;
  switch (state.status) {
    case Status::created:
      wanted.push_back({ReminderName::expire, state.deadline});
      break;
    case Status::awaiting_payment:
      wanted.push_back({ReminderName::settle, usher::payment_in_flight(state).at});
      break;
    case Status::complete:
    case Status::cancelled:
      wanted.push_back({ReminderName::tell_ticket, state.ended_at});
      break;
  }
  // A refund that was refused has nothing more to set off, but it is still owed: its reminder keeps
  // it in the operator's list.
  for (const auto name : {ReminderName::refund, ReminderName::look_up})
    if (const auto since = earliest(state, name)) wanted.push_back({name, *since});
  return wanted;
}

}  // namespace usher
