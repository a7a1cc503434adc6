// What the runtime asks of a codec: events and states <-> versioned bytes, keys <-> names of
// streams. An application declares, for each aggregate A:
//   stream_kind<A>                            the first letter of its streams' names
//   stream_of(key), slot_of(key), key_of<A>   a name, the slot that decides the shard, and back
//   encode(event), decode_event<A>            an event as a record
//   encode_state(state), decode_state<A>      a state as a snapshot; the first byte is its schema
// An event's form is never changed once written: a new schema version is added, and decode_event
// lifts old ones. forms.hpp writes most of it from a list of fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "actors/runtime/model/request_key.hpp"
#include "persistence/journal.hpp"

namespace usher {

enum class CodecError { unknown_type, unknown_schema, malformed };
[[nodiscard]] constexpr std::string_view words_of(CodecError error) {
  switch (error) {
    case CodecError::unknown_type:
      return "an event of a type that this program does not know: a newer one wrote it";
    case CodecError::unknown_schema:
      return "an event of a schema that this program does not know: a newer one wrote it";
    case CodecError::malformed:
      break;
  }
  return "the event cannot be decoded";
}

template <class A>
inline constexpr char stream_kind = '\0';  // that there is none shows where the runtime asks for it
template <class A>
std::optional<typename A::Key> key_of(std::string_view stream);
template <class A>
tl::expected<typename A::Event, CodecError> decode_event(std::uint16_t type, std::uint16_t schema,
                                                         std::string_view payload);
template <class A>
tl::expected<typename A::State, CodecError> decode_state(std::string_view bytes);

// ---- the runtime's own records: 48, and what is from 60,000 up

enum class RuntimeRecord : std::uint16_t { request_key_claimed = 48 };
inline constexpr std::uint16_t runtime_records_from = 60'000;

template <>
inline constexpr char stream_kind<RequestKey> = 'k';
[[nodiscard]] std::string stream_of(const RequestKeyId& id);
[[nodiscard]] Slot slot_of(const RequestKeyId& id);
template <>
std::optional<RequestKeyId> key_of<RequestKey>(std::string_view stream);
[[nodiscard]] NewRecord encode(const RequestKey::Event& event);
template <>
tl::expected<RequestKey::Event, CodecError> decode_event<RequestKey>(std::uint16_t, std::uint16_t,
                                                                     std::string_view);
[[nodiscard]] std::string encode_state(const RequestKey::State& state);
template <>
tl::expected<RequestKey::State, CodecError> decode_state<RequestKey>(std::string_view);

}  // namespace usher
