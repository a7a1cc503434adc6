// The stored form of request keys. Never change a list of event fields: add a schema version
// (forms.hpp).
#include "actors/runtime/codec/forms.hpp"
#include "actors/runtime/codec/stream_name.hpp"

namespace usher {

std::string stream_of(const RequestKeyId& id) {
  return stream_name(stream_kind<RequestKey>, id.bytes);
}
// The key is a hash, so any two bytes of it are spread evenly.
Slot slot_of(const RequestKeyId& id) { return static_cast<Slot>((id.bytes[0] << 8) | id.bytes[1]); }

template <>
std::optional<RequestKeyId> key_of<RequestKey>(std::string_view stream) {
  const auto bytes = bytes_of_stream<sizeof(RequestKeyId::bytes)>(stream_kind<RequestKey>, stream);
  if (!bytes) return std::nullopt;
  return RequestKeyId{*bytes};
}

static auto fields(As<RequestKey::Claimed> auto& x) { return std::tie(x.fingerprint, x.id, x.at); }
static auto fields(As<RequestKey::State> auto& x) { return std::tie(x.fingerprint, x.id); }

template <>
struct RecordForm<RequestKey::Claimed> {
  static constexpr auto type = RuntimeRecord::request_key_claimed;
};

NewRecord encode(const RequestKey::Event& event) { return encode_event(event); }

template <>
tl::expected<RequestKey::Event, CodecError> decode_event<RequestKey>(std::uint16_t type,
                                                                     std::uint16_t schema,
                                                                     std::string_view payload) {
  return decode_any(std::type_identity<RequestKey::Event>{}, type, schema, payload);
}

std::string encode_state(const RequestKey::State& state) { return encode_state_fields(state); }

template <>
tl::expected<RequestKey::State, CodecError> decode_state<RequestKey>(std::string_view bytes) {
  return decode_state_fields<RequestKey::State>(bytes);
}

}  // namespace usher
