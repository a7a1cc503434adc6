// The shop's codec (actors/runtime/codec/codec.hpp says what that is). An event's form is never
// changed once written: a new schema version is added, and decode() lifts old ones (its aggregate's
// file, such as ticket_codec.cpp, has the upcaster). Golden files of every version ever written are
// in tests/codec/golden.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "actors/market/domain/account.hpp"
#include "actors/market/domain/order.hpp"
#include "actors/market/domain/ticket.hpp"
#include "actors/runtime/codec/codec.hpp"

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
  order_refund_refused = 23,
  order_operator_settled = 24,
  account_signed_up = 32,
  account_signed_out = 33,
  // 48 and what is from 60,000 up are the runtime's.
};

// A stream's name: one letter for the kind of aggregate, then the key's bytes.
template <>
inline constexpr char stream_kind<Ticket> = 't';
template <>
inline constexpr char stream_kind<Order> = 'o';
template <>
inline constexpr char stream_kind<Account> = 'a';
[[nodiscard]] std::string stream_of(const TicketId& id);
[[nodiscard]] std::string stream_of(const OrderId& id);
[[nodiscard]] std::string stream_of(const Email& email);

// The slot that decides the shard.
[[nodiscard]] Slot slot_of(const TicketId& id);
[[nodiscard]] Slot slot_of(const OrderId& id);
[[nodiscard]] Slot slot_of(const Email& email);

// The inverse: nullopt for a name of another kind.
template <>
std::optional<TicketId> key_of<Ticket>(std::string_view stream);
template <>
std::optional<OrderId> key_of<Order>(std::string_view stream);
template <>
std::optional<Email> key_of<Account>(std::string_view stream);

[[nodiscard]] NewRecord encode(const Ticket::Event& event);
[[nodiscard]] NewRecord encode(const Order::Event& event);
[[nodiscard]] NewRecord encode(const Account::Event& event);

template <>
tl::expected<Ticket::Event, CodecError> decode_event<Ticket>(std::uint16_t, std::uint16_t,
                                                             std::string_view);
template <>
tl::expected<Order::Event, CodecError> decode_event<Order>(std::uint16_t, std::uint16_t,
                                                           std::string_view);
template <>
tl::expected<Account::Event, CodecError> decode_event<Account>(std::uint16_t, std::uint16_t,
                                                               std::string_view);

// States, for snapshots and view rows: the first byte is the schema version.
[[nodiscard]] std::string encode_state(const Ticket::State& state);
[[nodiscard]] std::string encode_state(const Order::State& state);
[[nodiscard]] std::string encode_state(const Account::State& state);

template <>
tl::expected<Ticket::State, CodecError> decode_state<Ticket>(std::string_view);
template <>
tl::expected<Order::State, CodecError> decode_state<Order>(std::string_view);
template <>
tl::expected<Account::State, CodecError> decode_state<Account>(std::string_view);

}  // namespace usher
