// How an order ends otherwise than by paying, and how its ticket is told (order.hpp: O1, O2, O4).
#include "actors/market/domain/order.hpp"
#include "tests/domain/order_examples.hpp"
#include "tests/support/aggregate_spec.hpp"

using namespace usher;
using namespace usher::test;

TEST_CASE("an order is born by its ticket and waits until its deadline") {
  order_created.then_reminders({{ReminderName::expire, deadline}});
  const auto& order = order_created.state();
  CHECK(order.status == Order::Status::created);
  CHECK(order.ticket == Order::Bought{ticket_id, "Front row", price, 1});
  CHECK(order.buyer == bob);
  CHECK(order.placed_at == placed_at);
  CHECK(order.deadline == deadline);
  CHECK(order.payments.empty());
  CHECK_FALSE(order.has_ended());
}

TEST_CASE("the buyer cancels an order that is not paid, and its ticket is told at once") {
  for (const auto& order : {order_created, order_declined})
    order.when(Order::Cancel{bob}, 4'000)
        .then({cancelled(Order::Reason::by_buyer, 4'000)})
        .then_effects({Order::TellTicket{ticket_id, /*sold=*/false, 4'000}})
        .then_reminders({{ReminderName::tell_ticket, 4'000}});
}

TEST_CASE("the buyer's cancellation counts as theirs also past the deadline") {
  for (const TimeMs now : {deadline - 1, deadline, deadline + 1})
    order_created.when(Order::Cancel{bob}, now).then({cancelled(Order::Reason::by_buyer, now)});
}

TEST_CASE("nobody else cancels an order, whatever its state") {
  for (const auto& order : {order_created, order_awaiting, order_paid, order_cancelled})
    order.when(Order::Cancel{eve}, 4'000).then_rejected(Rejection::not_owner);
}

TEST_CASE("cancelling again is a retry, however the order was cancelled") {
  order_cancelled.when(Order::Cancel{bob}, 9'000).then_nothing();
  order_expired.when(Order::Cancel{bob}, deadline + 5).then_nothing();
}

TEST_CASE("a paid order is not cancelled") {
  order_paid.when(Order::Cancel{bob}, 9'000).then_rejected(Rejection::order_complete);
}

TEST_CASE("O2: an order is not cancelled while a charge is in flight") {
  for (const TimeMs now : {TimeMs{3'000}, deadline, deadline + 1})
    order_awaiting.when(Order::Cancel{bob}, now).then_rejected(Rejection::payment_in_flight);
}

TEST_CASE("an order expires at its deadline and not a millisecond before") {
  for (const auto& order : {order_created, order_declined}) {
    order.when(Order::Remind{ReminderName::expire}, deadline - 1).then_nothing();
    for (const TimeMs now : {deadline, deadline + 100'000})  // a late reminder
      order.when(Order::Remind{ReminderName::expire}, now)
          .then({cancelled(Order::Reason::expired, now)})
          .then_effects({Order::TellTicket{ticket_id, /*sold=*/false, now}})
          .then_reminders({{ReminderName::tell_ticket, now}});
  }
}

TEST_CASE("O2: an order does not expire while a charge is in flight") {
  order_awaiting.when(Order::Remind{ReminderName::expire}, deadline + 1).then_nothing();
}

TEST_CASE("O1: an order that has ended does not expire") {
  for (const auto& order : {order_paid, order_cancelled, order_expired})
    order.when(Order::Remind{ReminderName::expire}, deadline + 1).then_nothing();
}

TEST_CASE("O4: an order that has ended tells its ticket how, as often as it is reminded") {
  const Order::Remind remind{ReminderName::tell_ticket};
  order_paid.then_reminders({{ReminderName::tell_ticket, paid_at}});
  for (const TimeMs now : {paid_at, deadline, deadline + 1}) {
    order_paid.when(remind, now)
        .then({})
        .then_effects({Order::TellTicket{ticket_id, /*sold=*/true, paid_at}});
    order_cancelled.when(remind, now)
        .then({})
        .then_effects({Order::TellTicket{ticket_id, /*sold=*/false, 4'000}});
    order_expired.when(remind, now)
        .then({})
        .then_effects({Order::TellTicket{ticket_id, /*sold=*/false, deadline}});
  }
}

TEST_CASE("an order that has not ended has nothing to tell") {
  for (const auto& order : {order_created, order_awaiting, order_declined})
    order.when(Order::Remind{ReminderName::tell_ticket}, deadline + 1).then_nothing();
}
