// Keys <-> names of streams, and the slot that decides the shard. Persisted: never change them.
#include "actors/market/codec/event_codec.hpp"
#include "actors/runtime/codec/stream_name.hpp"

namespace usher {

std::string stream_of(const TicketId& id) { return stream_name(stream_kind<Ticket>, id.bytes()); }
std::string stream_of(const OrderId& id) { return stream_name(stream_kind<Order>, id.bytes()); }
std::string stream_of(const Email& email) { return stream_kind<Account> + email.text; }

Slot slot_of(const TicketId& id) { return id.slot(); }
Slot slot_of(const OrderId& id) { return id.slot(); }
Slot slot_of(const Email& email) { return slot_of_text(email.text); }

template <>
std::optional<TicketId> key_of<Ticket>(std::string_view stream) {
  return id_of_stream<TicketId>(stream_kind<Ticket>, stream);
}

template <>
std::optional<OrderId> key_of<Order>(std::string_view stream) {
  return id_of_stream<OrderId>(stream_kind<Order>, stream);
}

template <>
std::optional<Email> key_of<Account>(std::string_view stream) {
  if (stream.empty() || stream.front() != stream_kind<Account>) return std::nullopt;
  return Email{std::string{stream.substr(1)}};
}

}  // namespace usher
