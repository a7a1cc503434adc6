#include "actors/market/projections/derivation.hpp"

#include <algorithm>

namespace usher {
namespace detail {

void change_rows(const std::string& stream, std::span<const ViewRow> before,
                 std::span<const ViewRow> after, Derived& out) {
  const auto change = [&](std::span<const ViewRow> rows, std::span<const ViewRow> others,
                          const std::optional<std::string>& value) {
    for (const ViewRow& row : rows)
      if (std::find(others.begin(), others.end(), row) == others.end())
        out.rows.push_back({static_cast<std::uint8_t>(row.view), row.key, value});
  };
  change(before, after, std::nullopt);
  change(after, before, stream);
}

void change_reminders(const std::string& stream, std::span<const Reminder> before,
                      std::span<const Reminder> after, Derived& out) {
  auto change = [&](const Reminder& reminder, bool set) {
    out.reminders.push_back(
        {ReminderKey{reminder.due, stream, static_cast<std::uint8_t>(reminder.name)}, set});
  };
  for (const auto& reminder : before)
    if (std::find(after.begin(), after.end(), reminder) == after.end()) change(reminder, false);
  for (const auto& reminder : after)
    if (std::find(before.begin(), before.end(), reminder) == before.end()) change(reminder, true);
}

}  // namespace detail

std::optional<ReminderKey> settled_by(const Ticket::Event& event) {
  auto told = [](const OrderId& order, TimeMs ended_at) {
    return ReminderKey{ended_at, stream_of(order),
                       static_cast<std::uint8_t>(ReminderName::tell_ticket)};
  };
  if (const auto* released = std::get_if<Ticket::Released>(&event))
    return told(released->order, released->at);
  if (const auto* sold = std::get_if<Ticket::Sold>(&event)) return told(sold->order, sold->at);
  return std::nullopt;
}

void derive_births(const TicketId& ticket, Version version_before, const Ticket::Event& event,
                   Derived& out) {
  const auto* reserved = std::get_if<Ticket::Reserved>(&event);
  if (!reserved) return;
  const Order::Event placed = placed_by(ticket, *reserved, version_before);
  const Order::State order = Order::evolve(nullptr, placed);
  out.births.push_back({stream_of(reserved->order), 0, {encode(placed)}, encode_state(order)});
  derive_state<Order>(reserved->order, nullptr, order, out);
}

}  // namespace usher
