// Actors on the test's own thread: nothing runs until the test says so, and time stands still.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <chrono>
#include <set>
#include <utility>

#include "base/clock.hpp"

namespace usher::testing {

class TurnByTurn {
 public:
  TurnByTurn()
      : system_(config_),
        scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())) {
    run();  // CAF's own servers
  }
  ~TurnByTurn() { end_all(); }
  TurnByTurn(const TurnByTurn&) = delete;
  TurnByTurn& operator=(const TurnByTurn&) = delete;

  [[nodiscard]] caf::actor_system& system() { return system_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }

  // Until nobody has a message; timers do not fire.
  void run() {
    while (!scheduler_.jobs.empty()) {
      know_all();
      scheduler_.run_once();
    }
  }
  // Time passes, timers fire, and everybody has their turns.
  void pass(DurationMs ms) {
    clock_.now += ms * 1000;
    scheduler_.advance_time(std::chrono::milliseconds(ms));
    run();
  }
  // Only the wall clock, as when somebody sets it.
  void jump(DurationMs ms) { clock_.now += ms * 1000; }

  // Every actor is gone where it stands. Ending one may wake another: until there is none.
  void end_all() {
    scheduler_.clock().cancel_all();
    for (bool is_any_left = true; std::exchange(is_any_left, false);) {
      know_all();
      const auto all = known_;
      for (const auto& each : all) {
        auto* actor =
            dynamic_cast<caf::scheduled_actor*>(caf::actor_cast<caf::abstract_actor*>(each));
        if (actor->mailbox().closed()) continue;
        is_any_left = true;
        actor->quit(caf::exit_reason::kill);
        actor->finalize();
      }
    }
    for (auto* job : std::exchange(scheduler_.jobs, {})) caf::intrusive_ptr_release(job);
    scheduler_.clock().cancel_all();
    known_.clear();
  }

 private:
  void know_all() {
    for (auto* job : scheduler_.jobs)
      if (auto* actor = dynamic_cast<caf::scheduled_actor*>(job)) known_.emplace(actor->ctrl());
  }

  struct Config : caf::actor_system_config {
    Config() {
      set("scheduler.policy", caf::atom("testing"));
      set("scheduler.max-threads", std::size_t{1});
    }
  };
  struct StandingClock final : Clock {
    [[nodiscard]] std::int64_t now_us() const override { return now; }
    std::int64_t now = 1'704'067'200'000'000;  // 2024-01-01
  };

  Config config_;
  StandingClock clock_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& scheduler_;
  std::set<caf::strong_actor_ptr> known_;  // that have had a turn
};

}  // namespace usher::testing
