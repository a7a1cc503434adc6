// The stored form of orders. Never change a list of event fields: add a schema version (forms.hpp).
#include "actors/market/codec/event_codec.hpp"
#include "actors/market/codec/shared_fields.hpp"
#include "actors/runtime/codec/forms.hpp"

namespace usher {

static constexpr Order::Status last_of(Order::Status) { return Order::Status::cancelled; }
static constexpr Order::Reason last_of(Order::Reason) { return Order::Reason::expired; }
static constexpr Order::PaymentStatus last_of(Order::PaymentStatus) {
  return Order::PaymentStatus::written_off;
}
static constexpr Order::Verdict last_of(Order::Verdict) { return Order::Verdict::refunded; }

static auto fields(As<Order::Bought> auto& x) {
  return std::tie(x.id, x.title, x.price, x.version);
}
static auto fields(As<Order::Placed> auto& x) {
  return std::tie(x.ticket, x.buyer, x.at, x.deadline);
}
static auto fields(As<Order::PaymentStarted> auto& x) {
  return std::tie(x.buyer, x.payment, x.token, x.at);
}
static auto fields(As<Order::PaymentDeclined> auto& x) {
  return std::tie(x.buyer, x.payment, x.reason, x.code);
}
static auto fields(As<Order::Paid> auto& x) { return std::tie(x.buyer, x.payment, x.charge, x.at); }
static auto fields(As<Order::Cancelled> auto& x) {
  return std::tie(x.buyer, x.ticket, x.reason, x.at);
}
static auto fields(As<Order::RefundDue> auto& x) {
  return std::tie(x.buyer, x.payment, x.charge, x.at);
}
static auto fields(As<Order::Refunded> auto& x) { return std::tie(x.buyer, x.payment); }
static auto fields(As<Order::RefundRefused> auto& x) {
  return std::tie(x.buyer, x.payment, x.reason, x.at);
}
static auto fields(As<Order::OperatorSettled> auto& x) {
  return std::tie(x.buyer, x.payment, x.verdict, x.note, x.at);
}

static auto fields(As<Order::Payment> auto& x) {
  return std::tie(x.id, x.status, x.token, x.detail, x.at, x.code);
}
static auto fields(As<Order::State> auto& x) {
  return std::tie(x.ticket, x.buyer, x.status, x.placed_at, x.deadline, x.ended_at, x.payments);
}

// ---- schema 1: before a refusal had a code

struct OrderPaymentDeclinedV1 {  // not in a nameless namespace: fields() is found by their own
  UserId buyer;
  PaymentId payment;
  std::string reason;
};
struct OrderPaymentV1 {
  PaymentId id;
  Order::PaymentStatus status = Order::PaymentStatus::started;
  std::string token;
  std::string detail;
  TimeMs at = 0;
};
struct OrderStateV1 {
  Order::State state;  // but for its payments
  std::vector<OrderPaymentV1> payments;
};

static auto fields(As<OrderPaymentDeclinedV1> auto& x) {
  return std::tie(x.buyer, x.payment, x.reason);
}
static auto fields(As<OrderPaymentV1> auto& x) {
  return std::tie(x.id, x.status, x.token, x.detail, x.at);
}
static auto fields(As<OrderStateV1> auto& x) {
  auto& order = x.state;
  return std::tie(order.ticket, order.buyer, order.status, order.placed_at, order.deadline,
                  order.ended_at, x.payments);
}

static Order::PaymentDeclined lifted(OrderPaymentDeclinedV1 old) {
  return {std::move(old.buyer), old.payment, std::move(old.reason), {}};
}
static Order::State lifted(OrderStateV1 old) {
  for (auto& each : old.payments)
    old.state.payments.push_back(
        {each.id, each.status, std::move(each.token), std::move(each.detail), each.at, {}});
  return std::move(old.state);
}

template <>
struct Earlier<Order::PaymentDeclined> : EarlierForms<OrderPaymentDeclinedV1> {};
template <>
struct Earlier<Order::State> : EarlierForms<OrderStateV1> {};

template <>
struct RecordForm<Order::Placed> {
  static constexpr auto type = RecordType::order_placed;
};
template <>
struct RecordForm<Order::PaymentStarted> {
  static constexpr auto type = RecordType::order_payment_started;
};
template <>
struct RecordForm<Order::PaymentDeclined> {
  static constexpr auto type = RecordType::order_payment_declined;
};
template <>
struct RecordForm<Order::Paid> {
  static constexpr auto type = RecordType::order_paid;
};
template <>
struct RecordForm<Order::Cancelled> {
  static constexpr auto type = RecordType::order_cancelled;
};
template <>
struct RecordForm<Order::RefundDue> {
  static constexpr auto type = RecordType::order_refund_due;
};
template <>
struct RecordForm<Order::Refunded> {
  static constexpr auto type = RecordType::order_refunded;
};
template <>
struct RecordForm<Order::RefundRefused> {
  static constexpr auto type = RecordType::order_refund_refused;
};
template <>
struct RecordForm<Order::OperatorSettled> {
  static constexpr auto type = RecordType::order_operator_settled;
};

NewRecord encode(const Order::Event& event) { return encode_event(event); }

template <>
tl::expected<Order::Event, CodecError> decode_event<Order>(std::uint16_t type, std::uint16_t schema,
                                                           std::string_view payload) {
  return decode_any(std::type_identity<Order::Event>{}, type, schema, payload);
}

std::string encode_state(const Order::State& state) { return encode_state_fields(state); }

template <>
tl::expected<Order::State, CodecError> decode_state<Order>(std::string_view bytes) {
  return decode_state_fields<Order::State>(bytes);
}

}  // namespace usher
