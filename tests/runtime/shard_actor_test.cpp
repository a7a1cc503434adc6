// shard_actor: who is in memory, who waits at the door, and that nobody is forgotten.
#include "actors/runtime/shard_actor.hpp"

#include <doctest/doctest.h>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/send.hpp>
#include <utility>
#include <vector>

#include "actors/runtime/door.hpp"
#include "tests/runtime/counters.hpp"

using namespace usher;
using namespace usher::counters;

namespace {

constexpr DurationMs patience_ms = 10'000;

struct ShardSpec : Bench {
  explicit ShardSpec(RuntimeOptions wanted = {})
      : Bench(wanted),
        node(turns.system(),
             {.clock = turns.clock(),
              .journal = *journal,
              .options = options,
              .reminder_rules = {},
              .gauges = gauges,
              .on_committed = {}},
             spawn_shard_actor<Counters>),
        door(node.runtime(), 1) {}
  ~ShardSpec() { turns.end_all(); }

  static CounterId id(std::uint64_t number) { return CounterId::mint(0, 0, number); }

  void add(std::uint64_t number, Counter::Add add) {
    ++asked;
    door.ask<Counter>(id(number), add, {now() + patience_ms, {}}, {},
                      [this](Answered<Seen<Counter>> answer) { note(std::move(answer)); });
  }
  void get(std::uint64_t number) {
    ++asked;
    door.get<Counter>(id(number), now() + patience_ms,
                      [this](Answered<Seen<Counter>> answer) { note(std::move(answer)); });
  }
  void note(Answered<Seen<Counter>> answer) {
    most = std::max(most, gauges.active_aggregates.load());
    if (answer)
      totals.push_back(answer->state->total);
    else if (const auto* failure = std::get_if<Failure>(&answer.error().why))
      failures.push_back(*failure);
    else
      ++rejected;
  }
  void stop() {
    turns.system().spawn([this](caf::event_based_actor* self) {
      self->request(node.runtime().shard_actors[0], caf::infinite, Stop{}).then([this](Stopped) {
        stopped = true;
      });
    });
  }
  [[nodiscard]] std::size_t answered() const { return totals.size() + failures.size() + rejected; }

