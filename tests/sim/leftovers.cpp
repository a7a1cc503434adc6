#include "tests/sim/leftovers.hpp"

#include <limits>

namespace usher::sim {
namespace {

// An order's expiry is told by its ticket, and cleared by itself. Who pays before the ticket has
// been told that it is reserved lets the second word come first; then the expiry stays in memory
// until the restart, and sets nothing off. A fault, and known: no more than these are let through.
constexpr std::int64_t overtaken_max = 2;

std::int64_t stored_reminders(const Journal& journal) {
  constexpr std::size_t all = 1'000'000;
  std::int64_t count = 0;
  for (ShardNumber shard = 0; shard < journal.shard_count(); ++shard) {
    const auto keys =
        journal.read_reminders(shard, {}, std::numeric_limits<std::int64_t>::max(), all);
    if (keys) count += static_cast<std::int64_t>(keys->size());
  }
  return count;
}

std::string differs(const std::string& what, std::int64_t is, std::int64_t should_be) {
  return what + ": " + std::to_string(is) + " instead of " + std::to_string(should_be);
}

}  // namespace

std::string wrong_while_quiet(const Node& node, const Journal& journal, std::size_t asked) {
  const auto& gauges = node.gauges();
  const struct {
    const char* name;
    std::int64_t value;
  } idle[] = {
      {"appends that wait", gauges.append_queue},
      {"readers' jobs", gauges.reader_queue},
      {"passwords' jobs", gauges.password_queue},
      {"the gateway's jobs", gauges.gateway_queue},
      {"payments that are being asked about", gauges.gateway_asking},
      {"the beginning of a sync", gauges.commit_began_ms},
  };
  for (const auto& [name, value] : idle)
    if (value != 0) return differs(name, value, 0);
  const auto waiting = static_cast<std::int64_t>(asked);
  if (gauges.asks_in_flight != waiting)
    return differs("asks in flight", gauges.asks_in_flight, waiting);
  const auto stored = stored_reminders(journal);
  if (gauges.reminders_near > stored + overtaken_max)
    return differs("reminders in memory", gauges.reminders_near, stored) + " at most";
  return {};
}

std::string left_over(const Node& node, const Journal& journal, World& world) {
  const auto& gauges = node.gauges();
  const auto stored = stored_reminders(journal);
  if (gauges.reminders_near < stored || gauges.reminders_near > stored + overtaken_max)
    return differs("reminders in memory", gauges.reminders_near, stored);
  if (gauges.reminders_overdue > overtaken_max)
    return differs("overdue reminders", gauges.reminders_overdue, 0);
  for (const auto& since : node.runtime().oldest_shown)
    if (since != 0) return differs("since when a payment is unsettled", since, 0);
  const auto alive = static_cast<std::int64_t>(world.count("AggregateHost"));
  if (gauges.active_aggregates != alive)
    return differs("aggregates in memory", gauges.active_aggregates, alive);
  if (alive > overtaken_max) return differs("idle aggregates", alive, 0);
  return wrong_while_quiet(node, journal, 0);
}

}  // namespace usher::sim
