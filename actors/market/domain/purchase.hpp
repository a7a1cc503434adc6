// A reservation is one fact with two faces: the ticket's event and the birth of the order. Both go
// into one append, so there is no lock without an order and no order without a lock.
#pragma once

#include "actors/market/domain/order.hpp"
#include "actors/market/domain/ticket.hpp"

namespace usher {

// The first event of the order `reserved.order`. `ticket_version_before`: the ticket's version
// before `reserved`, which is the one that the buyer saw.
[[nodiscard]] Order::Placed placed_by(const TicketId& ticket, const Ticket::Reserved& reserved,
                                      Version ticket_version_before);

}  // namespace usher
