#include "actors/runtime/effects.hpp"

#include <caf/event_based_actor.hpp>

namespace usher {
namespace {

void tell_ticket(caf::event_based_actor* self, const Runtime& runtime, const OrderId& order,
                 const Order::TellTicket& tell) {
  Ticket::Command command = Ticket::Release{order, tell.ended_at};
  if (tell.sold) command = Ticket::Sell{order, tell.ended_at};
  Ask<Ticket> ask{tell.ticket, std::move(command), {}, {}, [](Answered<Seen<Ticket>>) {}};
  ask.options.deadline = runtime.clock.now_ms() + background_deadline_ms;
  ask.options.is_duty = true;
  self->send(runtime.shard_actor(tell.ticket.slot()), std::move(ask));
}

}  // namespace

void perform(caf::event_based_actor* self, const Runtime& runtime, const OrderId& order,
             const Order::Effect& effect) {
  if (const auto* tell = std::get_if<Order::TellTicket>(&effect))
    tell_ticket(self, runtime, order, *tell);
  else
    self->send(runtime.gateway, AskGateway{order, effect});
}

}  // namespace usher
