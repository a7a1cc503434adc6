// The runtime's half of an application's door: turns asks into messages to shards and readers, and
// draws ids. Asks return at once; the callback is called exactly once, also on time-out, overload
// and shutdown, on whatever thread. Any thread may call.
#pragma once

#include <algorithm>
#include <atomic>
#include <caf/actor.hpp>
#include <caf/send.hpp>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "actors/runtime/answers.hpp"
#include "actors/runtime/codec/codec.hpp"
#include "actors/runtime/failures.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/projections/history.hpp"
#include "actors/runtime/runtime.hpp"
#include "base/invariant.hpp"

namespace usher {

class Door {
 public:
  // `id_seed`: where the random bits of new ids start.
  Door(const Runtime& runtime, std::uint64_t id_seed) : runtime_(runtime), id_counter_(id_seed) {}

  [[nodiscard]] const Runtime& runtime() const { return runtime_; }

  // Set `until`: an accepted command is answered when that holds, or at the deadline.
  template <class A>
  void ask(typename A::Key key, typename A::Command command, AskOptions options,
           std::function<bool(const Seen<A>&)> until, Callback<Seen<A>> done) {
    auto admitted = admit(std::move(done));
    if (!admitted) return;
    if (runtime_.gauges.journal_failed.load(std::memory_order_relaxed))
      return admitted(tl::unexpected(Refusal{Failure::unavailable, 0, {}}));
    const auto& shard = runtime_.shard_actor(slot_of(key));
    caf::anon_send(shard, Ask<A>{std::move(key), std::move(command), options, std::move(until),
                                 std::move(admitted)});
  }
  template <class A>
  void get(typename A::Key key, TimeMs deadline, Callback<Seen<A>> done) {
    auto admitted = admit(std::move(done));
    if (!admitted) return;
    const auto& shard = runtime_.shard_actor(slot_of(key));
    caf::anon_send(shard, Get<A>{std::move(key), deadline, std::move(admitted)});
  }
  // Runs `work` on a worker of the pool (or of the line in front of one, where clients take turns)
  // and hands its value on.
  template <class T, class Work>
  void run(const caf::actor& pool, const std::string& client, Callback<T> done, Work work) {
    auto admitted = admit(std::move(done));
    if (!admitted) return;
    Job job;
    job.client = client;
    job.refused = [admitted](DurationMs wait_ms) {
      Refusal refusal{Failure::overloaded, 0, {}};
      refusal.retry_after_ms = wait_ms;
      admitted(tl::unexpected(std::move(refusal)));
    };
    job.abandoned = [admitted] { admitted(tl::unexpected(Refusal{Failure::unavailable, 0, {}})); };
    // A job that is dropped is answered by `admitted` itself.
    job.run = [admitted = std::move(admitted), work = std::move(work)] {
      admitted(work());
      return caf::message{};
    };
    caf::anon_send(pool, std::move(job));
  }
  template <class A>
  void history(typename A::Key key, Piece piece, Callback<std::vector<HistoryEntry<A>>> done) {
    const std::string client = piece.client;
    const ShardNumber shard = runtime_.shards.shard_of(slot_of(key));
    run(runtime_.lists, client, std::move(done),
        [&journal = runtime_.journal, shard, key = std::move(key), piece = std::move(piece)] {
          return read_history<A>(journal, shard, key, piece.after, piece.limit);
        });
  }
  void feed(Piece piece, Callback<std::vector<FeedRecord>> done) {
    const std::string client = piece.client;
    run(runtime_.lists, client, std::move(done),
        [&journal = runtime_.journal,
         piece = std::move(piece)]() -> Answered<std::vector<FeedRecord>> {
          auto records = journal.read_feed(piece.after, piece.limit);
          if (!records) return tl::unexpected(Refusal{Failure::unavailable, 0, {}});
          return *std::move(records);
        });
  }

  // An id in the slot, or in any.
  template <class AnId>
  AnId new_id(Slot slot) {
    return AnId::draw(next_draw_us(), slot, next_random());
  }
  template <class AnId>
  AnId new_id() {
    const auto random = next_random();
    return AnId::draw(next_draw_us(), static_cast<Slot>(random >> 48), random);
  }

