#include "tests/sim/ending.hpp"

#include "tests/sim/describe.hpp"

namespace usher::sim {

void Ending::check_quiet(TimeMs now) {
  constexpr int moments_max = 8;
  constexpr DurationMs late_ms_max = 15'000;
  std::map<OrderId, Late> still;
  for (const auto& [id, states] : oracle_.all<Order>()) {
    const auto why = overdue(id, *states.back(), now);
    if (why.empty() || oracle_.is_fenced(shards_.shard_of(id.slot()))) continue;
    const auto known = late_.find(id);
    Late late = known == late_.end() ? Late{now, 0} : known->second;
    if (++late.moments > moments_max && now - late.since > late_ms_max)
      return oracle_.findings().report("P4", brief(id) + why + ", for " +
                                                 std::to_string(now - late.since) +
                                                 " ms in which nobody had anything else to do");
    still.emplace(id, late);
  }
  late_ = std::move(still);
}

// What should have happened to the order by now; empty: nothing.
std::string Ending::overdue(const OrderId& id, const Order::State& order, TimeMs now) const {
  if (order.status == Order::Status::created)
    return now >= order.deadline ? " is past its deadline" : "";
  if (!order.has_ended()) return "";
  const auto* ticket = oracle_.newest<Ticket>(order.ticket.id);
  const bool is_untold = ticket->hold && ticket->hold->order == id && !ticket->hold->sold;
  return is_untold ? " has ended and its ticket has not heard of it" : "";
}

std::string Ending::unsettled() const {
  for (const auto& [id, states] : oracle_.all<Order>()) {
    const auto& order = *states.back();
    if (!order.has_ended()) return brief(id) + " does not end";
    if (const auto why = overdue(id, order, 0); !why.empty()) return brief(id) + why;
    for (const auto& payment : order.payments) {
      if (payment.status == Order::PaymentStatus::refund_due)
        return brief(payment.id) + " is not refunded";
      if (payment.status == Order::PaymentStatus::refund_refused)
        return brief(payment.id) + " is not refunded by hand";
      if (payment.status == Order::PaymentStatus::written_off)
        return brief(payment.id) + " is written off, and looked at for ever";
    }
  }
  return {};
}

}  // namespace usher::sim
