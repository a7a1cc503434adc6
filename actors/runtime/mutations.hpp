// Defects that the simulator's tests switch on, one at a time, to show that it would find them
// (tests/sim, docs/testing.md). Never on in a server: no configuration reaches this option.
#pragma once

#include <span>
#include <vector>

#include "actors/market/projections/derivation.hpp"
#include "actors/runtime/runtime.hpp"

namespace usher {

enum class Mutation : int {
  none = 0,
  reply_before_append = 1,        // the answer leaves before the events are durable
  ignore_if_version = 2,          // a write based on an old version is taken
  forget_tell_ticket = 3,         // an ended order has no reminder to free its ticket
  forget_settle = 4,              // a started payment has no reminder to ask the gateway again
  forget_expire = 5,              // an order is born without its expiry
  lose_rows = 6,                  // listings miss a change
  skip_birth = 7,                 // a ticket is locked without an order
  lose_reminders_on_restart = 8,  // reminders are not read back from the journal
  new_key_per_attempt = 9,        // the gateway is asked again under another idempotency key
  unknown_is_declined = 10,       // a time-out of the gateway is taken for a "no"
  stale_recovery = 11,            // an aggregate comes back without its last commit
  forget_settled_reminder = 12,   // the ticket's event leaves the order's reminder behind
  skip_epoch_check = 13,          // a deposed incarnation goes on writing under the newest epoch
  expire_in_flight = 14,          // an order expires while its payment is in flight
  sell_twice = 15,                // a held ticket is reserved again
  release_anybody = 16,           // a late Release frees what another order holds by now
  failed_is_refused = 17,         // a failed append is answered with "not done" (it may be on disk)
  read_uncommitted = 18,          // a read shows what is not durable yet
  lose_watchers = 19,             // whoever waits for a payment's outcome in vain is not told so
  forget_refund = 20,             // money that has to go back has no reminder
  execute_late = 21,              // a command is executed after its deadline
  believe_absence = 22,           // an order that was looked for before its birth is never found
};
inline constexpr int mutation_count = 22;
[[nodiscard]] std::string_view name_of(Mutation mutation);

[[nodiscard]] inline bool mutated(const RuntimeOptions& options, Mutation mutation) {
  return options.mutation == static_cast<int>(mutation);
}

// Takes from `derived` what the mutation forgets. Nothing without a mutation; so all of these.
void mutate(const RuntimeOptions& options, Derived& derived);
void mutate(const RuntimeOptions& options, const Ticket::State* state,
            const Ticket::Command& command, TimeMs now, Ticket::Decision& decided);
void mutate(const RuntimeOptions& options, const Order::State* state, const Order::Command& command,
            TimeMs now, Order::Decision& decided);
template <class State, class Command, class Decision>
void mutate(const RuntimeOptions&, const State*, const Command&, TimeMs, Decision&) {}
// What was refused because of its epoch is written all the same.
void mutate(const RuntimeOptions& options, Journal& journal, std::span<Append> appends,
            std::vector<tl::expected<Appended, StorageError>>& outcomes);

}  // namespace usher
