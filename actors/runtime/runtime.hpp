// What the actors of one node share: the clock, the options, the gauges and each other's addresses.
// Filled by the Node before the first message is sent, not changed after it, freed after the last
// actor is gone.
#pragma once

#include <array>
#include <atomic>
#include <caf/actor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/runtime/model/reminder.hpp"
#include "actors/runtime/shard_map.hpp"
#include "base/clock.hpp"
#include "persistence/journal.hpp"

namespace usher {

struct RuntimeOptions {
  ShardNumber shard_count = 64;
  std::size_t active_aggregates_max = 400'000;  // per node: past it the least recently used go
  DurationMs passivate_idle_ms = 60'000;        // an aggregate unused for so long goes
  std::size_t waiting_commands_max = 4'096;     // per aggregate: past it overloaded
  std::size_t batch_commands_max = 512;         // of one aggregate in one append
  std::size_t group_commit_appends_max = 512;   // in one sync
  std::size_t asks_in_flight_max = 16'384;      // per node: past it overloaded
  DurationMs stalled_append_ms = 5'000;         // then what waits is answered: unknown
  DurationMs reminder_window_ms = 60'000;       // how far ahead reminders are held in memory
  std::size_t reminder_page = 512;              // reminders read at once
  DurationMs reminder_tick_ms = 1'000;          // how late a reminder may fire (also: clock jumps)
  DurationMs reminder_retry_ms_min = 1'000;     // repeated until the fact clears it,
  DurationMs reminder_retry_ms_max = 60'000;    // doubling up to this
  std::size_t reader_threads = 2;
  std::size_t reader_queue_max = 1'024;  // jobs: past it overloaded
  DurationMs job_ms_max = 300'000;       // of any worker: then the job is given up
  std::size_t scheduler_threads = 2;
  bool recover_from_memory = true;  // at once, what the store has there; else by a reader
  bool keep_snapshots = true;       // false, for tests: whoever is read is replayed
  bool simulated = false;           // event-based actors only, no threads
  bool operator==(const RuntimeOptions&) const = default;
};

// How reminders of one name are repeated; the application says which are not as the options say.
struct ReminderRule {
  ReminderName name;
  // The event that sets such a reminder sets off its effect too, so the reminder is for the second
  // time and those after it.
  bool repeats_an_effect = false;
  DurationMs retry_ms_min = 1'000;
  DurationMs retry_ms_max = 60'000;
  // Since when the oldest one is due is a figure (Runtime::oldest_shown).
  bool shows_its_age = false;
};

// Read by metrics; written by actors. Relaxed: figures, not facts.
struct Gauges {
  std::atomic<std::int64_t> active_aggregates{0};
  std::atomic<std::int64_t> asks_in_flight{0};
  std::atomic<std::uint64_t> asks{0};
  // Answered by no decision of the domain: by its Failure (answers.hpp).
  static constexpr std::size_t failure_kinds = 4;
  std::array<std::atomic<std::uint64_t>, failure_kinds> asks_failed{};
  std::atomic<std::uint64_t> activations{0};
  std::atomic<std::uint64_t> passivations{0};
  std::atomic<std::uint64_t> commits{0};  // syncs
  std::atomic<std::uint64_t> committed_appends{0};
  std::atomic<std::uint64_t> committed_records{0};
  std::atomic<std::uint64_t> commit_us{0};  // spent in write + sync, in total
  // How many took at most so long; behind the last one: longer.
  static constexpr std::array<std::int64_t, 14> commit_bounds_us{
      100,    250,    500,     1'000,   2'500,   5'000,     10'000,
      25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000, 5'000'000};
  std::array<std::atomic<std::uint64_t>, commit_bounds_us.size() + 1> commit_times{};
  std::atomic<std::int64_t> append_queue{0};      // appends that wait for the next sync
  std::atomic<std::uint64_t> appends_refused{0};  // wrong version or epoch
  std::atomic<std::uint64_t> reminders_fired{0};
  std::atomic<std::int64_t> reminders_near{0};     // held in memory
  std::atomic<std::int64_t> reminders_overdue{0};  // of these: fired, and not yet done
  std::atomic<std::int64_t> reader_queue{0};
  std::atomic<std::uint64_t> jobs_failed{0};    // of all worker pools, by an exception
  std::atomic<std::uint64_t> jobs_given_up{0};  // likewise, as they did not come back
  std::atomic<std::uint64_t> failures{0};       // exceptions that left an actor or a callback
  // Histogram of records per sync: 1, 2, 4, ... (the last bucket takes the rest).
  static constexpr std::size_t commit_size_buckets = 12;
  std::array<std::atomic<std::uint64_t>, commit_size_buckets> commit_sizes{};
  // Set when the journal has failed: the node takes no more commands and has to be restarted.
  std::atomic<bool> journal_failed{false};
  // An actor that the node can't do without has ended by an exception: likewise.
  std::atomic<bool> actor_failed{false};
  // Steady time (steady_time.hpp) when the sync under way began; 0: none is.
  std::atomic<std::int64_t> commit_began_ms{0};
};

class Replicator;
namespace consensus {
class ConsensusCore;
}

struct Runtime {
  // `core`: null for that of a node that is alone.
  Runtime(const Clock& time, const RuntimeOptions& settings, Journal& facts, Gauges& figures,
          std::shared_ptr<consensus::ConsensusCore> core = nullptr);
  ~Runtime();

  const Clock& clock;
  RuntimeOptions options;
  Journal& journal;  // const functions from any actor; what is written goes through `replicator`
  std::unique_ptr<Replicator> replicator;  // of who starts the node, then of the journal actor
  ShardMap shards{options.shard_count};
  Gauges& gauges;
  std::vector<ReminderRule> reminder_rules;
  // The latest time of day in the journal at the start: the clock may have been set back since.
  TimeMs stamped_until = 0;

  caf::actor journal_actor;
  // Worker pools. What the promises need (reminders, and recovering those they are for) waits
  // behind nothing else; a command behind no list; and lists behind each other, by turns.
  caf::actor duty;
  caf::actor readers;  // recover aggregates that are asked for something
  caf::actor lists;    // a line in front of one (fair_line.hpp)
  caf::actor outside;  // the application's own: what its effects are sent to (Outbox)
  std::vector<caf::actor> shard_actors;
  // Called after each commit by one actor at a time, with what was committed, in feed order.
  std::function<void(std::vector<FeedRecord>)> on_committed;
  // Warnings for the operator; any thread. May be empty.
  std::function<void(const std::string&)> log;
  // Of each shard: since when the oldest of its reminders that show their age is due, by the wall
  // clock; 0: none is.
  mutable std::vector<std::atomic<TimeMs>> oldest_shown =
      std::vector<std::atomic<TimeMs>>(options.shard_count);

  [[nodiscard]] const caf::actor& shard_actor(Slot slot) const {
    return shard_actors[shards.shard_of(slot)];
  }
};

}  // namespace usher
