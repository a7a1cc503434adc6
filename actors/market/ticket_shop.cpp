#include "actors/market/ticket_shop.hpp"

#include <string>

namespace usher {

std::vector<ReminderRule> TicketShop::reminder_rules(const MarketOptions& options) {
  std::vector<ReminderRule> rules;
  for (const auto name : {ReminderName::expire, ReminderName::settle, ReminderName::tell_ticket,
                          ReminderName::refund, ReminderName::look_up}) {
    const bool settles = name == ReminderName::settle;
    rules.push_back({name, repeats_an_effect(name),
                     settles ? options.settle_retry_ms_min : options.reminder_retry_ms_min,
                     settles ? options.settle_retry_ms_max : options.reminder_retry_ms_max,
                     is_about_money(name)});
  }
  return rules;
}

void TicketShop::check(const ReplayedShard<TicketShop>& shard, Tally& tally,
                       const ReplayReport& report) {
  const auto& tickets = shard.of<Ticket>();
  const auto& orders = shard.of<Order>();
  for (const auto& [stream, order] : orders) {
    const auto id = key_of<Order>(stream)->hex();
    const auto& state = order.state;
    std::size_t kept = 0;
    for (const auto& payment : state.payments)
      if (payment.status == Order::PaymentStatus::captured) ++kept;
    const bool complete = state.status == Order::Status::complete;
    if (kept != (complete ? 1u : 0u))
      report("P3: order " + id + " kept " + std::to_string(kept) + " charges");
    const auto ticket = tickets.find(stream_of(state.ticket.id));
    const bool holds = ticket != tickets.end() && ticket->second.state.hold &&
                       stream_of(ticket->second.state.hold->order) == stream;
    if (!state.has_ended() && !holds)
      report("P1: order " + id + " is live and its ticket is not held by it");
    if (complete)
      ++tally.complete_orders;
    else if (state.has_ended())
      ++tally.cancelled_orders;
    else
      ++tally.live_orders;
  }
  for (const auto& [stream, ticket] : tickets) {
    if (!ticket.state.hold) continue;
    const auto& hold = *ticket.state.hold;
    const auto id = key_of<Ticket>(stream)->hex();
    const auto found = orders.find(stream_of(hold.order));
    if (found == orders.end()) {
      report("P1: ticket " + id + " is held by an order that does not exist");
      continue;
    }
    const auto& order = found->second.state;
    if (hold.sold != (order.status == Order::Status::complete) && (hold.sold || !order.has_ended()))
      report("P1: ticket " + id + " and its order disagree about the sale");
    const ReminderKey tell{order.ended_at, stream_of(hold.order),
                           static_cast<std::uint8_t>(ReminderName::tell_ticket)};
    if (order.has_ended() && !hold.sold && !shard.has(tell))
      report("P4: ticket " + id + " is held by an ended order and nothing frees it");
  }
  tally.tickets += tickets.size();
  tally.orders += orders.size();
  tally.accounts += shard.of<Account>().size();
  tally.request_keys += shard.of<RequestKey>().size();
}

template class ReplayOf<TicketShop>;

}  // namespace usher
