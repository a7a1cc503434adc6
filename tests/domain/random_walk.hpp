// Random walks: an aggregate under random commands from a small world, so that they collide.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <variant>
#include <vector>

#include "tests/domain/examples.hpp"
#include "tests/support/dice.hpp"

namespace usher::test {

inline constexpr TimeMs walk_begins = 1'000;
inline constexpr TimeMs walk_deadline = 1'600;  // of the order that is walked

// One command and what came of it.
template <class A>
struct Step {
  std::optional<typename A::State> before;
  typename A::Command command;
  TimeMs now;
  typename A::Decision decision;
  std::optional<typename A::State> after;
};

// Calls `see` with every step. `state` is where the walk begins.
template <class A, class NextCommand, class NextTime, class See>
void walk(std::optional<typename A::State> state, int steps, NextCommand next_command,
          NextTime next_time, See see) {
  TimeMs now = walk_begins;
  for (int i = 0; i < steps; ++i) {
    now = next_time(now);
    Step<A> step{state, next_command(state), now, {}, {}};
    step.decision = A::decide(state ? &*state : nullptr, step.command, now);
    if (step.decision)
      for (const auto& event : step.decision->events)
        state = A::evolve(state ? &*state : nullptr, event);
    step.after = state;
    see(step);
  }
}

inline Ticket::Command any_ticket_command(Dice& dice) {
  static const std::vector<UserId> people{alice, bob, eve};
  static const std::vector<OrderId> orders{bobs_order, eves_order, OrderId::mint(0, slot, 9)};
  const Money price{dice.between(1, 3) * 500};
  switch (dice.below(6)) {
    case 0:
      return Ticket::Create{{dice.any_of(people), "first", price}};
    case 1:
    case 2:
      return Ticket::Edit{dice.any_of(people), dice.one_in(2) ? "first" : "second", price};
    case 3:
      return Ticket::Reserve{dice.any_of(orders), dice.any_of(people), dice.between(1, 100)};
    case 4:
      return Ticket::Release{dice.any_of(orders), dice.between(0, 5'000)};
    default:
      // Seldom: a sold ticket ends the interesting part.
      if (!dice.one_in(4)) return Ticket::Release{dice.any_of(orders), dice.between(0, 5'000)};
      return Ticket::Sell{dice.any_of(orders), dice.between(0, 5'000)};
  }
}

// Often names the newest attempt: it is the one that may be in flight.
inline PaymentId any_payment(Dice& dice, const Order::State& order) {
  if (!order.payments.empty() && dice.one_in(2)) return order.payments.back().id;
  return payment(dice.below(60));
}

inline Order::Command any_order_command(Dice& dice, const Order::State& order) {
  const PaymentId some_payment = any_payment(dice, order);
  switch (dice.below(14)) {
    case 0:
    case 1:
    case 2:
      return Order::StartPayment{some_payment, dice.one_in(8) ? eve : bob, "tok"};
    case 3:
      // Seldom for the one in flight: a paid order ends the interesting part.
      if (order.status == Order::Status::awaiting_payment && !dice.one_in(8))
        return Order::SettlePayment{order.payments.front().id, Order::Captured{"ch"}};
      return Order::SettlePayment{some_payment, Order::Captured{"ch"}};
    case 4:
    case 5:
    case 6:
      return Order::SettlePayment{some_payment, Order::Refused{"no", "card_declined"}};
    case 7:
      if (dice.one_in(2)) return Order::SettleRefund{some_payment, "never"};
      return Order::SettleRefund{some_payment, std::nullopt};
    case 12:
      // Seldom "captured" for the one in flight, as above.
      if (!dice.one_in(8))
        return Order::SettleByOperator{
            some_payment,
            dice.one_in(2) ? Order::Verdict::not_charged : Order::Verdict::refunded,
            {},
            "seen in the books"};
      return Order::SettleByOperator{some_payment, Order::Verdict::captured, "ch", "seen"};
    case 13:
      return Order::Remind{ReminderName::look_up};
    case 8:
      if (dice.one_in(12)) return Order::Cancel{dice.one_in(2) ? eve : bob};
      return Order::Remind{ReminderName::settle};
    case 9:
      return Order::Remind{ReminderName::expire};
    case 10:
      return Order::Remind{ReminderName::refund};
    default:
      return Order::Remind{ReminderName::tell_ticket};
  }
}

// Passes slowly, and likes the two milliseconds around the deadline.
inline TimeMs any_later_time(Dice& dice, TimeMs now) {
  if (dice.one_in(300) && now < walk_deadline - 1) return walk_deadline - 1;
  if (dice.one_in(300) && now < walk_deadline) return walk_deadline;
  return now + dice.between(0, 2);
}

inline Order::State walked_order() {
  return Order::evolve(
      nullptr,
      Order::Placed{{ticket_id, "Front row", Money{1'999}, 1}, bob, walk_begins, walk_deadline});
}

template <class See>
void walk_ticket(Seed seed, int steps, See see) {
  Dice dice{seed};
  walk<Ticket>(
      std::nullopt, steps, [&](const auto&) { return any_ticket_command(dice); },
      [&](TimeMs now) { return now + dice.between(0, 50); }, see);
}

template <class See>
void walk_order(Seed seed, int steps, See see) {
  Dice dice{seed};
  walk<Order>(
      walked_order(), steps, [&](const auto& order) { return any_order_command(dice, *order); },
      [&](TimeMs now) { return any_later_time(dice, now); }, see);
}

// How often each kind of event happened: a walk that never met one proves nothing about it.
template <class A>
class Coverage {
 public:
  void count(const std::vector<typename A::Event>& events) {
    for (const auto& event : events) ++seen_[event.index()];
  }
  [[nodiscard]] const auto& seen() const { return seen_; }

 private:
  std::array<int, std::variant_size_v<typename A::Event>> seen_{};
};

}  // namespace usher::test
