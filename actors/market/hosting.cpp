#include "actors/market/hosting.hpp"

#include <variant>

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/domain/purchase.hpp"
#include "actors/market/projections/rows.hpp"
#include "actors/market/workers/gateway_actor.hpp"
#include "actors/runtime/outbox.hpp"
#include "actors/runtime/projections/derivation.hpp"

namespace usher {

// ---- tickets

std::vector<ViewRow> Hosted<Ticket>::rows(const TicketId& id, const Ticket::State& ticket) {
  return rows_of(id, ticket);
}

void Hosted<Ticket>::derive_births(const TicketId& id, Version before, const Ticket::Event& event,
                                   Derived& out) {
  const auto* reserved = std::get_if<Ticket::Reserved>(&event);
  if (!reserved) return;
  const Order::Event placed = placed_by(id, *reserved, before);
  const Order::State order = Order::evolve(nullptr, placed);
  out.births.push_back({stream_of(reserved->order), 0, {encode(placed)}, encode_state(order)});
  derive_state<Order>(reserved->order, nullptr, order, out);
}

std::optional<ReminderKey> Hosted<Ticket>::clears_reminder(const Ticket::Event& event) {
  auto told = [](const OrderId& order, TimeMs ended_at) {
    return ReminderKey{ended_at, stream_of(order),
                       static_cast<std::uint8_t>(ReminderName::tell_ticket)};
  };
  if (const auto* released = std::get_if<Ticket::Released>(&event))
    return told(released->order, released->at);
  if (const auto* sold = std::get_if<Ticket::Sold>(&event)) return told(sold->order, sold->at);
  return std::nullopt;
}

void Hosted<Ticket>::take_what_it_carries(Ticket::State& state, const Ticket::Event& event) {
  std::visit([&](const auto& e) { state.listing = e.listing; }, event);
}

// ---- orders

std::vector<ViewRow> Hosted<Order>::rows(const OrderId& id, const Order::State& order) {
  return rows_of(id, order);
}

void Hosted<Order>::perform(const Outbox& outbox, const OrderId& id, const Order::Effect& effect) {
  const auto* tell = std::get_if<Order::TellTicket>(&effect);
  if (!tell) return outbox.send_outside(AskGateway{id, effect});
  Ticket::Command command = Ticket::Release{id, tell->ended_at};
  if (tell->sold) command = Ticket::Sell{id, tell->ended_at};
  outbox.tell<Ticket>(tell->ticket, std::move(command));
}

void Hosted<Order>::explain(Refusal& refusal, const Order::State* order,
                            const Order::Command& command) {
  const auto* start = std::get_if<Order::StartPayment>(&command);
  if (refusal.why != decltype(refusal.why){Rejection::payment_declined} || !order || !start) return;
  if (const auto* payment = order->find_payment(start->payment)) explain_decline(refusal, *payment);
}

void explain_decline(Refusal& refusal, const Order::Payment& payment) {
  if (!payment.has_charge()) refusal.detail = payment.detail;
  refusal.code = payment.code;
}

}  // namespace usher
