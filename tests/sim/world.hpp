// The machine under a simulated node: CAF's test coordinator, one virtual clock, and the power
// switch. Everything runs on the calling thread, one message of one actor at a time, and the dice
// say whose turn it is.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/fwd.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "tests/sim/names.hpp"
#include "tests/sim/trace.hpp"
#include "tests/support/dice.hpp"

namespace usher::sim {

using test::Dice;
using test::Seed;

class World {
 public:
  // What a message says, in the trace.
  using Describe = std::string (*)(const caf::mailbox_element& message);
  explicit World(Trace& trace, Describe describe = name_of);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] caf::actor_system& actors() { return actors_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }

  // ---- time: it passes only here

  // Since some moment; it does not jump.
  [[nodiscard]] DurationMs steady_ms() const;

  // Time passes, timers fire (their messages wait for their turn).
  void pass(DurationMs ms);
  // The wall clock is set forward or back; timers do not notice.
  void jump(DurationMs ms) { clock_.jumped_us += ms * 1000; }
  // Until the next timer; nullopt: there is none.
  [[nodiscard]] std::optional<DurationMs> next_timer() const;

  // ---- turns

  [[nodiscard]] bool has_job() const { return !jobs().empty(); }
  // One message of one actor that has some, drawn by the dice. False: nobody has any (or only the
  // one that is held back).
  bool run_one(Dice& dice);
  // `actor` gets no turn until release() (a slow disk, seen from the journal actor).
  void hold_back(const caf::actor& actor);
  void release() { held_back_ = nullptr; }
  // Sees every message that waits for the actor whose turn it is, before the turn; may change it.
  using Tap = std::function<void(const caf::actor& receiver, caf::mailbox_element& message)>;
  void tap(Tap tap) { tap_ = std::move(tap); }
  // The one that is held back has something to do.
  [[nodiscard]] bool is_held_back_waiting() const;

  // How many live that have had a turn and whose kind (names.hpp) begins so.
  [[nodiscard]] std::size_t count(std::string_view kind);

  // kill -9: every actor is gone, with all messages and timers. What they held is destroyed.
  void crash();

 private:
  struct VirtualClock final : Clock {
    explicit VirtualClock(const caf::detail::test_actor_clock& source) : timers(source) {}
    [[nodiscard]] std::int64_t now_us() const override;
    const caf::detail::test_actor_clock& timers;
    std::int64_t jumped_us = 0;
  };
  struct Config : caf::actor_system_config {
    Config();
  };
  // An actor that has had a turn since the last crash.
  struct Known {
    caf::strong_actor_ptr self;  // so that no address is used twice
    caf::scheduled_actor* actor = nullptr;
    std::uint64_t number = 0;  // in the order of the first turns
  };

  [[nodiscard]] std::deque<caf::resumable*>& jobs() { return scheduler_.jobs; }
  [[nodiscard]] const std::deque<caf::resumable*>& jobs() const { return scheduler_.jobs; }
  const Known& known(caf::resumable* job);
  void show_mailbox(const Known& known);
  void note_turn(const Known& known, std::size_t ready);

  Trace& trace_;
  const Describe describe_;
  Config config_;
  caf::actor_system actors_;
  caf::scheduler::test_coordinator& scheduler_;
  VirtualClock clock_;
  std::unordered_map<caf::resumable*, Known> known_;
  caf::resumable* held_back_ = nullptr;
  Tap tap_;
};

}  // namespace usher::sim