  // Whatever becomes of what holds it: one that is dropped uncalled is answered as refused. For
  // what an ask sets off behind it, which is not admitted as the ask was.
  template <class T>
  static Callback<T> exactly_once(const Runtime& runtime, Callback<T> done) {
    auto once = std::make_shared<Once<T>>(std::move(done), runtime, /*counts=*/false);
    return [once](Answered<T> value) { once->answer(std::move(value)); };
  }

  // From now on everything is refused as unavailable.
  void close() { closed_.store(true); }

 private:
  static void count_failure(Gauges& gauges, const Refusal& refusal) {
    if (const auto* failure = std::get_if<Failure>(&refusal.why))
      gauges.asks_failed[static_cast<std::size_t>(*failure)].fetch_add(1,
                                                                       std::memory_order_relaxed);
  }

  // Answers once. One that is dropped unanswered (its actor is gone) is answered as refused.
  template <class T>
  class Once {
   public:
    Once(Callback<T> done, const Runtime& runtime, bool counts)
        : done_(std::move(done)), runtime_(runtime), counts_(counts) {}
    ~Once() {
      if (!called_.load(std::memory_order_relaxed))
        answer(tl::unexpected(Refusal{Failure::unavailable, 0, {}}));
    }
    Once(const Once&) = delete;
    Once& operator=(const Once&) = delete;

    // Whoever asked is not ours: what its callback throws ends no actor.
    void answer(Answered<T> value) noexcept {
      if (called_.exchange(true)) return;
      if (counts_) {
        const auto before = runtime_.gauges.asks_in_flight.fetch_sub(1, std::memory_order_relaxed);
        INVARIANT(before > 0);
        if (!value) count_failure(runtime_.gauges, value.error());
      }
      contained(runtime_, "a callback", [&] { done_(std::move(value)); });
    }

   private:
    Callback<T> done_;
    const Runtime& runtime_;
    const bool counts_;
    std::atomic<bool> called_{false};
  };

  // Counts the ask in and, when it is answered, out again. Empty: it was refused.
  template <class T>
  Callback<T> admit(Callback<T> done) {
    auto& gauges = runtime_.gauges;
    const auto refuse = [&](Failure failure) {
      const Refusal refusal{failure, 0, {}};
      count_failure(gauges, refusal);
      done(tl::unexpected(refusal));
      return Callback<T>{};
    };
    if (closed_.load(std::memory_order_relaxed)) return refuse(Failure::unavailable);
    const auto most = static_cast<std::int64_t>(runtime_.options.asks_in_flight_max);
    if (gauges.asks_in_flight.fetch_add(1, std::memory_order_relaxed) >= most) {
      gauges.asks_in_flight.fetch_sub(1, std::memory_order_relaxed);
      return refuse(Failure::overloaded);
    }
    gauges.asks.fetch_add(1, std::memory_order_relaxed);
    auto once = std::make_shared<Once<T>>(std::move(done), runtime_, /*counts=*/true);
    return [once](Answered<T> value) { once->answer(std::move(value)); };
  }

  std::uint64_t next_random() {  // splitmix64: distinct for 2^64 calls
    std::uint64_t z = id_counter_.fetch_add(0x9E3779B97F4A7C15ULL, std::memory_order_relaxed);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

  // No two ids of a node are drawn in one microsecond: who asks for two one after the other sees
  // them sort in this order, also when the clock stands still or jumps back.
  std::int64_t next_draw_us() {
    const std::int64_t now = runtime_.clock.now_us();
    std::int64_t last = last_draw_us_.load(std::memory_order_relaxed);
    while (!last_draw_us_.compare_exchange_weak(last, std::max(now, last + 1),
                                                std::memory_order_relaxed)) {
    }
    return std::max(now, last + 1);
  }

  const Runtime& runtime_;
  std::atomic<std::uint64_t> id_counter_;
  std::atomic<std::int64_t> last_draw_us_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace usher
