// An order of Bob's in each of its states, for the specifications of orders.
#pragma once

#include <string>

#include "tests/domain/examples.hpp"
#include "tests/support/aggregate_spec.hpp"

namespace usher::test {

inline constexpr Money price{1'999};
inline constexpr TimeMs placed_at = 1'000;
inline constexpr TimeMs deadline = 901'000;
inline constexpr TimeMs paid_at = 2'500;

inline const Order::Event placed =
    Order::Placed{{ticket_id, "Front row", price, /*version=*/1}, bob, placed_at, deadline};

inline Order::Event started(std::uint64_t n, TimeMs at) {
  return Order::PaymentStarted{bob, payment(n), "tok_" + std::to_string(n), at};
}
inline Order::Event declined(std::uint64_t n) {
  return Order::PaymentDeclined{bob, payment(n), "card declined", "card_declined"};
}
inline Order::Event paid(std::uint64_t n, TimeMs at) {
  return Order::Paid{bob, payment(n), "ch_" + std::to_string(n), at};
}
inline Order::Event refund_due(std::uint64_t n, TimeMs at) {
  return Order::RefundDue{bob, payment(n), "ch_" + std::to_string(n), at};
}
inline Order::Event refunded(std::uint64_t n) { return Order::Refunded{bob, payment(n)}; }
inline Order::Event cancelled(Order::Reason reason, TimeMs at) {
  return Order::Cancelled{bob, ticket_id, reason, at};
}

inline const auto order_created = given<Order>({placed});
inline const auto order_awaiting = order_created.and_then({started(1, 2'000)});
inline const auto order_declined = order_awaiting.and_then({declined(1)});
inline const auto order_paid = order_awaiting.and_then({paid(1, paid_at)});
inline const auto order_to_refund = order_declined.and_then({refund_due(1, 6'000)});
inline const auto order_refunded = order_to_refund.and_then({refunded(1)});
inline const auto order_cancelled =
    order_created.and_then({cancelled(Order::Reason::by_buyer, 4'000)});
inline const auto order_expired =
    order_created.and_then({cancelled(Order::Reason::expired, deadline)});

}  // namespace usher::test
