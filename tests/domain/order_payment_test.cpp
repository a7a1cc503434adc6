// Paying for an order (actors/market/domain/order.hpp: O1 to O3).
#include "actors/market/domain/order.hpp"
#include "tests/domain/order_examples.hpp"
#include "tests/support/aggregate_spec.hpp"

using namespace usher;
using namespace usher::test;

TEST_CASE("the buyer starts a payment: the card is charged, and a reminder will charge it again") {
  order_created.when(Order::StartPayment{payment(1), bob, "tok_1"}, 2'000)
      .then({started(1, 2'000)})
      .then_effects({Order::ChargeCard{payment(1), price, "tok_1", 2'000, /*again=*/false}})
      .then_reminders({{ReminderName::settle, 2'000}});
}

TEST_CASE("nothing can be done with an order that does not exist") {
  const auto nothing = given_nothing<Order>();
  const std::vector<Order::Command> commands{
      Order::StartPayment{payment(1), bob, "tok_1"},
      Order::SettlePayment{payment(1), Order::Captured{"ch_1"}},
      Order::SettleRefund{payment(1), std::nullopt},
      Order::Cancel{bob},
      Order::Remind{ReminderName::expire},
  };
  for (const auto& command : commands)
    nothing.when(command, 2'000).then_rejected(Rejection::not_found);
}

TEST_CASE("only the buyer pays, whatever the order's state") {
  for (const auto& order : {order_created, order_awaiting, order_paid, order_expired})
    for (const auto& id : {payment(1), payment(9)})
      order.when(Order::StartPayment{id, eve, "tok"}, 2'000).then_rejected(Rejection::not_owner);
}

TEST_CASE("O2: a payment starts until one millisecond before the deadline, and not at it") {
  order_created.when(Order::StartPayment{payment(1), bob, "tok_1"}, deadline - 1)
      .then({started(1, deadline - 1)});
  order_created.when(Order::StartPayment{payment(1), bob, "tok_1"}, deadline)
      .then_rejected(Rejection::order_expired);
}

TEST_CASE("no second payment starts while one is in flight") {
  order_awaiting.when(Order::StartPayment{payment(2), bob, "tok_2"}, 2'000)
      .then_rejected(Rejection::payment_in_flight);
}

TEST_CASE("no payment starts once the order has ended") {
  order_paid.when(Order::StartPayment{payment(2), bob, "tok_2"}, 2'000)
      .then_rejected(Rejection::order_complete);
  order_cancelled.when(Order::StartPayment{payment(2), bob, "tok_2"}, 2'000)
      .then_rejected(Rejection::order_cancelled);
  order_expired.when(Order::StartPayment{payment(2), bob, "tok_2"}, deadline)
      .then_rejected(Rejection::order_cancelled);
}

TEST_CASE("a repeated payment meets its first outcome, also after the deadline") {
  const Order::StartPayment again{payment(1), bob, "tok_1"};
  for (const TimeMs now : {TimeMs{2'000}, deadline, deadline + 1}) {
    order_awaiting.when(again, now).then_nothing();  // the caller waits for the outcome
    order_paid.when(again, now).then_nothing();
    order_declined.when(again, now).then_rejected(Rejection::payment_declined);
    order_to_refund.when(again, now).then_rejected(Rejection::payment_declined);
    order_refunded.when(again, now).then_rejected(Rejection::payment_declined);
  }
}

TEST_CASE("after a decline another card may be tried") {
  order_declined.when(Order::StartPayment{payment(2), bob, "tok_2"}, 3'000)
      .then({started(2, 3'000)});
}

TEST_CASE("an order allows payments_max attempts and no more") {
  auto order = order_created;
  for (std::uint64_t n = 1; n <= Order::payments_max; ++n) {
    order.when(Order::StartPayment{payment(n), bob, "tok_" + std::to_string(n)}, 2'000)
        .then({started(n, 2'000)});
    order = order.and_then({started(n, 2'000), declined(n)});
  }
  const auto past_it = payment(Order::payments_max + 1);
  order.when(Order::StartPayment{past_it, bob, "tok"}, 2'000)
      .then_rejected(Rejection::too_many_payments);
  order
      .when(Order::StartPayment{payment(1), bob, "tok_1"}, 2'000)  // a repeat is no new attempt
      .then_rejected(Rejection::payment_declined);
}

TEST_CASE("the settle reminder charges the card, again and again until the outcome is definite") {
  const Order::ChargeCard charge{payment(1), price, "tok_1", 2'000, /*again=*/true};
  for (const TimeMs now : {TimeMs{2'000}, deadline - 1, deadline, deadline + 100'000})
    order_awaiting.when(Order::Remind{ReminderName::settle}, now).then({}).then_effects({charge});
}

TEST_CASE("the settle reminder charges the payment in flight, not one declined before it") {
  order_declined.and_then({started(2, 3'000)})
      .when(Order::Remind{ReminderName::settle}, 3'000)
      .then_effects({Order::ChargeCard{payment(2), price, "tok_2", 3'000, /*again=*/true}});
}

TEST_CASE("a late settle reminder charges nothing") {
  for (const auto& order :
       {order_created, order_declined, order_paid, order_cancelled, order_to_refund})
    order.when(Order::Remind{ReminderName::settle}, 5'000).then_nothing();
}

TEST_CASE("captured money completes the order in the same instant, and its ticket is told") {
  order_awaiting.when(Order::SettlePayment{payment(1), Order::Captured{"ch_1"}}, 2'500)
      .then({paid(1, 2'500)})
      .then_effects({Order::TellTicket{ticket_id, /*sold=*/true, 2'500}})
      .then_reminders({{ReminderName::tell_ticket, 2'500}});
  CHECK(order_paid.state().status == Order::Status::complete);
  CHECK(order_paid.state().ended_at == paid_at);
  CHECK(order_paid.state().find_payment(payment(1))->status == Order::PaymentStatus::captured);
  CHECK(order_paid.state().find_payment(payment(1))->detail == "ch_1");
}

TEST_CASE("O2: a payment that began in time completes the order, however late its outcome is") {
  for (const TimeMs now : {deadline - 1, deadline, deadline + 100'000})
    order_awaiting.when(Order::SettlePayment{payment(1), Order::Captured{"ch_1"}}, now)
        .then({paid(1, now)})
        .then_effects({Order::TellTicket{ticket_id, /*sold=*/true, now}});
}

TEST_CASE("a decline before the deadline gives the order back to the buyer") {
  order_awaiting
      .when(Order::SettlePayment{payment(1), Order::Refused{"card declined", "card_declined"}},
            deadline - 1)
      .then({declined(1)})
      .then_effects({})
      .then_reminders({{ReminderName::expire, deadline}});
  CHECK(order_declined.state().status == Order::Status::created);
  CHECK(order_declined.state().find_payment(payment(1))->detail == "card declined");
}

TEST_CASE("a decline at the deadline or later cancels the order in the same decision") {
  for (const TimeMs now : {deadline, deadline + 1})
    order_awaiting
        .when(Order::SettlePayment{payment(1), Order::Refused{"card declined", "card_declined"}},
              now)
        .then({declined(1), cancelled(Order::Reason::expired, now)})
        .then_effects({Order::TellTicket{ticket_id, /*sold=*/false, now}})
        .then_reminders({{ReminderName::tell_ticket, now}});
}

TEST_CASE("an outcome that comes twice changes nothing the second time") {
  const Order::SettlePayment captured{payment(1), Order::Captured{"ch_1"}};
  const Order::SettlePayment refused{payment(1), Order::Refused{"card declined", "card_declined"}};
  order_paid.when(captured, 9'000).then_nothing();
  order_to_refund.when(captured, 9'000).then_nothing();
  order_refunded.when(captured, 9'000).then_nothing();
  order_declined.when(refused, 9'000).then_nothing();
}

TEST_CASE("a refusal of a payment that was captured changes nothing") {
  const Order::SettlePayment refused{payment(1), Order::Refused{"card declined", "card_declined"}};
  for (const auto& order : {order_paid, order_to_refund, order_refunded})
    order.when(refused, 9'000).then_nothing();
}

TEST_CASE("an outcome of a payment that was never started is refused") {
  for (const auto& order : {order_created, order_awaiting, order_paid, order_cancelled}) {
    order.when(Order::SettlePayment{payment(9), Order::Captured{"ch"}}, 2'000)
        .then_rejected(Rejection::not_found);
    order.when(Order::SettlePayment{payment(9), Order::Refused{"no", {}}}, 2'000)
        .then_rejected(Rejection::not_found);
  }
}

TEST_CASE("O3: money that comes for a declined payment has to go back, whatever became since") {
  const Order::SettlePayment late{payment(1), Order::Captured{"ch_1"}};
  const std::vector<Order::Event> due{refund_due(1, 9'000)};
  const std::vector<Order::Effect> give_back{Order::GiveBack{payment(1), price, "ch_1"}};
  order_declined.when(late, 9'000)
      .then(due)
      .then_effects(give_back)
      .then_reminders({{ReminderName::expire, deadline}, {ReminderName::refund, 9'000}});
  order_declined.and_then({started(2, 3'000)})
      .when(late, 9'000)
      .then(due)
      .then_effects(give_back)
      .then_reminders({{ReminderName::settle, 3'000}, {ReminderName::refund, 9'000}});
  order_declined.and_then({started(2, 3'000), paid(2, 4'000)})
      .when(late, 9'000)
      .then(due)
      .then_effects(give_back)
      .then_reminders({{ReminderName::tell_ticket, 4'000}, {ReminderName::refund, 9'000}});
  order_declined.and_then({cancelled(Order::Reason::by_buyer, 5'000)})
      .when(late, 9'000)
      .then(due)
      .then_effects(give_back)
      .then_reminders({{ReminderName::tell_ticket, 5'000}, {ReminderName::refund, 9'000}});
}

TEST_CASE("the refund reminder gives every amount back that is due, and nothing else") {
  const auto two_due = order_created.and_then({started(1, 2'000), declined(1), started(2, 2'100),
                                               declined(2), started(3, 2'200), declined(3),
                                               refund_due(3, 8'000), refund_due(1, 7'000)});
  two_due.then_reminders({{ReminderName::expire, deadline}, {ReminderName::refund, 7'000}});
  two_due.when(Order::Remind{ReminderName::refund}, 9'000)
      .then({})
      .then_effects(
          {Order::GiveBack{payment(1), price, "ch_1"}, Order::GiveBack{payment(3), price, "ch_3"}});
  two_due.when(Order::SettleRefund{payment(1), std::nullopt}, 9'500)
      .then({refunded(1)})
      .then_reminders({{ReminderName::expire, deadline}, {ReminderName::refund, 8'000}});
}

TEST_CASE("a refund is settled once, and only when it is due") {
  order_to_refund.when(Order::SettleRefund{payment(1), std::nullopt}, 9'000)
      .then({refunded(1)})
      .then_reminders({{ReminderName::expire, deadline}});
  for (const auto& order : {order_created, order_awaiting, order_declined, order_paid,
                            order_refunded, order_cancelled}) {
    order.when(Order::SettleRefund{payment(1), std::nullopt}, 9'000).then_nothing();
    order.when(Order::Remind{ReminderName::refund}, 9'000).then_nothing();
  }
}
