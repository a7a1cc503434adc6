// The people and things that the domain's specifications are about.
#pragma once

#include "actors/market/domain/order.hpp"
#include "actors/market/domain/ticket.hpp"

namespace usher::test {

inline const UserId alice{"alice"};  // sells
inline const UserId bob{"bob"};      // buys
inline const UserId eve{"eve"};      // interferes

inline constexpr Slot slot = 0xBEEF;
inline constexpr TicketId ticket_id = TicketId::mint(1'000'000, slot, 1);
inline constexpr OrderId bobs_order = OrderId::mint(1'000'000, slot, 2);
inline constexpr OrderId eves_order = OrderId::mint(1'000'000, slot, 3);

constexpr PaymentId payment(std::uint64_t number) {
  return PaymentId::mint(1'000'000, slot, 100 + number);
}

inline const Ticket::Listing listing{alice, "Front row", Money{1'999}};

}  // namespace usher::test
