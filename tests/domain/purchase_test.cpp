#include "actors/market/domain/purchase.hpp"

#include "tests/domain/examples.hpp"
#include "tests/support/aggregate_spec.hpp"

using namespace usher;
using namespace usher::test;

TEST_CASE("a reservation gives birth to an order with the price and the version that was seen") {
  const Ticket::Reserved reserved{listing, bobs_order, bob, 2'000, 902'000};
  const Order::Placed placed = placed_by(ticket_id, reserved, 3);
  CHECK(placed == Order::Placed{{ticket_id, "Front row", Money{1'999}, 3}, bob, 2'000, 902'000});
}

TEST_CASE("the hold and its order have one deadline") {
  const auto ticket = given<Ticket>({Ticket::Created{listing, 0}}).state();
  const auto decision = Ticket::decide(&ticket, Ticket::Reserve{bobs_order, bob, 500}, 2'000);
  REQUIRE(decision.has_value());
  REQUIRE(decision->events.size() == 1);
  const auto& reserved = std::get<Ticket::Reserved>(decision->events.front());
  const auto held = Ticket::evolve(&ticket, reserved);
  const auto order = given<Order>({placed_by(ticket_id, reserved, 1)});
  CHECK(order.state().deadline == 2'500);
  CHECK(held.hold->deadline == order.state().deadline);
  order.then_reminders({{ReminderName::expire, 2'500}});
}
