#include "actors/market/domain/purchase.hpp"

namespace usher {

Order::Placed placed_by(const TicketId& ticket, const Ticket::Reserved& reserved,
                        Version ticket_version_before) {
  return {
      .ticket = {ticket, reserved.listing.title, reserved.listing.price, ticket_version_before},
      .buyer = reserved.buyer,
      .at = reserved.at,
      .deadline = reserved.deadline,
  };
}

}  // namespace usher
