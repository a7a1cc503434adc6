// worker_pool: bounded, in order, and gone when it says so.
#include "actors/runtime/worker_pool.hpp"

#include <doctest/doctest.h>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <string>
#include <vector>

#include "actors/runtime/messages.hpp"
#include "tests/support/turn_by_turn.hpp"

using namespace usher;
using namespace usher::testing;

namespace {

struct PoolSpec {
  explicit PoolSpec(std::size_t workers, std::size_t queue_max)
      : pool(spawn_worker_pool(
            turns.system(),
            {.workers = workers, .queue_max = queue_max, .job_ms_max = 0, .simulated = true},
            {&queued})) {}
  ~PoolSpec() { turns.end_all(); }

  // Somebody who sends it, and notes what comes back.
  void send(std::string name) {
    turns.system().spawn([this, name](caf::event_based_actor* self) {
      Job job{[this, name] {
        ran.push_back(name);
        return caf::make_message(name);
      }};
      self->request(pool, caf::infinite, std::move(job))
          .then([this](const std::string& done) { answered.push_back(done); },
                [this, name](const caf::error&) { refused.push_back(name); });
    });
  }
  void stop() {
    turns.system().spawn([this](caf::event_based_actor* self) {
      self->request(pool, caf::infinite, Stop{}).then([this](Stopped) { stopped = true; });
    });
  }

  TurnByTurn turns;
  std::atomic<std::int64_t> queued{0};
  std::vector<std::string> ran, answered, refused;
  bool stopped = false;
  caf::actor pool;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("given one worker, when jobs come, then they run in the order in which they came") {
  PoolSpec spec{1, 10};
  for (const auto* name : {"a", "b", "c"}) spec.send(name);
  spec.turns.run();
  CHECK(spec.ran == Names{"a", "b", "c"});
  CHECK(spec.answered == spec.ran);
  CHECK(spec.queued == 0);
}

TEST_CASE("given a full queue, when another job comes, then it is refused and the others run") {
  PoolSpec spec{1, 2};
  for (const auto* name : {"runs", "waits", "waits too", "is refused"}) spec.send(name);
  spec.turns.run();
  CHECK(spec.refused == Names{"is refused"});
  CHECK(spec.answered == Names{"runs", "waits", "waits too"});
  spec.send("later");
  spec.turns.run();
  CHECK(spec.answered.back() == "later");
  CHECK(spec.queued == 0);
}

TEST_CASE(
    "given jobs, when the pool is stopped, then each is answered or refused before it says so") {
  PoolSpec spec{1, 10};
  for (const auto* name : {"a", "b", "c"}) spec.send(name);
  spec.stop();
  spec.turns.run();
  CHECK(spec.stopped);
  CHECK(spec.answered.size() + spec.refused.size() == 3);
  CHECK(spec.ran == spec.answered);
  CHECK(spec.queued == 0);
}
