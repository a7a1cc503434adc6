#include "tests/sim/world.hpp"

#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <chrono>
#include <utility>

#include "base/invariant.hpp"
#include "tests/sim/names.hpp"

namespace usher::sim {
namespace {

// 2024-01-01: some moment after which ids, deadlines and stamps look as they do in production.
constexpr std::int64_t epoch_us = 1'704'067'200'000'000;

}  // namespace

std::int64_t World::VirtualClock::now_us() const {
  using namespace std::chrono;
  return epoch_us + jumped_us +
         duration_cast<microseconds>(timers.current_time.time_since_epoch()).count();
}

World::Config::Config() {
  set("scheduler.policy", caf::atom("testing"));
  set("scheduler.max-threads", std::size_t{1});
}

World::World(Trace& trace, Describe describe)
    : trace_(trace),
      describe_(describe),
      actors_(config_),
      scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(actors_.scheduler())),
      clock_(scheduler_.clock()) {
  while (!jobs().empty()) scheduler_.run_once();  // CAF's own servers get ready
}

World::~World() { crash(); }

DurationMs World::steady_ms() const {
  using namespace std::chrono;
  return duration_cast<milliseconds>(clock_.timers.current_time.time_since_epoch()).count();
}

void World::pass(DurationMs ms) { scheduler_.advance_time(std::chrono::milliseconds(ms)); }

std::optional<DurationMs> World::next_timer() const {
  const auto& clock = scheduler_.clock();
  const auto& schedule = clock.schedule();
  if (schedule.empty()) return std::nullopt;
  const auto wait =
      std::chrono::ceil<std::chrono::milliseconds>(schedule.begin()->first - clock.current_time);
  return std::max<DurationMs>(wait.count(), 0);
}

const World::Known& World::known(caf::resumable* job) {
  const auto [place, is_new] = known_.try_emplace(job);
  if (is_new) {
    auto* actor = dynamic_cast<caf::scheduled_actor*>(job);
    INVARIANT(actor != nullptr);  // a simulated node has event-based actors only
    place->second = {caf::strong_actor_ptr{actor->ctrl()}, actor, known_.size()};
  }
  return place->second;
}

bool World::run_one(Dice& dice) {
  auto& ready = jobs();
  if (ready.empty() || (ready.size() == 1 && ready.front() == held_back_)) return false;
  std::size_t turn = dice.below(ready.size());
  if (ready[turn] == held_back_) turn = (turn + 1) % ready.size();
  std::swap(ready.front(), ready[turn]);
  const auto& turn_of = known(ready.front());
  if (tap_) show_mailbox(turn_of);
  note_turn(turn_of, ready.size());
  scheduler_.run_once();
  return true;
}

void World::show_mailbox(const Known& known) {
  const auto receiver = caf::actor_cast<caf::actor>(known.self);
  const auto show = [&](const caf::mailbox_element& message) {
    tap_(receiver, const_cast<caf::mailbox_element&>(message));
  };
  static_cast<void>(known.actor->mailbox().peek());  // what has come stands in the queues now
  known.actor->get_urgent_queue().peek_all(show);
  known.actor->get_normal_queue().peek_all(show);
}

void World::note_turn(const Known& known, std::size_t ready) {
  const auto* message = known.actor->mailbox().peek();
  const std::uint64_t kind = message ? kind_of(*message) : 0;
  trace_.note("turn", {known.number, kind, ready}, [&] {
    return "  " + name_of(*known.actor) + "#" + std::to_string(known.number) + " <- " +
           (message ? describe_(*message) : std::string{"start"});
  });
}

void World::hold_back(const caf::actor& actor) {
  held_back_ = dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(actor));
}

bool World::is_held_back_waiting() const {
  return held_back_ != nullptr &&
         std::find(jobs().begin(), jobs().end(), held_back_) != jobs().end();
}

std::size_t World::count(std::string_view kind) {
  return static_cast<std::size_t>(
      std::count_if(known_.begin(), known_.end(), [kind](const auto& known) {
        auto* actor = known.second.actor;
        return !actor->mailbox().closed() && name_of(*actor).starts_with(kind);
      }));
}

void World::crash() {
  held_back_ = nullptr;
  // No actor takes a turn any more: each is ended where it stands, also one that awaits a response
  // (an exit message would wait in its mailbox). Ending one may wake another: until all are gone.
  scheduler_.clock().cancel_all();
  while (true) {
    for (auto* job : jobs()) known(job);
    bool is_any_left = false;
    // In the order of their numbers: what the dying ones set off must not depend on addresses.
    std::vector<const Known*> all;
    for (const auto& [job, each] : known_) all.push_back(&each);
    std::sort(all.begin(), all.end(),
              [](const Known* a, const Known* b) { return a->number < b->number; });
    for (const auto* each : all) {
      if (each->actor->mailbox().closed()) continue;
      is_any_left = true;
      each->actor->quit(caf::exit_reason::kill);
      const bool is_gone = each->actor->finalize();
      INVARIANT(is_gone);
    }
    if (!is_any_left) break;
  }
  for (auto* job : std::exchange(jobs(), {})) caf::intrusive_ptr_release(job);
  scheduler_.clock().cancel_all();
  known_.clear();
}

}  // namespace usher::sim
