// How codecs write a value: each type lists its fields once, and that list both writes and reads
// them, so the two cannot differ. The lists in the aggregates' files are the specification of the
// payloads; docs/journal_format.md has the forms of integers and texts.
//
//   static auto fields(As<Ticket::Hold> auto& x) { return std::tie(x.order, x.deadline, x.sold); }
//
// A value has one form only: what decodes, encodes to the same bytes again.
//
// The second schema of an event or a state: what it was goes on as a struct with the old fields in
// the aggregate's codec file, and lifted() makes of it what it is now (the upcaster):
//
//   struct AddedV1 { std::int64_t amount = 0; };  // schema 1
//   static auto fields(As<AddedV1> auto& x) { return std::tie(x.amount); }
//   static Counter::Added lifted(AddedV1 old) { return {old.amount, 0}; }
//   template <>
//   struct Earlier<Counter::Added> : EarlierForms<AddedV1> {};  // what is written now is schema 2
//
// A third one adds AddedV2 behind AddedV1, whose lifted() now gives an AddedV2: each is lifted
// once. Order::PaymentDeclined and Order::State are examples.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "actors/runtime/codec/codec.hpp"
#include "base/bytes.hpp"

namespace usher {

// T or const T: one list of fields serves writing and reading.
template <class X, class T>
concept As = std::same_as<std::remove_const_t<X>, T>;

template <class T>
concept Composite = requires(T& value) {
  fields(value);
};

// Persisted enums start at 1 and have no gap; last_of() names the end.
template <class T>
concept PersistedEnum = std::is_enum_v<T> && requires(T value) {
  last_of(value);
};

// ---- values: put() writes, get() reads. A reader that has failed gives zeros; it is asked at
// last.

inline void put(ByteWriter& out, std::int64_t value) { out.i64(value); }
inline void get(ByteReader& in, std::int64_t& value) { value = in.i64(); }

inline void put(ByteWriter& out, std::uint64_t value) { out.varint(value); }
inline void get(ByteReader& in, std::uint64_t& value) { value = in.varint(); }

inline void put(ByteWriter& out, bool value) { out.boolean(value); }
inline void get(ByteReader& in, bool& value) { value = in.boolean(); }

inline void put(ByteWriter& out, const std::string& value) { out.text(value); }
inline void get(ByteReader& in, std::string& value) { value = in.text(); }

template <std::size_t Size>
void put(ByteWriter& out, const std::array<std::uint8_t, Size>& bytes) {
  for (const std::uint8_t byte : bytes) out.u8(byte);
}
template <std::size_t Size>
void get(ByteReader& in, std::array<std::uint8_t, Size>& bytes) {
  for (std::uint8_t& byte : bytes) byte = in.u8();
}

template <class Tag>
void put(ByteWriter& out, const Id<Tag>& id) {
  put(out, id.bytes());
}
template <class Tag>
void get(ByteReader& in, Id<Tag>& id) {
  typename Id<Tag>::Bytes bytes{};
  get(in, bytes);
  id = Id<Tag>{bytes};
}

template <PersistedEnum T>
void put(ByteWriter& out, T value) {
  out.u8(static_cast<std::uint8_t>(value));
}
template <PersistedEnum T>
void get(ByteReader& in, T& value) {
  const std::uint8_t number = in.u8();
  if (number == 0 || number > static_cast<std::uint8_t>(last_of(T{}))) return in.fail();
  value = static_cast<T>(number);
}

template <Composite T>
void put(ByteWriter& out, const T& value) {
  std::apply([&](const auto&... field) { (put(out, field), ...); }, fields(value));
}
template <Composite T>
void get(ByteReader& in, T& value) {
  std::apply([&](auto&... field) { (get(in, field), ...); }, fields(value));
}

template <class T>
void put(ByteWriter& out, const std::optional<T>& value) {
  out.boolean(value.has_value());
  if (value) put(out, *value);
}
template <class T>
void get(ByteReader& in, std::optional<T>& value) {
  if (!in.boolean()) return value.reset();
  T read{};  // not emplace(): Clang 14 rejects it for a nested type with default initializers
  get(in, read);
  value = std::move(read);
}

template <class T>
void put(ByteWriter& out, const std::vector<T>& values) {
  out.varint(values.size());
  for (const T& value : values) put(out, value);
}
// Grows by what is really there: a forged count cannot ask for memory.
template <class T>
void get(ByteReader& in, std::vector<T>& values) {
  const std::uint64_t count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) get(in, values.emplace_back());
}

