// The ticket shop as an application of the runtime (actors/runtime/application.hpp): which
// aggregates it has, and what `verify` checks of them together.
#pragma once

#include <cstdint>
#include <vector>

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/hosting.hpp"
#include "actors/market/options.hpp"
#include "actors/runtime/application.hpp"
#include "actors/runtime/projections/replay.hpp"

namespace usher {

struct TicketShop {
  // Directories were the shop's before they had names.
  static ApplicationName application() { return {"tickets", true}; }
  using Aggregates = AggregateList<Ticket, Order, Account>;

  struct Tally : ReplayCounts {
    std::uint64_t tickets = 0, orders = 0, accounts = 0, request_keys = 0;
    std::uint64_t live_orders = 0, complete_orders = 0, cancelled_orders = 0;
  };
  // The promises that the records can show: P1, P3, and that every ended order's ticket has been
  // told or a reminder says so.
  static void check(const ReplayedShard<TicketShop>& shard, Tally& tally,
                    const ReplayReport& report);

  static std::vector<ReminderRule> reminder_rules(const MarketOptions& options);
};

extern template class ReplayOf<TicketShop>;
using Replay = ReplayOf<TicketShop>;

}  // namespace usher
