#include "actors/runtime/mutations.hpp"

#include <algorithm>
#include <array>

namespace usher {
namespace {

void forget(Derived& derived, ReminderName name, bool set) {
  std::erase_if(derived.reminders, [&](const ReminderChange& change) {
    return change.set == set && change.key.name == static_cast<std::uint8_t>(name);
  });
}

}  // namespace

std::string_view name_of(Mutation mutation) {
  static constexpr std::array<std::string_view, mutation_count + 1> names = {
      "none",
      "reply_before_append",
      "ignore_if_version",
      "forget_tell_ticket",
      "forget_settle",
      "forget_expire",
      "lose_rows",
      "skip_birth",
      "lose_reminders_on_restart",
      "new_key_per_attempt",
      "unknown_is_declined",
      "stale_recovery",
      "forget_settled_reminder",
      "skip_epoch_check",
      "expire_in_flight",
      "sell_twice",
      "release_anybody",
      "failed_is_refused",
      "read_uncommitted",
      "lose_watchers",
      "forget_refund",
      "execute_late",
      "believe_absence",
  };
  return names.at(static_cast<std::size_t>(mutation));
}

void mutate(const RuntimeOptions& options, Derived& derived) {
  switch (static_cast<Mutation>(options.mutation)) {
    case Mutation::forget_tell_ticket:
      return forget(derived, ReminderName::tell_ticket, true);
    case Mutation::forget_settled_reminder:
      return forget(derived, ReminderName::tell_ticket, false);
    case Mutation::forget_settle:
      return forget(derived, ReminderName::settle, true);
    case Mutation::forget_refund:
      return forget(derived, ReminderName::refund, true);
    case Mutation::forget_expire:
      return forget(derived, ReminderName::expire, true);
    case Mutation::lose_rows:
      if (!derived.rows.empty()) derived.rows.pop_back();
      return;
    case Mutation::skip_birth:
      return derived.births.clear();
    default:
      return;
  }
}

void mutate(const RuntimeOptions& options, const Ticket::State* state,
            const Ticket::Command& command, TimeMs now, Ticket::Decision& decided) {
  if (options.mutation == 0 || !state || !state->hold || state->hold->sold) return;
  const auto* reserve = std::get_if<Ticket::Reserve>(&command);
  if (reserve && !decided && mutated(options, Mutation::sell_twice))
    decided = Accepted<Ticket::Event, Ticket::Effect>{
        {Ticket::Reserved{state->listing, reserve->order, reserve->buyer, now,
                          now + reserve->hold_ms}},
        {}};
  const auto* release = std::get_if<Ticket::Release>(&command);
  if (release && decided && decided->events.empty() && mutated(options, Mutation::release_anybody))
    decided->events.emplace_back(
        Ticket::Released{state->listing, state->hold->order, release->ended_at});
}

void mutate(const RuntimeOptions& options, const Order::State* state, const Order::Command& command,
            TimeMs now, Order::Decision& decided) {
  const auto* remind = std::get_if<Order::Remind>(&command);
  if (!mutated(options, Mutation::expire_in_flight) || !state || !remind || !decided) return;
  if (state->status != Order::Status::awaiting_payment || now < state->deadline) return;
  decided->effects.clear();
  decided->events.emplace_back(
      Order::Cancelled{state->buyer, state->ticket.id, Order::Reason::expired, now});
}

void mutate(const RuntimeOptions& options, Journal& journal, std::span<Append> appends,
            std::vector<tl::expected<Appended, StorageError>>& outcomes) {
  if (!mutated(options, Mutation::skip_epoch_check)) return;
  constexpr int epochs_max = 1'000;  // ahead of the deposed one
  for (std::size_t i = 0; i < appends.size(); ++i)
    for (int ahead = 0;
         ahead < epochs_max && !outcomes[i] && outcomes[i].error() == StorageError::stale_epoch;
         ++ahead) {
      ++appends[i].epoch;
      outcomes[i] = journal.write(appends.subspan(i, 1)).front();
    }
}

}  // namespace usher
