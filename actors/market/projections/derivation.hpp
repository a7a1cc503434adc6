// What follows from events besides themselves: rows, reminders, and births of other aggregates.
// Pure; used by the live hosts, by `usher verify` and by `usher rebuild`: that replay equals live
// (P6) rests on there being one such function.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/domain/purchase.hpp"
#include "actors/market/projections/rows.hpp"
#include "persistence/journal.hpp"

namespace usher {

// What goes into the append beside the aggregate's own events.
struct Derived {
  std::vector<StreamAppend> births;
  std::vector<ReminderChange> reminders;
  std::vector<RowChange> rows;
};

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
  detail::change_rows(stream, before ? rows_of(key, *before) : std::vector<ViewRow>{},
                      rows_of(key, after), out);
  detail::change_reminders(stream, before ? A::reminders(*before) : std::vector<Reminder>{},
                           A::reminders(after), out);
}

// The reminder of another aggregate that this event settles: the ticket has recorded how its order
// ended, so the order need not tell it any more.
[[nodiscard]] std::optional<ReminderKey> settled_by(const Ticket::Event& event);
template <class Event>
std::optional<ReminderKey> settled_by(const Event&) {
  return std::nullopt;
}

// The order that a Reserved event gives birth to: its first record, snapshot, row and reminder.
void derive_births(const TicketId& ticket, Version version_before, const Ticket::Event& event,
                   Derived& out);
template <class Key, class Event>
void derive_births(const Key&, Version, const Event&, Derived&) {}

// All that follows from `events`, which turn `before` into `after`.
template <class A>
Derived derive(const typename A::Key& key, const typename A::State* before, Version before_version,
               std::span<const typename A::Event> events, const typename A::State& after) {
  Derived out;
  for (std::size_t i = 0; i < events.size(); ++i) {
    derive_births(key, before_version + i, events[i], out);
    if (auto settled = settled_by(events[i])) out.reminders.push_back({*std::move(settled), false});
  }
  derive_state<A>(key, before, after, out);
  return out;
}

}  // namespace usher
