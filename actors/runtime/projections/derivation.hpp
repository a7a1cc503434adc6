// What follows from events besides themselves: rows, reminders, and births of other aggregates.
// Pure; used by the live hosts, by `verify` and by `rebuild`: that replay equals live (P6) rests on
// there being one such function.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "actors/runtime/codec/codec.hpp"
#include "actors/runtime/hosting.hpp"
#include "actors/runtime/model/reminder.hpp"

namespace usher {

namespace detail {

void change_rows(const std::string& stream, std::span<const ViewRow> before,
                 std::span<const ViewRow> after, Derived& out);
void change_reminders(const std::string& stream, std::span<const Reminder> before,
                      std::span<const Reminder> after, Derived& out);

}  // namespace detail

// The difference that moving from `before` (null: not there yet) to `after` makes.
template <class A>
void derive_state(const typename A::Key& key, const typename A::State* before,
                  const typename A::State& after, Derived& out) {
  const std::string stream = stream_of(key);
  detail::change_rows(stream, before ? Hosted<A>::rows(key, *before) : std::vector<ViewRow>{},
                      Hosted<A>::rows(key, after), out);
  detail::change_reminders(stream, before ? A::reminders(*before) : std::vector<Reminder>{},
                           A::reminders(after), out);
}

// All that follows from `events`, which turn `before` into `after`.
template <class A>
Derived derive(const typename A::Key& key, const typename A::State* before, Version before_version,
               std::span<const typename A::Event> events, const typename A::State& after) {
  Derived out;
  for (std::size_t i = 0; i < events.size(); ++i) {
    Hosted<A>::derive_births(key, before_version + i, events[i], out);
    if (auto cleared = Hosted<A>::clears_reminder(events[i]))
      out.reminders.push_back({*std::move(cleared), false});
  }
  derive_state<A>(key, before, after, out);
  return out;
}

}  // namespace usher