  RuntimeNode node;
  Door door;
  std::size_t asked = 0, rejected = 0;
  std::vector<std::int64_t> totals;
  std::vector<Failure> failures;
  std::int64_t most = 0;
  bool stopped = false;
};

using Totals = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("given a node that has not started, then whoever asks is refused") {
  ShardSpec spec;
  spec.add(1, {5});
  spec.turns.run();
  CHECK(spec.failures == std::vector{Failure::unavailable});
  spec.node.start();
  spec.add(1, {5});
  spec.turns.run();
  CHECK(spec.totals == Totals{5});
}

TEST_CASE("given commands for one aggregate, then they are decided in their order, and read back") {
  ShardSpec spec;
  spec.node.start();
  for (const std::int64_t amount : {1, 2, 3}) spec.add(7, {amount});
  spec.turns.run();
  spec.get(7);
  spec.get(8);
  spec.turns.run();
  CHECK(spec.totals == Totals{1, 3, 6, 6});
  CHECK(spec.rejected == 1);
}

TEST_CASE("given the limit of aggregates in memory, when many more are asked, then it holds") {
  for (const std::size_t limit : {1, 2, 16}) {
    CAPTURE(limit);
    RuntimeOptions options;
    options.active_aggregates_max = limit;
    ShardSpec spec{options};
    spec.node.start();
    for (int round = 0; round < 2; ++round)
      for (std::uint64_t number = 0; number < 40; ++number) spec.add(number, {1});
    spec.turns.run();
    CHECK(spec.totals.size() == 80);
    CHECK(spec.most <= static_cast<std::int64_t>(limit));
    CHECK(spec.gauges.active_aggregates <= static_cast<std::int64_t>(limit));
  }
}

TEST_CASE(
    "given an aggregate on its way out, when it is asked, then its successor answers in order") {
  RuntimeOptions options;
  options.active_aggregates_max = 1;
  ShardSpec spec{options};
  spec.node.start();
  for (int i = 0; i < 20; ++i) {
    spec.add(1, {1});
    spec.add(2, {100});
  }
  spec.turns.run();
  Totals ones, hundreds;
  for (const auto total : spec.totals) (total < 100 ? ones : hundreds).push_back(total);
  REQUIRE(ones.size() == 20);
  CHECK(std::is_sorted(ones.begin(), ones.end()));
  CHECK(std::is_sorted(hundreds.begin(), hundreds.end()));
}

TEST_CASE("given aggregates inside, told to leave, and at the door, then a stop forgets nobody") {
  RuntimeOptions options;
  options.active_aggregates_max = 4;
  ShardSpec spec{options};
  spec.node.start();
  for (std::uint64_t number = 0; number < 4; ++number) spec.add(number, {1});
  spec.turns.run();
  for (std::uint64_t number = 0; number < 20; ++number) spec.add(number, {1});
  spec.stop();
  spec.turns.run();
  CHECK(spec.stopped);
  CHECK(spec.answered() == spec.asked);
  CHECK(spec.gauges.active_aggregates == 0);
}

TEST_CASE("given an alarm, when its time comes, then its aggregate is reminded once and is done") {
  ShardSpec spec;
  spec.node.start();
  spec.add(1, {5, spec.now() + 3'000});
  spec.turns.run();
  for (int i = 0; i < 10; ++i) spec.turns.pass(1'000);
  spec.get(1);
  spec.turns.run();
  CHECK(spec.totals == Totals{5, 6});
  CHECK(spec.gauges.reminders_near == 0);
}

TEST_CASE("given unused aggregates, when the idle time has passed, then none is in memory") {
  RuntimeOptions options;
  options.passivate_idle_ms = 5'000;
  ShardSpec spec{options};
  spec.node.start();
  for (std::uint64_t number = 0; number < 10; ++number) spec.add(number, {1});
  spec.turns.run();
  CHECK(spec.gauges.active_aggregates == 10);
  for (int i = 0; i < 8; ++i) spec.turns.pass(1'000);
  CHECK(spec.gauges.active_aggregates == 0);
  spec.get(3);
  spec.turns.run();
  CHECK(spec.totals.back() == 1);
}

// How long somebody was unused is no time of day.
TEST_CASE("given a clock that is set back, then nobody stays in memory for its sake") {
  for (const DurationMs ahead_ms : {DurationMs{0}, DurationMs{86'400'000}}) {
    CAPTURE(ahead_ms);
    RuntimeOptions options;
    options.passivate_idle_ms = 5'000;
    ShardSpec spec{options};
    spec.node.start();
    spec.turns.jump(ahead_ms);
    spec.add(1, {1});
    spec.turns.run();
    spec.turns.jump(-ahead_ms - 3'600'000);
    spec.add(2, {1});
    spec.turns.run();
    CHECK(spec.gauges.active_aggregates == 2);
    for (int i = 0; i < 8; ++i) spec.turns.pass(1'000);
    CHECK(spec.gauges.active_aggregates == 0);
  }
}

TEST_CASE("given a shard that is full, when alarms ring, then each is heard at once") {
  RuntimeOptions options;
  options.active_aggregates_max = 1;
  ShardSpec spec{options};
  spec.node.start();
  constexpr std::uint64_t alarms = 5;
  for (std::uint64_t number = 1; number <= alarms; ++number)
    spec.add(number, {10, spec.now() + 3'000});
  spec.turns.run();
  REQUIRE(spec.gauges.reminders_near == alarms);
  spec.add(9, {10});  // and one that stays
  spec.turns.run();
  for (int i = 0; i < 5; ++i) spec.turns.pass(1'000);
  CHECK(spec.gauges.reminders_near == 0);
  spec.totals.clear();
  for (std::uint64_t number = 1; number <= alarms; ++number) spec.get(number);
  spec.turns.run();
  CHECK(spec.totals == Totals(alarms, 11));
}

TEST_CASE("given an aggregate that is told to leave while it appends, then its answer is true") {
  RuntimeOptions options;
  options.active_aggregates_max = 1;
  ShardSpec spec{options};
  spec.node.start();
  for (std::uint64_t number = 1; number <= 10; ++number)
    for (int i = 0; i < 3; ++i) spec.add(number, {1});
  spec.turns.run();
  CHECK(spec.failures.empty());
  CHECK(spec.totals.size() == 30);
  spec.totals.clear();
  for (std::uint64_t number = 1; number <= 10; ++number) spec.get(number);
  spec.turns.run();
  CHECK(spec.totals == Totals(10, 3));
  CHECK(spec.gauges.append_queue == 0);
  CHECK(spec.gauges.asks_in_flight == 0);
}

// The journal has what it was given and does not come back. What it has may be done; what waits
// behind it certainly is not.
TEST_CASE("given a stalled journal, then what it has is unknown, and what it has not is not done") {
  RuntimeOptions options;
  options.stalled_append_ms = 5'000;
  ShardSpec spec{options};
  spec.node.start();
  spec.turns.run();
  auto& journal_actor = const_cast<Runtime&>(spec.node.runtime()).journal_actor;
  std::vector<caf::response_promise> kept;
  const auto true_one = std::exchange(
      journal_actor, spec.turns.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
        return {[self, &kept](AppendRequest&) { kept.push_back(self->make_response_promise()); }};
      }));
  spec.add(1, {1});
  spec.turns.run();
  spec.add(1, {2});
  spec.turns.run();
  CHECK(spec.answered() == 0);
  spec.gauges.commit_began_ms = 1;  // as the true one would say
  for (int i = 0; i < 20; ++i) spec.turns.pass(1'000);
  CHECK(spec.failures == std::vector{Failure::unknown, Failure::timed_out});
  spec.turns.end_all();
  journal_actor = true_one;
}
