// A reminder that an aggregate wants: a pure function of its state (A::reminders), so timers are
// derived from facts and cannot drift from them. The host writes the difference between before and
// after an event into the event's own batch; rebuilding replays the same function.
#pragma once

#include "actors/runtime/model/vocabulary.hpp"
#include "base/ids.hpp"

namespace usher {

struct Reminder {
  ReminderName name;
  TimeMs due;
  auto operator<=>(const Reminder&) const = default;
};

}  // namespace usher
