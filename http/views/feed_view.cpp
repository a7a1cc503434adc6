#include "http/views/feed_view.hpp"

#include <utility>
#include <variant>

#include "http/front/json.hpp"
#include "http/front/public_event.hpp"
#include "http/views/json_views.hpp"

namespace usher::http {
namespace {

using Events = std::vector<PublicEvent>;

// Of an order two events are told that have a version: that it was created, and that it was
// cancelled. A listener that takes n only after n-1, as the course's do, would wait for ever for
// the attempts to pay between them, which it is not told. So these two count what is told: 0 and 1.
// The order's own version, which counts all its events, is in its answers and their ETag.
constexpr std::uint64_t told_version_of_the_end = 1;

// What is told of one entry. One overload per event of the domain.
struct Teller {
  const FeedEntry& entry;
  const Currency& currency;
  Events& events;

  void tell(std::string_view subject, std::string data, const UserId* audience) const {
    PublicEvent event;
    event.subject = subject;
    event.data = std::move(data);
    if (audience) event.audience = audience->text;
    event.mark = entry.mark;
    events.push_back(std::move(event));
  }
  template <class Key>
  void id_and_version(JsonWriter& json, const Key& id) const {
    json.field("id", id.hex()).field("version", outside(entry.version));
  }
};

struct TellTicket : Teller {
  const TicketId& id;

  void listing(std::string_view subject, const Ticket::Listing& shown,
               const OrderId* order = nullptr) const {
    auto data = json_of([&](JsonWriter& json) {
      json.begin_object();
      id_and_version(json, id);
      json.field("title", shown.title);
      json.key("price").raw(to_decimal(shown.price, currency));
      json.field("userId", shown.owner.text);
      if (order) json.field("orderId", order->hex());
      json.end_object();
    });
    tell(subject, std::move(data), nullptr);
  }
  void operator()(const Ticket::Created& e) const { listing("ticket:created", e.listing); }
  void operator()(const Ticket::Edited& e) const { listing("ticket:updated", e.listing); }
  void operator()(const Ticket::Reserved& e) const {
    listing("ticket:updated", e.listing, &e.order);
  }
  void operator()(const Ticket::Released& e) const { listing("ticket:updated", e.listing); }
  void operator()(const Ticket::Sold& e) const { listing("ticket:updated", e.listing, &e.order); }
};

struct TellOrder : Teller {
  const OrderId& id;

  void operator()(const Order::Placed& e) const {
    auto data = json_of([&](JsonWriter& json) {
      json.begin_object();
      id_and_version(json, id);
      json.field("status", name_of(Order::Status::created));
      json.field("userId", e.buyer.text);
      json.field("expiresAt", iso_time(e.deadline));
      json.key("ticket").begin_object().field("id", e.ticket.id.hex());
      json.key("price").raw(to_decimal(e.ticket.price, currency));
      json.end_object().end_object();
    });
    tell("order:created", std::move(data), &e.buyer);
  }
  void operator()(const Order::Paid& e) const {
    auto data = json_of([&](JsonWriter& json) {
      json.begin_object().field("id", e.payment.hex()).field("orderId", id.hex());
      json.field("stripeId", e.charge).end_object();
    });
    tell("payment:created", std::move(data), &e.buyer);
  }
  // An expiry is two events outside: the deadline came, and so the order was cancelled.
  void operator()(const Order::Cancelled& e) const {
    if (e.reason == Order::Reason::expired)
      tell("expiration:complete", json_of([&](JsonWriter& json) {
             json.begin_object().field("orderId", id.hex()).end_object();
           }),
           &e.buyer);
    auto data = json_of([&](JsonWriter& json) {
      json.begin_object();
      json.field("id", id.hex()).field("version", told_version_of_the_end);
      json.key("ticket").begin_object().field("id", e.ticket.hex()).end_object();
      json.end_object();
    });
    tell("order:cancelled", std::move(data), &e.buyer);
  }
  void operator()(const Order::PaymentStarted&) const {}
  void operator()(const Order::PaymentDeclined&) const {}
  void operator()(const Order::RefundDue&) const {}
  void operator()(const Order::Refunded&) const {}
  void operator()(const Order::RefundRefused&) const {}
  void operator()(const Order::OperatorSettled&) const {}
};

}  // namespace

std::vector<PublicEvent> public_events(const FeedEntry& entry, const Currency& currency) {
  Events events;
  if (const auto* ticket = std::get_if<Happened<Ticket>>(&entry.what))
    std::visit(TellTicket{{entry, currency, events}, ticket->id}, ticket->event);
  if (const auto* order = std::get_if<Happened<Order>>(&entry.what))
    std::visit(TellOrder{{entry, currency, events}, order->id}, order->event);
  PublicSeq seq = 2 * entry.seq;
  for (auto& event : events) event.seq = seq++;
  return events;
}

ReplayPage replay_page(const FeedCursor& after, const std::vector<FeedEntry>& entries,
                       const Currency& currency) {
  ReplayPage page{{}, after};
  page.other_history = !proves(after, entries);
  if (page.other_history) return page;
  for (const auto& entry : entries) {
    if (behind(entry).seq > page.through.seq) page.through = behind(entry);
    for (auto& event : public_events(entry, currency))
      if (event.seq > after.seq) page.events.push_back(std::move(event));
  }
  return page;
}

bool proves(const FeedCursor& after, const std::vector<FeedEntry>& entries) {
  const FeedSeq seq = after.seq / 2;
  if (seq == 0) return true;  // every history begins there
  if (entries.empty() || entries.front().seq != seq) return false;
  return !after.mark || *after.mark == entries.front().mark;
}

}  // namespace usher::http
