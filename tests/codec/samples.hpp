// One example of every event that is ever written, for the golden files. The examples and their
// golden files are written once and then never changed.
#pragma once

#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "actors/market/codec/event_codec.hpp"

namespace usher::test {

template <class A>
using Samples = std::vector<std::pair<std::string, typename A::Event>>;  // by golden file's name

inline const TicketId sample_ticket = *TicketId::parse("65a1b2c3beef000000000001");
inline const OrderId sample_order = *OrderId::parse("65a1b2c4beef0000000000a2");
inline const PaymentId sample_payment = *PaymentId::parse("65a1b2c5beeffffffffffff3");
inline const UserId sample_seller{"65a1b2c30000000000000001"};
inline const UserId sample_buyer{"b"};
inline const Ticket::Listing sample_listing{sample_seller, "Fête №1", Money{1'999}};
inline constexpr TimeMs sample_time = 1'705'096'900'123;
inline constexpr TimeMs sample_deadline = sample_time + 900'000;

inline Samples<Ticket> samples(const Ticket*) {
  return {
      {"ticket_created", Ticket::Created{sample_listing, sample_time}},
      {"ticket_edited", Ticket::Edited{{sample_seller, "", Money{9'007'199'254'740'992}}}},
      {"ticket_reserved",
       Ticket::Reserved{sample_listing, sample_order, sample_buyer, sample_time, sample_deadline}},
      {"ticket_released", Ticket::Released{sample_listing, sample_order, sample_deadline}},
      {"ticket_sold", Ticket::Sold{sample_listing, sample_order, sample_time}},
  };
}

inline Samples<Order> samples(const Order*) {
  return {
      {"order_placed", Order::Placed{{sample_ticket, "Fête №1", Money{1'999}, 300},
                                     sample_buyer,
                                     sample_time,
                                     sample_deadline}},
      {"order_payment_started",
       Order::PaymentStarted{sample_buyer, sample_payment, "tok_visa", sample_time}},
      {"order_payment_declined",
       Order::PaymentDeclined{sample_buyer, sample_payment, "Your card was declined.",
                              "card_declined"}},
      {"order_paid", Order::Paid{sample_buyer, sample_payment, "ch_1", sample_time}},
      {"order_cancelled",
       Order::Cancelled{sample_buyer, sample_ticket, Order::Reason::expired, sample_deadline}},
      {"order_refund_due", Order::RefundDue{sample_buyer, sample_payment, "ch_1", sample_time}},
      {"order_refunded", Order::Refunded{sample_buyer, sample_payment}},
      {"order_refund_refused",
       Order::RefundRefused{sample_buyer, sample_payment, "The charge is disputed.", sample_time}},
      {"order_operator_settled",
       Order::OperatorSettled{sample_buyer, sample_payment, Order::Verdict::not_charged,
                              "Not in the gateway's books: Zoë", sample_time}},
  };
}

// What a sample reads as in the golden file of an older schema: without what came later.
template <class Event>
Event as_of_schema(Event event, std::uint16_t schema) {
  if constexpr (std::is_same_v<Event, Order::Event>)
    if (auto* declined = std::get_if<Order::PaymentDeclined>(&event))
      if (schema < 2) declined->code.clear();
  return event;
}

inline Samples<Account> samples(const Account*) {
  return {{"account_signed_up", Account::SignedUp{sample_seller, "Zoë@example.com",
                                                  "scrypt$16384$8$1$c2FsdA$aGFzaA", sample_time}}};
}

inline Samples<RequestKey> samples(const RequestKey*) {
  return {{"request_key_claimed",
           RequestKey::Claimed{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255},
                               sample_ticket.bytes(),
                               sample_time}}};
}

}  // namespace usher::test
