#include "http/views/feed_view.hpp"

#include <utility>
#include <variant>

#include "actors/market/codec/event_codec.hpp"
#include "http/front/json.hpp"
#include "http/front/public_event.hpp"
#include "http/views/json_views.hpp"

namespace usher::http {
namespace {

using Events = std::vector<PublicEvent>;

std::string quoted(std::string_view name, std::string_view text) {
  std::string out = "\"";
  out += name;
  out += "\":";
  append_json(out, text);
  return out;
}

std::string id_and_version(const std::string& hex, Version version) {
  return quoted("id", hex) + ",\"version\":" + std::to_string(outside(version));
}

// One overload per event that is shown.
struct ShowTicket {
  const TicketId& id;
  const Record& record;
  Events& events;

  void show(std::string_view subject, const Ticket::Listing& listing,
            const OrderId* order = nullptr) const {
    std::string data = "{" + id_and_version(id.hex(), record.version);
    data += "," + quoted("title", listing.title);
    data += ",\"price\":" + to_decimal(listing.price);
    data += "," + quoted("userId", listing.owner.text);
    if (order) data += "," + quoted("orderId", order->hex());
    data += '}';
    events.push_back({0, subject, std::move(data), std::nullopt});
  }
  void operator()(const Ticket::Created& e) const { show("ticket:created", e.listing); }
  void operator()(const Ticket::Edited& e) const { show("ticket:updated", e.listing); }
  void operator()(const Ticket::Reserved& e) const { show("ticket:updated", e.listing, &e.order); }
  void operator()(const Ticket::Released& e) const { show("ticket:updated", e.listing); }
  void operator()(const Ticket::Sold& e) const { show("ticket:updated", e.listing, &e.order); }
};

struct ShowOrder {
  const OrderId& id;
  const Record& record;
  Events& events;

  void show(std::string_view subject, std::string data, const UserId& buyer) const {
    events.push_back({0, subject, std::move(data), buyer.text});
  }
  void operator()(const Order::Placed& e) const {
    std::string data = "{" + id_and_version(id.hex(), record.version);
    data += "," + quoted("status", name_of(Order::Status::created));
    data += "," + quoted("userId", e.buyer.text);
    data += "," + quoted("expiresAt", iso_time(e.deadline));
    data += ",\"ticket\":{" + quoted("id", e.ticket.id.hex());
    data += ",\"price\":" + to_decimal(e.ticket.price) + "}}";
    show("order:created", std::move(data), e.buyer);
  }
  void operator()(const Order::Paid& e) const {
    std::string data = "{" + quoted("id", e.payment.hex());
    data += "," + quoted("orderId", id.hex());
    data += "," + quoted("stripeId", e.charge) + "}";
    show("payment:created", std::move(data), e.buyer);
  }
  // An expiry is two events outside: the deadline came, and so the order was cancelled.
  void operator()(const Order::Cancelled& e) const {
    if (e.reason == Order::Reason::expired)
      show("expiration:complete", "{" + quoted("orderId", id.hex()) + "}", e.buyer);
    show("order:cancelled",
         "{" + id_and_version(id.hex(), record.version) + ",\"ticket\":{" +
             quoted("id", e.ticket.hex()) + "}}",
         e.buyer);
  }
  void operator()(const Order::PaymentStarted&) const {}
  void operator()(const Order::PaymentDeclined&) const {}
  void operator()(const Order::RefundDue&) const {}
  void operator()(const Order::Refunded&) const {}
};

template <class A, class Show>
void show(const Record& record, Events& events) {
  const auto id = key_of<A>(record.stream);
  if (!id) return;
  const auto event = decode_event<A>(record.type, record.schema, record.payload);
  if (event) std::visit(Show{*id, record, events}, *event);
}

}  // namespace

std::vector<PublicEvent> public_events(const FeedRecord& record) {
  Events events;
  show<Ticket, ShowTicket>(record.record, events);
  show<Order, ShowOrder>(record.record, events);
  PublicSeq seq = 2 * record.seq;
  for (auto& event : events) event.seq = seq++;
  return events;
}

}  // namespace usher::http
