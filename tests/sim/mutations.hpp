// Defects that the simulator's tests switch on, one at a time, to show that it would find them
// (docs/testing.md). The product has no hook for them: a mutant sits between the actors and the
// messages that they get, and between the node and its payment gateway. What a defect of an actor
// would make of a message, the mutant makes of it.
#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "actors/market/options.hpp"
#include "actors/market/workers/payment_gateway.hpp"
#include "actors/runtime/messages.hpp"
#include "base/clock.hpp"
#include "persistence/journal.hpp"
#include "tests/sim/oracle.hpp"

namespace usher::sim {

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
  charge_forgotten_key = 23,      // where it should only look, it charges: the key may be forgotten
  believe_nothing_known = 24,     // what the gateway does not know of yet counts as not charged
  forget_look_up = 25,            // nobody looks any more at what the operator wrote off
  apply_uncommitted = 26,         // what is synced is taken for committed
  lead_under_old_epoch = 27,      // a shard that is led again goes on under its old epoch
  cut_is_not_done = 28,           // a deposed leader's node calls what is in flight not done
  keep_reminder = 29,             // a reminder that was cleared stays in memory
  stuck_gauge = 30,               // a figure of what is under way is not taken back
};
inline constexpr int mutation_count = 30;
[[nodiscard]] std::string_view name_of(Mutation mutation);

class Mutant {
 public:
  // `journal` gives the node's, which comes and goes with it.
  Mutant(int mutation, const Oracle& oracle, const Clock& clock, std::function<Journal*()> journal)
      : mutation_(static_cast<Mutation>(mutation)),
        oracle_(oracle),
        clock_(clock),
        journal_(std::move(journal)) {}

  [[nodiscard]] bool is(Mutation mutation) const { return mutation_ == mutation; }

  // A message that waits for its receiver, in every turn in which it does: what is done to it is
  // done once or harmless to repeat.
  void tap(const caf::actor& receiver, caf::mailbox_element& message);
  // The figures of the node that has started.
  void reach(MarketGauges& gauges) { gauges_ = &gauges; }
  // The node is gone, and what the mutant kept for it.
  void crashed();
  // Another incarnation owns the shard.
  void deposed(ShardNumber shard, Epoch epoch) { newest_[shard] = epoch; }

 private:
  template <class A>
  void on_ask(const caf::actor& receiver, Ask<A>& ask);
  void on_deposed(const caf::actor& receiver);
  template <class A>
  void on_get(Get<A>& get);
  void on_ticket(const caf::actor& receiver, Ask<Ticket>& ask);
  void on_order(Ask<Order>& ask);
  void on_append(Append& append);
  void forget(std::vector<ReminderChange>& reminders) const;

  struct Written {  // of one stream, by its newest append
    StreamVersion expected = 0;
    StreamVersion version = 0;
    std::optional<std::string> state, before;
  };

  Mutation mutation_;
  const Oracle& oracle_;
  const Clock& clock_;
  std::function<Journal*()> journal_;
  std::map<std::string, Written> written_;
  std::map<ShardNumber, Epoch> newest_;
  std::map<ShardNumber, Epoch> ours_;
  std::set<OrderId> absent_, forced_, expired_;
  std::map<caf::actor_id, ShardNumber> shard_at_;  // of who was asked
  std::map<caf::actor_id, Epoch> began_;           // of a shard's actor: the first epoch
  std::map<ShardNumber, std::vector<std::function<void()>>> open_;  // asks, to be refused
  MarketGauges* gauges_ = nullptr;
};

// The gateway as a node with this defect would use it.
class MutantGateway final : public PaymentGateway {
 public:
  MutantGateway(PaymentGateway& true_one, int mutation, const Clock& clock)
      : true_one_(true_one), mutation_(static_cast<Mutation>(mutation)), clock_(clock) {}
  ChargeOutcome charge(const Order::ChargeCard& charge) override;
  LookUpOutcome look_up(const Order::ChargeCard& charge) override;
  AmountLimits limits() const override { return true_one_.limits(); }
  RefundOutcome refund(const Order::GiveBack& refund) override { return true_one_.refund(refund); }

 private:
  PaymentGateway& true_one_;
  Mutation mutation_;
  const Clock& clock_;
  std::set<PaymentId> asked_;
  std::uint64_t ids_ = 0;
};

}  // namespace usher::sim
