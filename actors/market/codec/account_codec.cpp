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
static auto fields(As<Account::State> auto& x) {
  return std::tie(x.user, x.email, x.password_hash, x.created_at, x.session_version);
}

// ---- schema 1: before anybody could sign out everywhere

struct AccountStateV1 {  // not in a nameless namespace: fields() is found by its own
  UserId user;
  std::string email;
  std::string password_hash;
  TimeMs created_at = 0;
};
static auto fields(As<AccountStateV1> auto& x) {
  return std::tie(x.user, x.email, x.password_hash, x.created_at);
}
static Account::State lifted(AccountStateV1 old) {
  return {std::move(old.user), std::move(old.email), std::move(old.password_hash), old.created_at,
          0};
}
template <>
struct Earlier<Account::State> : EarlierForms<AccountStateV1> {};

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

std::string encode_state(const Account::State& state) { return encode_state_fields(state); }

template <>
tl::expected<Account::State, CodecError> decode_state<Account>(std::string_view bytes) {
  return decode_state_fields<Account::State>(bytes);
}

}  // namespace usher
