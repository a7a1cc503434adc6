// What the shop's aggregates want to be reminded of.
#pragma once

#include <cstdint>

#include "actors/runtime/model/reminder.hpp"

namespace usher {

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

}  // namespace usher
