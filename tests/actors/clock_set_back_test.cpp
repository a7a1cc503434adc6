// A wall clock that is set back: deadlines are times of day and follow it, pauses do not.
#include <doctest/doctest.h>

#include <atomic>

#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

TEST_CASE("a payment whose outcome is unknown is asked again after its pause, not an hour later") {
  MarketOptions options;
  options.settle_retry_ms_min = 400;
  const auto clock = std::make_shared<ShiftedClock>();
  TestNode node{options, std::make_shared<MemoryDisk>(), clock};
  const UserId seller{"seller"}, bob{"bob"};
  const auto ticket = node.market().new_ticket_id();
  REQUIRE(node.ask(ticket, Ticket::Create{{seller, "T", Money{2000}}}));
  const auto order = node.market().new_order_id(ticket.slot());
  REQUIRE(node.ask(ticket, Ticket::Reserve{order, bob, 2 * 60 * 60'000}));
  std::atomic<bool> settled{false};
  node.market().pay(order, {node.market().new_payment_id(order.slot()), bob, "tok_unknown"},
                    AskOptions{node.market().now() + patience_ms, {}},
                    [&](Answered<Seen<Order>>) { settled = true; });
  REQUIRE(node.eventually([&] {
    const auto seen = node.get(order);
    return seen && seen->state->status == Order::Status::awaiting_payment;
  }));
  clock->advance_ms(-60 * 60'000);
  CHECK(node.eventually([&] {
    const auto seen = node.get(order);
    return seen && seen->state->status == Order::Status::complete;
  }));
}
