// A reminder that an aggregate wants: a pure function of its state (Order::reminders), so timers
// are derived from facts and cannot drift from them. The host writes the difference between before
// and after an event into the event's own batch; rebuilding replays the same function.
#pragma once

#include <cstdint>

#include "actors/market/domain/ids.hpp"

namespace usher {

// Persisted as one byte: never renumber.
enum class ReminderName : std::uint8_t {
  expire = 1,       // the order's deadline
  settle = 2,       // a charge was started: ask the gateway (again) until its outcome is definite
  tell_ticket = 3,  // the order has ended: tell its ticket until that has recorded it
  refund = 4,       // money came for an order that can't be completed: give it back
};

// The event that sets such a reminder sets off its effect too, so the reminder is for the second
// time and those after it.
[[nodiscard]] constexpr bool repeats_an_effect(ReminderName name) {
  return name != ReminderName::expire;
}

struct Reminder {
  ReminderName name;
  TimeMs due;
  auto operator<=>(const Reminder&) const = default;
};

}  // namespace usher