template <class T>
tl::expected<T, CodecError> read_all(std::string_view bytes) {
  ByteReader in{bytes};
  T value{};
  get(in, value);
  if (!in.done()) return tl::unexpected{CodecError::malformed};
  return value;
}

// ---- schemas

// The forms that something once had, the one of schema 1 first.
template <class... Forms>
struct EarlierForms;

// In the place of a state's form that is not worth a struct: its snapshots are not read, as the
// events give the state again. No event may be forgotten.
struct Forgotten {};

template <class... Forms>
struct EarlierForms {
  static constexpr std::size_t count = sizeof...(Forms);
  static constexpr bool forgets = (std::same_as<Forms, Forgotten> || ...);
};

// Specialised for an event or a state that has more than one schema.
template <class T>
struct Earlier : EarlierForms<> {};

// What is written; those before it are read as well.
template <class T>
inline constexpr std::uint8_t newest_schema = 1 + Earlier<T>::count;

namespace detail {

// Through all that came in between.
template <class T, class Form>
T lift(Form form) {
  if constexpr (std::same_as<T, Form>)
    return form;
  else
    return lift<T>(lifted(std::move(form)));
}

template <class T, class Form>
tl::expected<T, CodecError> read_form(std::string_view payload) {
  if constexpr (std::same_as<Form, Forgotten>)
    return tl::unexpected{CodecError::unknown_schema};
  else
    return read_all<Form>(payload).map([](Form&& form) { return lift<T>(std::move(form)); });
}

template <class T, class... Forms>
tl::expected<T, CodecError> read_one_of(EarlierForms<Forms...>, std::uint16_t schema,
                                        std::string_view payload) {
  using Read = tl::expected<T, CodecError> (*)(std::string_view);
  constexpr std::array<Read, sizeof...(Forms) + 1> of_schema{read_form<T, Forms>...,
                                                             read_form<T, T>};
  if (schema == 0 || schema > of_schema.size()) return tl::unexpected{CodecError::unknown_schema};
  return of_schema[schema - 1](payload);
}

}  // namespace detail

// Of the newest schema, or of an earlier one, lifted.
template <class T>
tl::expected<T, CodecError> read_as(std::uint16_t schema, std::string_view payload) {
  return detail::read_one_of<T>(Earlier<T>{}, schema, payload);
}

// ---- events

// Specialised for every event, beside its fields. One without does not compile.
template <class E>
struct RecordForm;  // static constexpr RecordType type

template <class... Events>
NewRecord encode_event(const std::variant<Events...>& event) {
  return std::visit(
      []<class E>(const E& e) {
        ByteWriter out;
        put(out, e);
        return NewRecord{static_cast<std::uint16_t>(RecordForm<E>::type), newest_schema<E>,
                         out.take()};
      },
      event);
}

template <class Event, class E>
tl::expected<Event, CodecError> decode_one(std::uint16_t schema, std::string_view payload) {
  static_assert(!Earlier<E>::forgets);
  return read_as<E>(schema, payload).map([](E&& e) { return Event{std::move(e)}; });
}

// Tries the alternatives of the variant for the one that has this type.
template <class... Events>
tl::expected<std::variant<Events...>, CodecError> decode_any(
    std::type_identity<std::variant<Events...>>, std::uint16_t type, std::uint16_t schema,
    std::string_view payload) {
  using Event = std::variant<Events...>;
  tl::expected<Event, CodecError> found = tl::unexpected{CodecError::unknown_type};
  const auto try_one = [&]<class E>(std::type_identity<E>) {
    if (type != static_cast<std::uint16_t>(RecordForm<E>::type)) return false;
    found = decode_one<Event, E>(schema, payload);
    return true;
  };
  static_cast<void>((try_one(std::type_identity<Events>{}) || ...));
  return found;
}

// ---- states: one byte schema, then the fields. Whoever changes the fields of a state, their order
// or their types gives it a new schema, or an old snapshot is misread.

template <class State>
std::string encode_state_fields(const State& state) {
  ByteWriter out;
  out.u8(newest_schema<State>);
  put(out, state);
  return out.take();
}

template <class State>
tl::expected<State, CodecError> decode_state_fields(std::string_view bytes) {
  if (bytes.empty()) return tl::unexpected{CodecError::malformed};
  return read_as<State>(static_cast<std::uint8_t>(bytes.front()), bytes.substr(1));
}

}  // namespace usher
