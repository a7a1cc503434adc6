// The rules of a ticket: one overload per command and per event; a missing one does not compile.
#include "actors/market/domain/ticket.hpp"

#include <utility>

#include "base/invariant.hpp"

namespace usher {
namespace {

Ticket::Decision accept(std::vector<Ticket::Event> events) {
  return Accepted<Ticket::Event, Ticket::Effect>{std::move(events), {}};
}

bool is_held_by(const Ticket::State& ticket, const OrderId& order) {
  return ticket.hold && ticket.hold->order == order;
}

Ticket::Decision handle(const Ticket::State* ticket, const Ticket::Create& create, TimeMs now) {
  if (!ticket) return accept({Ticket::Created{create.listing, now}});
  // A retry is not an error: the seller may have missed our first answer.
  if (ticket->listing == create.listing) return accept({});
  return reject(Rejection::already_exists);
}

Ticket::Decision handle(const Ticket::State* ticket, const Ticket::Edit& edit, TimeMs) {
  if (!ticket) return reject(Rejection::not_found);
  if (ticket->hold) return reject(Rejection::ticket_locked);  // T2, before the ownership: contract
  if (edit.editor != ticket->listing.owner) return reject(Rejection::not_owner);
  return accept({Ticket::Edited{{ticket->listing.owner, edit.title, edit.price}}});
}

Ticket::Decision handle(const Ticket::State* ticket, const Ticket::Reserve& reserve, TimeMs now) {
  if (!ticket) return reject(Rejection::not_found);
  if (is_held_by(*ticket, reserve.order)) return accept({});    // a retry
  if (ticket->hold) return reject(Rejection::ticket_reserved);  // T1
  return accept({Ticket::Reserved{ticket->listing, reserve.order, reserve.buyer, now,
                                  now + reserve.hold_ms}});
}

// Orders repeat Release and Sell until they hear an answer, and repeats may come very late: a
// Release of an order that holds nothing (any more) must not free what another one holds by now.
Ticket::Decision handle(const Ticket::State* ticket, const Ticket::Release& release, TimeMs) {
  if (!ticket) return reject(Rejection::not_found);
  if (!is_held_by(*ticket, release.order) || ticket->hold->sold) return accept({});  // T2, T3
  return accept({Ticket::Released{ticket->listing, release.order, release.ended_at}});
}

Ticket::Decision handle(const Ticket::State* ticket, const Ticket::Sell& sell, TimeMs) {
  if (!ticket) return reject(Rejection::not_found);
  // A paid order that does not hold its ticket is a broken promise: never answered with "done".
  if (!is_held_by(*ticket, sell.order)) return reject(Rejection::ticket_reserved);
  if (ticket->hold->sold) return accept({});
  return accept({Ticket::Sold{ticket->listing, sell.order, sell.ended_at}});
}

void apply(Ticket::State& ticket, const Ticket::Created& e) {
  ticket.listing = e.listing;
  ticket.created_at = e.at;
}

void apply(Ticket::State& ticket, const Ticket::Edited& e) { ticket.listing = e.listing; }

void apply(Ticket::State& ticket, const Ticket::Reserved& e) {
  ticket.hold = Ticket::Hold{e.order, e.deadline, false};
}

void apply(Ticket::State& ticket, const Ticket::Released&) { ticket.hold.reset(); }

void apply(Ticket::State& ticket, const Ticket::Sold& e) {
  INVARIANT(is_held_by(ticket, e.order));
  ticket.hold->sold = true;
}

}  // namespace

Ticket::Decision Ticket::decide(const State* state, const Command& command, TimeMs now) {
  return std::visit([&](const auto& c) { return handle(state, c, now); }, command);
}

Ticket::State Ticket::evolve(const State* state, const Event& event) {
  State next = state ? *state : State{};
  std::visit([&](const auto& e) { apply(next, e); }, event);
  return next;
}

}  // namespace usher
