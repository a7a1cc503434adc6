// Events and states <-> versioned bytes. An event's form is never changed once written: a new
// schema version is added, and decode() lifts old ones (its aggregate's file, such as
// ticket_codec.cpp, has the upcaster). Golden files of every version ever written are in
// tests/codec/golden.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "actors/market/domain/account.hpp"
#include "actors/market/domain/order.hpp"
#include "actors/market/domain/request_key.hpp"
#include "actors/market/domain/ticket.hpp"
#include "persistence/journal.hpp"

namespace usher {

// Record types. Persisted: never renumber, never reuse.
enum class RecordType : std::uint16_t {
  ticket_created = 1,
  ticket_edited = 2,
  ticket_reserved = 3,
  ticket_released = 4,
  ticket_sold = 5,
  order_placed = 16,
  order_payment_started = 17,
  order_payment_declined = 18,
  order_paid = 19,
  order_cancelled = 20,
  order_refund_due = 21,
  order_refunded = 22,
  account_signed_up = 32,
  request_key_claimed = 48,
};

enum class CodecError { unknown_type, unknown_schema, malformed };

// A stream's name: one letter for the kind of aggregate ('t', 'o', 'a', 'k'), then the key's bytes.
[[nodiscard]] std::string stream_of(const TicketId& id);
[[nodiscard]] std::string stream_of(const OrderId& id);
[[nodiscard]] std::string stream_of(const Email& email);
[[nodiscard]] std::string stream_of(const RequestKeyId& id);

// The slot that decides the shard.
[[nodiscard]] Slot slot_of(const TicketId& id);
[[nodiscard]] Slot slot_of(const OrderId& id);
[[nodiscard]] Slot slot_of(const Email& email);
[[nodiscard]] Slot slot_of(const RequestKeyId& id);

// The inverse: nullopt for a name of another kind.
template <class A>
std::optional<typename A::Key> key_of(std::string_view stream);
template <>
std::optional<TicketId> key_of<Ticket>(std::string_view stream);
template <>
std::optional<OrderId> key_of<Order>(std::string_view stream);
template <>
std::optional<Email> key_of<Account>(std::string_view stream);
template <>
std::optional<RequestKeyId> key_of<RequestKey>(std::string_view stream);

[[nodiscard]] NewRecord encode(const Ticket::Event& event);
[[nodiscard]] NewRecord encode(const Order::Event& event);
[[nodiscard]] NewRecord encode(const Account::Event& event);
[[nodiscard]] NewRecord encode(const RequestKey::Event& event);

template <class A>
tl::expected<typename A::Event, CodecError> decode_event(std::uint16_t type, std::uint16_t schema,
                                                         std::string_view payload);
template <>
tl::expected<Ticket::Event, CodecError> decode_event<Ticket>(std::uint16_t, std::uint16_t,
                                                             std::string_view);
template <>
tl::expected<Order::Event, CodecError> decode_event<Order>(std::uint16_t, std::uint16_t,
                                                           std::string_view);
template <>
tl::expected<Account::Event, CodecError> decode_event<Account>(std::uint16_t, std::uint16_t,
                                                               std::string_view);
template <>
tl::expected<RequestKey::Event, CodecError> decode_event<RequestKey>(std::uint16_t, std::uint16_t,
                                                                     std::string_view);

// States, for snapshots and view rows: the first byte is the schema version.
[[nodiscard]] std::string encode_state(const Ticket::State& state);
[[nodiscard]] std::string encode_state(const Order::State& state);
[[nodiscard]] std::string encode_state(const Account::State& state);
[[nodiscard]] std::string encode_state(const RequestKey::State& state);

template <class A>
tl::expected<typename A::State, CodecError> decode_state(std::string_view bytes);
template <>
tl::expected<Ticket::State, CodecError> decode_state<Ticket>(std::string_view);
template <>
tl::expected<Order::State, CodecError> decode_state<Order>(std::string_view);
template <>
tl::expected<Account::State, CodecError> decode_state<Account>(std::string_view);
template <>
tl::expected<RequestKey::State, CodecError> decode_state<RequestKey>(std::string_view);

}  // namespace usher
