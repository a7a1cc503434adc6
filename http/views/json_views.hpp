// What aggregates look like outside: the JSON of CONTRACT's tickets, orders and their histories.
// Appended to a string by hand: a listing of a thousand tickets builds no tree of values.
#pragma once

#include <string>
#include <string_view>

#include "actors/market/domain/order.hpp"
#include "actors/market/domain/ticket.hpp"
#include "actors/market/market.hpp"
#include "http/front/json.hpp"

namespace usher::http {

// Inside, a version counts events; outside, the first event makes version 0.
constexpr Version outside(Version version) { return version == 0 ? 0 : version - 1; }

// created, awaiting:payment, complete, cancelled
[[nodiscard]] std::string_view name_of(Order::Status status);

void append_ticket(std::string& out, const TicketId& id, Version version,
                   const Ticket::State& ticket);
// `now`: for the time that is left.
void append_order(std::string& out, const OrderId& id, Version version, const Order::State& order,
                  TimeMs now);

// {"version","at","event","ticket"}: names no buyer, because everybody may read it.
void append_entry(std::string& out, const TicketId& id, const HistoryEntry<Ticket>& entry);
// {"version","at","event","reason"?,"paymentId"?,"order"}
void append_entry(std::string& out, const OrderId& id, const HistoryEntry<Order>& entry,
                  TimeMs now);

[[nodiscard]] std::string json_array(const std::vector<TicketRow>& rows);
[[nodiscard]] std::string json_array(const std::vector<OrderRow>& rows, TimeMs now);

}  // namespace usher::http
