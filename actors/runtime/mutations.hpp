// Defects that the simulator's tests switch on, one at a time, to show that it would find them
// (tests/sim, docs/testing.md). Never on in a server: no configuration reaches this option.
#pragma once

#include "actors/projections/derivation.hpp"
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
  stale_recovery = 11,            // an aggregate comes back without its last event
  forget_settled_reminder = 12,   // the ticket's event leaves the order's reminder behind
  skip_epoch_check = 13,          // a deposed incarnation goes on writing (see Node::depose)
};

[[nodiscard]] inline bool mutated(const RuntimeOptions& options, Mutation mutation) {
  return options.mutation == static_cast<int>(mutation);
}

// Takes from `derived` what the mutation forgets. Nothing without a mutation.
void mutate(const RuntimeOptions& options, Derived& derived);

}  // namespace usher
