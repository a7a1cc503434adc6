#include "http/views/json_views.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "http/front/json.hpp"

namespace usher::http {
namespace {

constexpr std::size_t ticket_json_bytes = 192;  // a usual one, for reserve()

void append_field(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json(out, text);
}

void append_version(std::string& out, Version version) {
  out += ",\"version\":";
  out += std::to_string(outside(version));
}

// 24 hex digits need no escape.
template <class Tag>
void append_id(std::string& out, std::string_view name, const Id<Tag>& id) {
  out += ",\"";
  out += name;
  out += "\":\"";
  out += id.hex();
  out += '"';
}

// ---- what an event is called and what it adds to a history entry

std::string_view name_of(const Ticket::Event& event) {
  struct Name {
    std::string_view operator()(const Ticket::Created&) const { return "created"; }
    std::string_view operator()(const Ticket::Edited&) const { return "edited"; }
    std::string_view operator()(const Ticket::Reserved&) const { return "reserved"; }
    std::string_view operator()(const Ticket::Released&) const { return "released"; }
    std::string_view operator()(const Ticket::Sold&) const { return "sold"; }
  };
  return std::visit(Name{}, event);
}

std::string_view name_of(Order::Reason reason) {
  return reason == Order::Reason::expired ? "expired" : "by_buyer";
}

struct AppendOrderEvent {
  std::string& out;

  void name(std::string_view event) const { append_field(out, "event", event); }
  void operator()(const Order::Placed&) const { name("placed"); }
  void operator()(const Order::PaymentStarted& e) const {
    name("payment_started");
    append_id(out, "paymentId", e.payment);
  }
  void operator()(const Order::PaymentDeclined& e) const {
    name("payment_declined");
    append_field(out, "reason", e.reason);
    append_id(out, "paymentId", e.payment);
  }
  void operator()(const Order::Paid& e) const {
    name("paid");
    append_id(out, "paymentId", e.payment);
  }
  void operator()(const Order::Cancelled& e) const {
    name("cancelled");
    append_field(out, "reason", name_of(e.reason));
  }
  void operator()(const Order::RefundDue& e) const {
    name("refund_due");
    append_id(out, "paymentId", e.payment);
  }
  void operator()(const Order::Refunded& e) const {
    name("refunded");
    append_id(out, "paymentId", e.payment);
  }
};

}  // namespace

std::string_view name_of(Order::Status status) {
  switch (status) {
    case Order::Status::created:
      return "created";
    case Order::Status::awaiting_payment:
      return "awaiting:payment";
    case Order::Status::complete:
      return "complete";
    case Order::Status::cancelled:
      break;
  }
  return "cancelled";
}

void append_ticket(std::string& out, const TicketId& id, Version version,
                   const Ticket::State& ticket) {
  out += "{\"title\":";
  append_json(out, ticket.listing.title);
  out += ",\"price\":";
  out += to_decimal(ticket.listing.price);
  append_field(out, "userId", ticket.listing.owner.text);
  append_version(out, version);
  if (ticket.hold) append_id(out, "orderId", ticket.hold->order);
  append_id(out, "id", id);
  out += '}';
}

void append_order(std::string& out, const OrderId& id, Version version, const Order::State& order,
                  TimeMs now) {
  const DurationMs left = order.has_ended() ? 0 : std::max(DurationMs{0}, order.deadline - now);
  out += "{\"userId\":";
  append_json(out, order.buyer.text);
  append_field(out, "status", name_of(order.status));
  append_field(out, "expiresAt", iso_time(order.deadline));
  out += ",\"expiresInMs\":";
  out += std::to_string(left);
  out += ",\"ticket\":{\"title\":";
  append_json(out, order.ticket.title);
  out += ",\"price\":";
  out += to_decimal(order.ticket.price);
  append_version(out, order.ticket.version);
  append_id(out, "id", order.ticket.id);
  out += '}';
  append_version(out, version);
  append_id(out, "id", id);
  out += '}';
}

void append_entry(std::string& out, const TicketId& id, const HistoryEntry<Ticket>& entry) {
  out += "{\"version\":";
  out += std::to_string(outside(entry.version));
  append_field(out, "at", iso_time(entry.at));
  append_field(out, "event", name_of(entry.event));
  out += ",\"ticket\":";
  append_ticket(out, id, entry.version, entry.state);
  out += '}';
}

void append_entry(std::string& out, const OrderId& id, const HistoryEntry<Order>& entry,
                  TimeMs now) {
  out += "{\"version\":";
  out += std::to_string(outside(entry.version));
  append_field(out, "at", iso_time(entry.at));
  std::visit(AppendOrderEvent{out}, entry.event);
  out += ",\"order\":";
  append_order(out, id, entry.version, entry.state, now);
  out += '}';
}

std::string json_array(const std::vector<TicketRow>& rows) {
  std::string out = "[";
  out.reserve(2 + rows.size() * ticket_json_bytes);
  for (const auto& row : rows) {
    if (out.size() > 1) out += ',';
    append_ticket(out, row.id, row.version, row.state);
  }
  out += ']';
  return out;
}

std::string json_array(const std::vector<OrderRow>& rows, TimeMs now) {
  return json_array(rows, [&](std::string& out, const OrderRow& row) {
    append_order(out, row.id, row.version, row.state, now);
  });
}

}  // namespace usher::http
