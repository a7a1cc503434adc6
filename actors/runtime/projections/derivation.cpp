#include "actors/runtime/projections/derivation.hpp"

#include <algorithm>

namespace usher::detail {

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

}  // namespace usher::detail
