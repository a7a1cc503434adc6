// What aggregates look like outside: the JSON of CONTRACT's tickets, orders and their histories.
#pragma once

#include <string>
#include <string_view>

#include "actors/market/domain/order.hpp"
#include "actors/market/domain/ticket.hpp"
#include "actors/market/market.hpp"
#include "base/json_writer.hpp"
#include "http/front/json.hpp"

namespace usher::http {

// Inside, a version counts events; outside, the first event makes version 0.
constexpr Version outside(Version version) { return version == 0 ? 0 : version - 1; }

// created, awaiting:payment, complete, cancelled
[[nodiscard]] std::string_view name_of(Order::Status status);
[[nodiscard]] std::string_view name_of(Order::Verdict verdict);

void write_ticket(JsonWriter& json, const TicketId& id, Version version,
                  const Ticket::State& ticket, const Currency& currency);
// `now`: for the time that is left.
void write_order(JsonWriter& json, const OrderId& id, Version version, const Order::State& order,
                 TimeMs now, const Currency& currency);

// The order that it has made, at version 0.
void write_reservation(JsonWriter& json, const Reservation& reservation, TimeMs now,
                       const Currency& currency);

// {"version","at","event","ticket"}: names no buyer, because everybody may read it.
void write_entry(JsonWriter& json, const TicketId& id, const HistoryEntry<Ticket>& entry,
                 const Currency& currency);
// {"version","at","event","reason"?,"paymentId"?,"order"}
void write_entry(JsonWriter& json, const OrderId& id, const HistoryEntry<Order>& entry, TimeMs now,
                 const Currency& currency);

[[nodiscard]] std::string json_array(const std::vector<TicketRow>& rows, const Currency& currency);
[[nodiscard]] std::string json_array(const std::vector<OrderRow>& rows, TimeMs now,
                                     const Currency& currency);

}  // namespace usher::http
