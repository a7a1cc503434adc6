// Payments that nobody but an operator can settle (actors/market/domain/order.hpp: O5).
// Found in use: a charge was taken, its answer lost and its key forgotten by the gateway; the order
// stayed awaiting:payment for ever, and its ticket with it.
#include "actors/market/domain/decline.hpp"
#include "actors/market/domain/order.hpp"
#include "tests/domain/order_examples.hpp"
#include "tests/support/aggregate_spec.hpp"

using namespace usher;
using namespace usher::test;

namespace {

using Verdict = Order::Verdict;

Order::SettleByOperator says(std::uint64_t n, Verdict verdict) {
  return {payment(n), verdict, verdict == Verdict::captured ? "ch_" + std::to_string(n) : "",
          "seen in the books"};
}
Order::Event word(std::uint64_t n, Verdict verdict, TimeMs at) {
  return Order::OperatorSettled{bob, payment(n), verdict, "seen in the books", at};
}
Order::Event refund_refused(std::uint64_t n, TimeMs at) {
  return Order::RefundRefused{bob, payment(n), "disputed", at};
}
Order::Effect looks(std::uint64_t n, TimeMs since) {
  return Order::LookUp{{payment(n), price, "tok_" + std::to_string(n), since, /*again=*/true}};
}

const auto written_off = order_awaiting.and_then({word(1, Verdict::not_charged, 5'000)});
const auto refund_by_hand = order_to_refund.and_then({refund_refused(1, 7'000)});

}  // namespace

TEST_CASE("the operator says that the money was taken: the order is complete, on record") {
  order_awaiting.when(says(1, Verdict::captured), 5'000)
      .then({word(1, Verdict::captured, 5'000), paid(1, 5'000)})
      .then_effects({Order::TellTicket{ticket_id, /*sold=*/true, 5'000}})
      .then_reminders({{ReminderName::tell_ticket, 5'000}});
  // Its deadline has long passed, and it waited.
  order_awaiting.when(says(1, Verdict::captured), deadline + 1)
      .then({word(1, Verdict::captured, deadline + 1), paid(1, deadline + 1)});
}

TEST_CASE("the operator says that nothing was charged: the order can be paid again, or has ended") {
  order_awaiting.when(says(1, Verdict::not_charged), deadline - 1)
      .then({word(1, Verdict::not_charged, deadline - 1)})
      .then_effects({looks(1, 2'000)})
      .then_reminders({{ReminderName::expire, deadline}, {ReminderName::look_up, 2'000}});
  order_awaiting.when(says(1, Verdict::not_charged), deadline)
      .then({word(1, Verdict::not_charged, deadline), cancelled(Order::Reason::expired, deadline)})
      .then_effects({looks(1, 2'000), Order::TellTicket{ticket_id, /*sold=*/false, deadline}})
      .then_reminders({{ReminderName::tell_ticket, deadline}, {ReminderName::look_up, 2'000}});
  written_off.when(Order::StartPayment{payment(2), bob, "tok_2"}, 6'000).then({started(2, 6'000)});
  written_off.when(Order::StartPayment{payment(1), bob, "tok_1"}, 6'000)
      .then_rejected(Rejection::payment_declined);
  CHECK(written_off.state().find_payment(payment(1))->code == decline::payment_not_charged);
}

TEST_CASE("money that shows up for what was written off goes back, whatever the order is by then") {
  const auto ended = written_off.and_then({cancelled(Order::Reason::expired, deadline)});
  const auto sold = written_off.and_then({started(2, 6'000), paid(2, 7'000)});
  for (const auto& order : {written_off, ended, sold}) {
    order.when(Order::SettlePayment{payment(1), Order::Captured{"ch_1"}}, 9'000)
        .then({refund_due(1, 9'000)})
        .then_effects({Order::GiveBack{payment(1), price, "ch_1"}});
    order.when(says(1, Verdict::captured), 9'000)
        .then({word(1, Verdict::captured, 9'000), refund_due(1, 9'000)})
        .then_effects({Order::GiveBack{payment(1), price, "ch_1"}});
  }
}

TEST_CASE("what was written off is looked at until it is certain, and no longer") {
  written_off.when(Order::Remind{ReminderName::look_up}, 9'000)
      .then({})
      .then_effects({looks(1, 2'000)});
  const auto sold = written_off.and_then({started(2, 6'000), paid(2, 7'000)});
  const Order::SettlePayment certain{payment(1), Order::Refused{"never charged", "code"}};
  const Order::Event for_good = Order::PaymentDeclined{bob, payment(1), "never charged", "code"};
  sold.when(certain, 9'000)
      .then({for_good})
      .then_effects({})
      .then_reminders({{ReminderName::tell_ticket, 7'000}});
  CHECK(sold.and_then({for_good}).state().status == Order::Status::complete);
  sold.and_then({for_good}).when(Order::Remind{ReminderName::look_up}, 9'500).then_nothing();
}

TEST_CASE("a refund that the gateway refuses for good is not asked for again, and stays owed") {
  order_to_refund.when(Order::SettleRefund{payment(1), "disputed"}, 7'000)
      .then({refund_refused(1, 7'000)})
      .then_effects({});
  refund_by_hand.when(Order::Remind{ReminderName::refund}, 9'000).then_nothing();
  refund_by_hand.then_reminders({{ReminderName::expire, deadline}, {ReminderName::refund, 6'000}});
  CHECK(refund_by_hand.state().find_payment(payment(1))->detail == "ch_1");
}

TEST_CASE("a refund that was refused, and done when it was asked for once more, is done") {
  refund_by_hand.when(Order::SettleRefund{payment(1), std::nullopt}, 9'000)
      .then({refunded(1)})
      .then_effects({})
      .then_reminders({{ReminderName::expire, deadline}});
  refund_by_hand.when(Order::SettleRefund{payment(1), "disputed"}, 9'000).then_nothing();
}

TEST_CASE("the operator says that the money went back by hand") {
  for (const auto& order : {order_to_refund, refund_by_hand})
    order.when(says(1, Verdict::refunded), 9'000)
        .then({word(1, Verdict::refunded, 9'000), refunded(1)})
        .then_effects({})
        .then_reminders({{ReminderName::expire, deadline}});
}

TEST_CASE("a verdict that does not fit is rejected; one that is known already changes nothing") {
  order_awaiting.when(says(9, Verdict::captured), 5'000).then_rejected(Rejection::not_found);
  order_awaiting.when(says(1, Verdict::refunded), 5'000).then_rejected(Rejection::payment_settled);
  order_paid.when(says(1, Verdict::not_charged), 5'000).then_rejected(Rejection::payment_settled);
  order_to_refund.when(says(1, Verdict::not_charged), 9'000)
      .then_rejected(Rejection::payment_settled);
  order_paid.when(says(1, Verdict::captured), 5'000).then_nothing();
  written_off.when(says(1, Verdict::not_charged), 6'000).then_nothing();
  order_declined.when(says(1, Verdict::not_charged), 6'000).then_nothing();
  order_refunded.when(says(1, Verdict::refunded), 9'000).then_nothing();
}
