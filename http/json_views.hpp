// What aggregates look like outside: the JSON of CONTRACT's tickets, orders and their histories.
// Appended to a string by hand: a listing of a thousand tickets builds no tree of values.
#pragma once

#include <string>
#include <string_view>

#include "actors/market/domain/order.hpp"
#include "actors/market/domain/ticket.hpp"
#include "actors/market/market.hpp"
#include "http/message.hpp"

namespace usher::http {

// Inside, a version counts events; outside, the first event makes version 0.
constexpr Version outside(Version version) { return version == 0 ? 0 : version - 1; }

[[nodiscard]] Response json_response(int status, std::string body);

// With its quotes. `text` is UTF-8; only what JSON demands is escaped.
void append_json(std::string& out, std::string_view text);
// 2024-01-13T02:24:06.123Z
[[nodiscard]] std::string iso_time(TimeMs at);
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

// "[a,b]" of whatever `append_one(out, row)` writes.
template <class Rows, class AppendOne>
[[nodiscard]] std::string json_array(const Rows& rows, AppendOne append_one) {
  std::string out = "[";
  for (const auto& row : rows) {
    if (out.size() > 1) out += ',';
    append_one(out, row);
  }
  out += ']';
  return out;
}

[[nodiscard]] std::string json_array(const std::vector<TicketRow>& rows);
[[nodiscard]] std::string json_array(const std::vector<OrderRow>& rows, TimeMs now);

}  // namespace usher::http
