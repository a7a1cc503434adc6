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
  look_up = 5,      // the operator wrote a payment off: look until nothing can have been charged
};

// The event that sets such a reminder sets off its effect too, so the reminder is for the second
// time and those after it.
[[nodiscard]] constexpr bool repeats_an_effect(ReminderName name) {
  return name != ReminderName::expire;
}

// Money of somebody's is at stake until it is cleared: its time is since when.
[[nodiscard]] constexpr bool is_about_money(ReminderName name) {
  return name == ReminderName::settle || name == ReminderName::refund ||
         name == ReminderName::look_up;
}

}  // namespace usher
