// What the runtime has to know of the shop's aggregates (actors/runtime/hosting.hpp): the lists
// that they stand in, what an order is born by, what effects do.
#pragma once

#include <optional>
#include <vector>

#include "actors/market/domain/account.hpp"
#include "actors/market/domain/order.hpp"
#include "actors/market/domain/ticket.hpp"
#include "actors/runtime/hosting.hpp"

namespace usher {

template <>
struct Hosted<Ticket> : HostedPlainly<Ticket> {
  static std::vector<ViewRow> rows(const TicketId& id, const Ticket::State& ticket);
  // A Reserved event gives birth to its order: its first record, snapshot, row and reminder.
  static void derive_births(const TicketId& id, Version before, const Ticket::Event& event,
                            Derived& out);
  // The ticket has recorded how its order ended, so the order need not tell it any more.
  static std::optional<ReminderKey> clears_reminder(const Ticket::Event& event);
  // Each event carries the listing after it, a hold is the matter of the last two, and the time of
  // creation stands in the first one. (An order's events are few: Order::payments_max.)
  static constexpr Version state_follows_from = 2;
  static void take_what_it_carries(Ticket::State& state, const Ticket::Event& event);
};

template <>
struct Hosted<Order> : HostedPlainly<Order> {
  static constexpr bool born_elsewhere = true;
  static std::vector<ViewRow> rows(const OrderId& id, const Order::State& order);
  static void perform(const Outbox& outbox, const OrderId& id, const Order::Effect& effect);
  // payment_declined carries the gateway's words.
  static void explain(Refusal& refusal, const Order::State* order, const Order::Command& command);
};

// Why a payment was declined: the gateway's words, for the buyer, and the code.
void explain_decline(Refusal& refusal, const Order::Payment& payment);

template <>
struct Hosted<Account> : HostedPlainly<Account> {};

}  // namespace usher
