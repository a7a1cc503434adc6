// One example of every event and state that is ever written, for the golden files. The examples and
// their golden files are written once and then never changed. No two fields of a state have the
// same value: one that is written in the place of another does not go unnoticed.
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

inline Samples<Account> samples(const Account*) {
  return {{"account_signed_up", Account::SignedUp{sample_seller, "Zoë@example.com",
                                                  "scrypt$16384$8$1$c2FsdA$aGFzaA", sample_time}},
          {"account_signed_out", Account::SignedOut{sample_seller, 300, sample_time}}};
}

inline Samples<RequestKey> samples(const RequestKey*) {
  return {{"request_key_claimed",
           RequestKey::Claimed{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255},
                               sample_ticket.bytes(),
                               sample_time}}};
}

// What a sample reads as in the golden file of an older schema: without what came later.
inline constexpr auto as_of_schema = []<class T>(T sample, std::uint16_t schema) {
  if constexpr (std::is_same_v<T, Order::Event>)
    if (auto* declined = std::get_if<Order::PaymentDeclined>(&sample); declined && schema < 2)
      declined->code.clear();
  if constexpr (std::is_same_v<T, Order::State>)
    if (schema < 2)
      for (auto& payment : sample.payments) payment.code.clear();
  if constexpr (std::is_same_v<T, Account::State>)
    if (schema < 2) sample.session_version = 0;
  return sample;
};

// ---- states

template <class A>
using StateSamples = std::vector<std::pair<std::string, typename A::State>>;

inline StateSamples<Ticket> state_samples(const Ticket*) {
  return {
      {"ticket_for_sale", {sample_listing, sample_time, std::nullopt}},
      {"ticket_held", {sample_listing, sample_time, Ticket::Hold{sample_order, sample_deadline}}},
      {"ticket_sold", {sample_listing, sample_time, Ticket::Hold{sample_order, 3, true}}}};
}

inline StateSamples<Order> state_samples(const Order*) {
  using Status = Order::PaymentStatus;
  const auto payment = [](std::uint64_t number, Status status) {
    return Order::Payment{PaymentId::mint(1'700'000'000'000'000, 0xBEEF, number),
                          status,
                          "tok_" + std::to_string(number),
                          "detail_" + std::to_string(number),
                          sample_time + static_cast<TimeMs>(number),
                          "code_" + std::to_string(number)};
  };
  const Order::Bought bought{sample_ticket, "Fête №1", Money{1'999}, 300};
  Order::State placed{bought, sample_buyer, Order::Status::created, sample_time, sample_deadline, 0,
                      {}};
  Order::State waiting = placed;
  waiting.status = Order::Status::awaiting_payment;
  waiting.payments = {payment(1, Status::declined), payment(2, Status::started)};
  Order::State ended = placed;
  ended.status = Order::Status::complete;
  ended.ended_at = sample_time + 77;
  ended.payments = {payment(1, Status::declined), payment(2, Status::refund_due),
                    payment(3, Status::refunded), payment(4, Status::captured)};
  return {{"order_placed", placed}, {"order_awaiting_payment", waiting}, {"order_complete", ended}};
}

inline StateSamples<Account> state_samples(const Account*) {
  return {{"account",
           {sample_seller, "Zoë@example.com", "scrypt$16384$8$1$c2FsdA$aGFzaA", sample_time, 300}}};
}

inline StateSamples<RequestKey> state_samples(const RequestKey*) {
  return {{"request_key",
           {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255}, sample_ticket.bytes()}}};
}

}  // namespace usher::test
