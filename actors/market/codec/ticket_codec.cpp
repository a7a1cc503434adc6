// The stored form of tickets. Never change a list of event fields: add a schema version
// (forms.hpp).
#include "actors/market/codec/event_codec.hpp"
#include "actors/market/codec/shared_fields.hpp"
#include "actors/runtime/codec/forms.hpp"

namespace usher {

static auto fields(As<Ticket::Listing> auto& x) { return std::tie(x.owner, x.title, x.price); }
static auto fields(As<Ticket::Created> auto& x) { return std::tie(x.listing, x.at); }
static auto fields(As<Ticket::Edited> auto& x) { return std::tie(x.listing); }
static auto fields(As<Ticket::Reserved> auto& x) {
  return std::tie(x.listing, x.order, x.buyer, x.at, x.deadline);
}
static auto fields(As<Ticket::Released> auto& x) { return std::tie(x.listing, x.order, x.at); }
static auto fields(As<Ticket::Sold> auto& x) { return std::tie(x.listing, x.order, x.at); }

static auto fields(As<Ticket::Hold> auto& x) { return std::tie(x.order, x.deadline, x.sold); }
static auto fields(As<Ticket::State> auto& x) { return std::tie(x.listing, x.created_at, x.hold); }

template <>
struct RecordForm<Ticket::Created> {
  static constexpr auto type = RecordType::ticket_created;
};
template <>
struct RecordForm<Ticket::Edited> {
  static constexpr auto type = RecordType::ticket_edited;
};
template <>
struct RecordForm<Ticket::Reserved> {
  static constexpr auto type = RecordType::ticket_reserved;
};
template <>
struct RecordForm<Ticket::Released> {
  static constexpr auto type = RecordType::ticket_released;
};
template <>
struct RecordForm<Ticket::Sold> {
  static constexpr auto type = RecordType::ticket_sold;
};

NewRecord encode(const Ticket::Event& event) { return encode_event(event); }

template <>
tl::expected<Ticket::Event, CodecError> decode_event<Ticket>(std::uint16_t type,
                                                             std::uint16_t schema,
                                                             std::string_view payload) {
  return decode_any(std::type_identity<Ticket::Event>{}, type, schema, payload);
}

std::string encode_state(const Ticket::State& state) { return encode_state_fields(state); }

template <>
tl::expected<Ticket::State, CodecError> decode_state<Ticket>(std::string_view bytes) {
  return decode_state_fields<Ticket::State>(bytes);
}

}  // namespace usher
