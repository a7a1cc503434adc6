// The stored form of accounts. Never change a list of event fields: add a schema version
// (forms.hpp).
#include "actors/market/codec/event_codec.hpp"
#include "actors/market/codec/shared_fields.hpp"
#include "actors/runtime/codec/forms.hpp"

namespace usher {

static auto fields(As<Account::SignedUp> auto& x) {
  return std::tie(x.user, x.email, x.password_hash, x.at);
}
static auto fields(As<Account::SignedOut> auto& x) {
  return std::tie(x.user, x.session_version, x.at);
}
// Without the version of its sessions: an account that was never signed out of is written, and
// read, as it was before there were any.
static auto fields(As<Account::State> auto& x) {
  return std::tie(x.user, x.email, x.password_hash, x.created_at);
}
static constexpr std::uint8_t state_schema_with_sessions = 2;

template <>
struct RecordForm<Account::SignedUp> {
  static constexpr auto type = RecordType::account_signed_up;
};

template <>
struct RecordForm<Account::SignedOut> {
  static constexpr auto type = RecordType::account_signed_out;
};

NewRecord encode(const Account::Event& event) { return encode_event(event); }

template <>
tl::expected<Account::Event, CodecError> decode_event<Account>(std::uint16_t type,
                                                               std::uint16_t schema,
                                                               std::string_view payload) {
  return decode_any(std::type_identity<Account::Event>{}, type, schema, payload);
}

std::string encode_state(const Account::State& state) {
  if (state.session_version == 0) return encode_state_fields(state);
  ByteWriter out;
  out.u8(state_schema_with_sessions);
  put(out, state);
  out.varint(state.session_version);
  return out.take();
}

template <>
tl::expected<Account::State, CodecError> decode_state<Account>(std::string_view bytes) {
  if (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) != state_schema_with_sessions)
    return decode_state_fields<Account::State>(bytes);
  ByteReader in{bytes.substr(1)};
  Account::State state;
  get(in, state);
  state.session_version = in.varint();
  if (!in.done() || state.session_version == 0) return tl::unexpected{CodecError::malformed};
  return state;
}

}  // namespace usher
