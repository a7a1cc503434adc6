// The figures of what was sold are what the store says, whatever was tried.
#include "cli/sales.hpp"

#include <doctest/doctest.h>

#include <map>

#include "actors/market/codec/event_codec.hpp"
#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

TEST_CASE("sales, expiries, refusals: as many as the journal's events come to") {
  TestNode node;
  const UserId seller{"seller"};
  const auto reserve = [&](DurationMs hold_ms) {
    const auto ticket = node.market().new_ticket_id();
    REQUIRE(node.ask(ticket, Ticket::Create{{seller, "T", Money{2'000}}}));
    const auto order = node.market().new_order_id(ticket.slot());
    REQUIRE(node.ask(ticket, Ticket::Reserve{order, {"bob"}, hold_ms}));
    return order;
  };
  constexpr DurationMs long_enough_ms = 600'000;
  for (int i = 0; i < 3; ++i) REQUIRE(node.pay(reserve(long_enough_ms), "bob", "tok_visa"));
  for (int i = 0; i < 2; ++i) REQUIRE(node.ask(reserve(long_enough_ms), Order::Cancel{{"bob"}}));
  const auto declined = reserve(long_enough_ms);
  CHECK_FALSE(node.pay(declined, "bob", "tok_chargeDeclined"));
  REQUIRE(node.pay(declined, "bob", "tok_visa"));
  const auto expired = reserve(50);
  REQUIRE(node.eventually(
      [&] { return node.get(expired)->state->status == Order::Status::cancelled; }));
  REQUIRE(node.ask(Email{"a@b.co"}, Account::SignUp{{"ada"}, "a@b.co", "hash"}));
  CHECK_FALSE(node.ask(Email{"a@b.co"}, Account::SignUp{{"eve"}, "a@b.co", "hash"}));
  REQUIRE(node.stop());

  cli::Sales sales;
  std::map<OrderId, Order::State> orders;
  const auto records = node.journal().read_feed(0, 1'000);
  REQUIRE(records);
  for (const auto& fed : *records) {
    sales.count({fed});
    const auto id = key_of<Order>(fed.record.stream);
    if (!id) continue;
    const auto event = decode_event<Order>(fed.record.type, fed.record.schema, fed.record.payload);
    REQUIRE(event.has_value());
    const auto before = orders.find(*id);
    auto after = Order::evolve(before == orders.end() ? nullptr : &before->second, *event);
    orders.insert_or_assign(*id, std::move(after));
  }
  std::uint64_t complete = 0, cancelled = 0;
  for (const auto& [id, order] : orders)
    ++(order.status == Order::Status::complete ? complete : cancelled);
  CHECK(sales.tickets_offered == 7);
  CHECK(sales.orders_placed == orders.size());
  CHECK(sales.orders_paid == complete);
  CHECK(sales.orders_paid == 4);
  CHECK(sales.orders_cancelled + sales.orders_expired == cancelled);
  CHECK(sales.orders_expired == 1);
  CHECK(sales.payments_declined == 1);
  CHECK(sales.payments_refunded == 0);
  CHECK(sales.accounts == 1);
}
