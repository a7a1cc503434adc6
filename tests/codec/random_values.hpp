// Events and states with any content, far beyond what the domain would make.
#pragma once

#include <algorithm>
#include <limits>
#include <type_traits>

#include "actors/market/codec/event_codec.hpp"
#include "tests/support/dice.hpp"

namespace usher::test {

// Small, any, and the ends of the range.
inline std::int64_t any_number(Dice& dice) {
  switch (dice.below(4)) {
    case 0:
      return dice.between(-300, 300);
    case 1:
      return std::numeric_limits<std::int64_t>::min();
    case 2:
      return std::numeric_limits<std::int64_t>::max();
    default:
      return static_cast<std::int64_t>(dice.bits());
  }
}
inline Version any_version(Dice& dice) { return dice.bits() >> dice.below(64); }
inline std::string any_text(Dice& dice) { return dice.bytes(dice.one_in(10) ? 400 : 20); }
inline UserId any_user(Dice& dice) { return {any_text(dice)}; }
inline Money any_money(Dice& dice) { return {any_number(dice)}; }

template <std::size_t Size>
std::array<std::uint8_t, Size> any_bytes(Dice& dice) {
  std::array<std::uint8_t, Size> bytes{};
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(dice.bits()); });
  return bytes;
}
template <class AnId>
AnId any_id(Dice& dice) {
  return AnId{any_bytes<AnId::size>(dice)};
}
template <class Enum>
Enum any_of_first(std::int64_t count, Dice& dice) {
  return static_cast<Enum>(dice.between(1, count));
}

inline Ticket::Listing any_listing(Dice& dice) {
  return {any_user(dice), any_text(dice), any_money(dice)};
}
inline Order::Bought any_bought(Dice& dice) {
  return {any_id<TicketId>(dice), any_text(dice), any_money(dice), any_version(dice)};
}

inline Ticket::Event any_event(std::type_identity<Ticket>, Dice& dice) {
  const auto order = any_id<OrderId>(dice);
  switch (dice.below(5)) {
    case 0:
      return Ticket::Created{any_listing(dice), any_number(dice)};
    case 1:
      return Ticket::Edited{any_listing(dice)};
    case 2:
      return Ticket::Reserved{any_listing(dice), order, any_user(dice), any_number(dice),
                              any_number(dice)};
    case 3:
      return Ticket::Released{any_listing(dice), order, any_number(dice)};
    default:
      return Ticket::Sold{any_listing(dice), order, any_number(dice)};
  }
}

inline Order::Event any_event(std::type_identity<Order>, Dice& dice) {
  const auto buyer = any_user(dice);
  const auto payment = any_id<PaymentId>(dice);
  switch (dice.below(9)) {
    case 0:
      return Order::Placed{any_bought(dice), buyer, any_number(dice), any_number(dice)};
    case 1:
      return Order::PaymentStarted{buyer, payment, any_text(dice), any_number(dice)};
    case 2:
      return Order::PaymentDeclined{buyer, payment, any_text(dice), any_text(dice)};
    case 3:
      return Order::Paid{buyer, payment, any_text(dice), any_number(dice)};
    case 4:
      return Order::Cancelled{buyer, any_id<TicketId>(dice), any_of_first<Order::Reason>(2, dice),
                              any_number(dice)};
    case 5:
      return Order::RefundDue{buyer, payment, any_text(dice), any_number(dice)};
    case 6:
      return Order::RefundRefused{buyer, payment, any_text(dice), any_number(dice)};
    case 7:
      return Order::OperatorSettled{buyer, payment, any_of_first<Order::Verdict>(3, dice),
                                    any_text(dice), any_number(dice)};
    default:
      return Order::Refunded{buyer, payment};
  }
}

inline Account::Event any_event(std::type_identity<Account>, Dice& dice) {
  if (dice.one_in(2))
    return Account::SignedOut{any_user(dice), any_version(dice), any_number(dice)};
  return Account::SignedUp{any_user(dice), any_text(dice), any_text(dice), any_number(dice)};
}

inline RequestKey::Event any_event(std::type_identity<RequestKey>, Dice& dice) {
  return RequestKey::Claimed{any_bytes<16>(dice), any_bytes<12>(dice), any_number(dice)};
}

inline Ticket::State any_state(std::type_identity<Ticket>, Dice& dice) {
  Ticket::State state{any_listing(dice), any_number(dice), std::nullopt};
  if (dice.one_in(2))
    state.hold = Ticket::Hold{any_id<OrderId>(dice), any_number(dice), dice.one_in(2)};
  return state;
}

inline Order::State any_state(std::type_identity<Order>, Dice& dice) {
  Order::State state{any_bought(dice),
                     any_user(dice),
                     any_of_first<Order::Status>(4, dice),
                     any_number(dice),
                     any_number(dice),
                     any_number(dice),
                     {}};
  for (std::size_t i = dice.below(Order::payments_max + 1); i > 0; --i)
    state.payments.push_back({any_id<PaymentId>(dice), any_of_first<Order::PaymentStatus>(7, dice),
                              any_text(dice), any_text(dice), any_number(dice), any_text(dice)});
  return state;
}

inline Account::State any_state(std::type_identity<Account>, Dice& dice) {
  return {any_user(dice), any_text(dice), any_text(dice), any_number(dice),
          dice.one_in(2) ? 0 : any_version(dice)};
}

inline RequestKey::State any_state(std::type_identity<RequestKey>, Dice& dice) {
  return {any_bytes<16>(dice), any_bytes<12>(dice)};
}

}  // namespace usher::test
