#include "http/views/json_views.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "http/front/json.hpp"

namespace usher::http {
namespace {

constexpr std::size_t ticket_json_bytes = 192;  // a usual one, for reserve()

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

// Of an entry of an order's history: what happened, and what that adds.
struct WriteOrderEvent {
  JsonWriter& json;
  void with_payment(std::string_view event, const PaymentId& payment) const {
    json.field("event", event).field("paymentId", payment.hex());
  }
  void operator()(const Order::Placed&) const { json.field("event", "placed"); }
  void operator()(const Order::PaymentStarted& e) const {
    with_payment("payment_started", e.payment);
  }
  void operator()(const Order::PaymentDeclined& e) const {
    json.field("event", "payment_declined").field("reason", e.reason);
    if (!e.code.empty()) json.field("code", e.code);
    json.field("paymentId", e.payment.hex());
  }
  void operator()(const Order::Paid& e) const { with_payment("paid", e.payment); }
  void operator()(const Order::Cancelled& e) const {
    json.field("event", "cancelled").field("reason", name_of(e.reason));
  }
  void operator()(const Order::RefundDue& e) const { with_payment("refund_due", e.payment); }
  void operator()(const Order::Refunded& e) const { with_payment("refunded", e.payment); }
  // Why is between the gateway, the operator and us.
  void operator()(const Order::RefundRefused& e) const {
    with_payment("refund_refused", e.payment);
  }
  void operator()(const Order::OperatorSettled& e) const {
    json.field("event", "settled_by_operator").field("verdict", http::name_of(e.verdict));
    json.field("paymentId", e.payment.hex());
  }
};

// What is shown of an order.
struct OrderShown {
  const OrderId& id;
  Version version;
  const UserId& buyer;
  Order::Status status;
  TimeMs deadline;
  DurationMs left_ms;
  const Order::Bought& ticket;
};

void write_order(JsonWriter& json, const OrderShown& order, const Currency& currency) {
  json.begin_object();
  json.field("userId", order.buyer.text);
  json.field("status", http::name_of(order.status));
  json.field("expiresAt", iso_time(order.deadline));
  json.field("expiresInMs", std::max(DurationMs{0}, order.left_ms));
  json.key("ticket").begin_object();
  json.field("title", order.ticket.title);
  json.key("price").raw(to_decimal(order.ticket.price, currency));
  json.field("version", outside(order.ticket.version));
  json.field("id", order.ticket.id.hex());
  json.end_object();
  json.field("version", outside(order.version));
  json.field("id", order.id.hex());
  json.end_object();
}

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

std::string_view name_of(Order::Verdict verdict) {
  switch (verdict) {
    case Order::Verdict::captured:
      return "captured";
    case Order::Verdict::not_charged:
      return "not_charged";
    case Order::Verdict::refunded:
      break;
  }
  return "refunded";
}

void write_ticket(JsonWriter& json, const TicketId& id, Version version,
                  const Ticket::State& ticket, const Currency& currency) {
  json.begin_object();
  json.field("title", ticket.listing.title);
  json.key("price").raw(to_decimal(ticket.listing.price, currency));
  json.field("userId", ticket.listing.owner.text);
  json.field("version", outside(version));
  if (ticket.hold) json.field("orderId", ticket.hold->order.hex());
  json.field("id", id.hex());
  json.end_object();
}

void write_order(JsonWriter& json, const OrderId& id, Version version, const Order::State& order,
                 TimeMs now, const Currency& currency) {
  write_order(json,
              OrderShown{id, version, order.buyer, order.status, order.deadline,
                         order.has_ended() ? 0 : order.deadline - now, order.ticket},
              currency);
}

void write_reservation(JsonWriter& json, const Reservation& reservation, TimeMs now,
                       const Currency& currency) {
  write_order(json,
              OrderShown{reservation.order, 1, reservation.buyer, Order::Status::created,
                         reservation.deadline, reservation.deadline - now, reservation.ticket},
              currency);
}

void write_entry(JsonWriter& json, const TicketId& id, const HistoryEntry<Ticket>& entry,
                 const Currency& currency) {
  json.begin_object();
  json.field("version", outside(entry.version));
  json.field("at", iso_time(entry.at));
  json.field("event", name_of(entry.event));
  json.key("ticket");
  write_ticket(json, id, entry.version, entry.state, currency);
  json.end_object();
}

void write_entry(JsonWriter& json, const OrderId& id, const HistoryEntry<Order>& entry, TimeMs now,
                 const Currency& currency) {
  json.begin_object();
  json.field("version", outside(entry.version));
  json.field("at", iso_time(entry.at));
  std::visit(WriteOrderEvent{json}, entry.event);
  json.key("order");
  write_order(json, id, entry.version, entry.state, now, currency);
  json.end_object();
}

std::string json_array(const std::vector<TicketRow>& rows, const Currency& currency) {
  std::string out;
  out.reserve(2 + rows.size() * ticket_json_bytes);
  JsonWriter{out}.array(rows, [&](JsonWriter& json, const TicketRow& row) {
    write_ticket(json, row.id, row.version, row.state, currency);
  });
  return out;
}

std::string json_array(const std::vector<OrderRow>& rows, TimeMs now, const Currency& currency) {
  std::string out;
  JsonWriter{out}.array(rows, [&](JsonWriter& json, const OrderRow& row) {
    write_order(json, row.id, row.version, row.state, now, currency);
  });
  return out;
}

}  // namespace usher::http
