// Keys <-> names of streams, and the slot that decides the shard. Persisted: never change them.
#include <algorithm>

#include "actors/market/codec/event_codec.hpp"

namespace usher {
namespace {

constexpr char ticket_kind = 't';
constexpr char order_kind = 'o';
constexpr char account_kind = 'a';
constexpr char request_key_kind = 'k';

template <std::size_t Size>
std::string name_of(char kind, const std::array<std::uint8_t, Size>& bytes) {
  std::string name(1 + Size, kind);
  std::transform(bytes.begin(), bytes.end(), name.begin() + 1,
                 [](std::uint8_t byte) { return static_cast<char>(byte); });
  return name;
}

// The bytes behind `kind`; nullopt for another kind or length.
template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> bytes_of(char kind, std::string_view stream) {
  if (stream.size() != 1 + Size || stream.front() != kind) return std::nullopt;
  std::array<std::uint8_t, Size> bytes{};
  std::transform(stream.begin() + 1, stream.end(), bytes.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return bytes;
}

template <class AnId>
std::optional<AnId> id_of(char kind, std::string_view stream) {
  const auto bytes = bytes_of<AnId::size>(kind, stream);
  if (!bytes) return std::nullopt;
  return AnId{*bytes};
}

}  // namespace

std::string stream_of(const TicketId& id) { return name_of(ticket_kind, id.bytes()); }
std::string stream_of(const OrderId& id) { return name_of(order_kind, id.bytes()); }
std::string stream_of(const Email& email) { return account_kind + email.text; }
std::string stream_of(const RequestKeyId& id) { return name_of(request_key_kind, id.bytes); }

Slot slot_of(const TicketId& id) { return id.slot(); }
Slot slot_of(const OrderId& id) { return id.slot(); }
Slot slot_of(const Email& email) { return slot_of_text(email.text); }
// The key is a hash, so any two bytes of it are spread evenly.
Slot slot_of(const RequestKeyId& id) { return static_cast<Slot>((id.bytes[0] << 8) | id.bytes[1]); }

template <>
std::optional<TicketId> key_of<Ticket>(std::string_view stream) {
  return id_of<TicketId>(ticket_kind, stream);
}

template <>
std::optional<OrderId> key_of<Order>(std::string_view stream) {
  return id_of<OrderId>(order_kind, stream);
}

template <>
std::optional<Email> key_of<Account>(std::string_view stream) {
  if (stream.empty() || stream.front() != account_kind) return std::nullopt;
  return Email{std::string{stream.substr(1)}};
}

template <>
std::optional<RequestKeyId> key_of<RequestKey>(std::string_view stream) {
  const auto bytes = bytes_of<sizeof(RequestKeyId::bytes)>(request_key_kind, stream);
  if (!bytes) return std::nullopt;
  return RequestKeyId{*bytes};
}

}  // namespace usher
