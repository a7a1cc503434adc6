// The read models as rows: for each aggregate's state, the rows it has in the views. A row is a
// place in an order and the name of the aggregate's stream; what it shows is the stream's snapshot.
// Pure, like Order::reminders: the host writes the difference between before and after into the
// batch of the events, and rebuilding replays the same functions (docs/decisions/0002).
#pragma once

#include <string>
#include <vector>

#include "actors/market/domain/order.hpp"
#include "actors/market/domain/ticket.hpp"
#include "actors/runtime/hosting.hpp"

namespace usher {

// Persisted as one byte: never renumber.
enum class View : std::uint8_t {
  for_sale_by_time = 1,   // created_at, ticket id (its slot last: Id::by_time)
  for_sale_by_price = 2,  // price, created_at, ticket id
  tickets_by_owner = 3,   // owner, created_at, ticket id
  orders_by_buyer = 4,    // buyer, placed_at, order id
};

[[nodiscard]] std::vector<ViewRow> rows_of(const TicketId& id, const Ticket::State& state);
[[nodiscard]] std::vector<ViewRow> rows_of(const OrderId& id, const Order::State& state);
// The prefix that all rows of one person have in tickets_by_owner and orders_by_buyer.
[[nodiscard]] std::string owner_prefix(const UserId& user);

}  // namespace usher
