// reminder_actor: what is due fires, never early, until it is cleared; whatever is read meanwhile.
#include "actors/runtime/reminder_actor.hpp"

#include <doctest/doctest.h>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/send.hpp>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "actors/runtime/messages.hpp"
#include "tests/runtime/counters.hpp"
#include "tests/support/dice.hpp"

using namespace usher;
using namespace usher::counters;

namespace {

constexpr DurationMs tick_ms = 1'000, minute_ms = 60'000, hour_ms = 60 * minute_ms;

// The readers are a stub: a read looks at the store at once or when the specification says so.
struct RemindersSpec : Bench {
  explicit RemindersSpec(RuntimeOptions wanted = {})
      : Bench(wanted), runtime(turns.clock(), options, *journal, gauges) {
    epoch = journal->begin_epochs(std::vector<ShardNumber>{0})->front();
    runtime.reminder_rules = {{ReminderName::effect, true, 3'000, minute_ms}};
    runtime.duty = turns.system().spawn([this](caf::event_based_actor* self) -> caf::behavior {
      return {
          [this, self](Job& job) {
            auto response = self->make_response_promise();
            if (refuses) return response.deliver(caf::make_error(caf::sec::runtime_error));
            auto read = job.run();
            if (holds) return held.emplace_back(response, std::move(read)), void();
            response.deliver(std::move(read));
          },
          [this](Flush) {
            for (auto& [response, read] : std::exchange(held, {})) response.deliver(read);
          },
      };
    });
    began = now();
  }
  ~RemindersSpec() { turns.end_all(); }

  ReminderKey key(std::string stream, DurationMs in_ms, ReminderName name = ReminderName::alarm) {
    return {began + in_ms, std::move(stream), static_cast<std::uint8_t>(name)};
  }
  // In the store; and told to the actor, as its host does, once it runs.
  void set(const ReminderKey& key, bool is_set = true) {
    const Append append{0,
                        epoch,
                        {{key.stream, versions[key.stream]++, {NewRecord{1, 1, "x"}}}},
                        {{key, is_set}},
                        {}};
    const auto written = journal->write(std::span{&append, 1}).front();
    REQUIRE(written.has_value());
    last_stamp = written->time / 1000;
    if (actor) caf::anon_send(actor, RemindersChanged{{{key, is_set}}});
  }
  void clear(const ReminderKey& key) { set(key, false); }

  void start() {
    runtime.stamped_until = last_stamp;
    turns.system().spawn([this](caf::event_based_actor* self) -> caf::behavior {
      actor = spawn_reminder_actor(self, runtime, 0, caf::actor{self});
      return {[this](const Due& due) { fired.push_back(due.reminder.stream); }};
    });
    turns.run();
  }
  // In steps, as ticks are.
  void pass(DurationMs ms) {
    for (DurationMs passed = 0; passed < ms; passed += tick_ms / 2) turns.pass(tick_ms / 2);
  }
  void finish_reads() {
    caf::anon_send(runtime.duty, Flush{});
    turns.run();
  }
  [[nodiscard]] std::ptrdiff_t times(const std::string& stream) const {
    return std::count(fired.begin(), fired.end(), stream);
  }

  Runtime runtime;
  Epoch epoch = 0;
  TimeMs began = 0, last_stamp = 0;
  std::map<std::string, StreamVersion> versions;
  bool refuses = false, holds = false;
  std::deque<std::pair<caf::response_promise, caf::message>> held;
  caf::actor actor;
  std::vector<std::string> fired;
};

}  // namespace

TEST_CASE("given a reminder in the store, when its time comes, then it fires, and never early") {
  RemindersSpec spec;
  spec.set(spec.key("a", 10'000));
  spec.start();
  spec.pass(9'500);
  CHECK(spec.fired.empty());
  spec.pass(tick_ms);
  CHECK(spec.times("a") == 1);
}

TEST_CASE("given one that nobody clears, then it fires again with growing pauses, until cleared") {
  RemindersSpec spec;
  const auto a = spec.key("a", 0);
  spec.set(a);
  spec.start();
  CHECK(spec.times("a") == 1);
  spec.pass(20'000);  // after 1, 2, 4 and 8 s
  CHECK(spec.times("a") == 5);
  spec.clear(a);
  spec.pass(hour_ms / 10);
  CHECK(spec.times("a") == 5);
  CHECK(spec.gauges.reminders_near == 0);
}

TEST_CASE("given one whose effect is set off already, then it fires only after its pause") {
  RemindersSpec spec;
  spec.start();
  spec.set(spec.key("a", 0, ReminderName::effect));
  spec.pass(2'000);
  CHECK(spec.fired.empty());
  spec.pass(2'000);
  CHECK(spec.times("a") == 1);
}

TEST_CASE("given one that was set after the start for a time far ahead, then it fires then") {
  RemindersSpec spec;
  spec.start();
  spec.set(spec.key("a", hour_ms));
  CHECK(spec.gauges.reminders_near == 0);
  spec.pass(hour_ms - 1'000);
  CHECK(spec.fired.empty());
  spec.pass(1'500);
  CHECK(spec.times("a") == 1);
}

TEST_CASE("given a read under way, when a reminder is cleared, then it does not fire") {
  RemindersSpec spec;
  const auto a = spec.key("a", 0);
  spec.set(a);
  spec.holds = true;
  spec.start();
  spec.clear(a);
  spec.turns.run();
  spec.finish_reads();
  spec.pass(5'000);
  CHECK(spec.fired.empty());
  CHECK(spec.gauges.reminders_near == 0);
}

TEST_CASE("given a read under way that misses it, when a reminder is set, then it fires") {
  RemindersSpec spec;
  spec.holds = true;
  spec.start();
  spec.set(spec.key("a", 2'000));
  spec.turns.run();
  spec.finish_reads();
  spec.holds = false;
  spec.pass(4'000);
  CHECK(spec.times("a") >= 1);
}

// It was taken for one that the next read would find, and that read began behind it: an order whose
// card was declined while the readers were busy never expired.
TEST_CASE("given a page that ended with it, when it is cleared and set again, then it fires") {
  for (const bool is_refused_once : {false, true}) {
    CAPTURE(is_refused_once);
    RuntimeOptions options;
    options.reminder_page = 1;
    RemindersSpec spec{options};
    const auto a = spec.key("a", 5'000);
    spec.set(a);
    spec.start();
    spec.refuses = is_refused_once;
    spec.pass(1'000);
    spec.clear(a);
    spec.turns.run();
    spec.set(a);
    spec.turns.run();
    spec.refuses = false;
    spec.pass(6'000);
    CHECK(spec.times("a") >= 1);
  }
}

TEST_CASE("given more than a page of them, then all fire, also while others are not cleared") {
  RuntimeOptions options;
  options.reminder_page = 2;
  RemindersSpec spec{options};
  const std::vector<std::string> streams = {"a", "b", "c", "d", "e", "f", "g"};
  for (const auto& stream : streams) spec.set(spec.key(stream, 1'000));  // in one millisecond
  spec.start();
  spec.pass(20'000);
  for (const auto& stream : streams) CHECK(spec.times(stream) >= 1);
}

TEST_CASE("given the wall clock set back by an hour, then nobody waits an hour for a repeat") {
  RemindersSpec spec;
  spec.set(spec.key("a", 0));
  spec.start();
  spec.turns.jump(-hour_ms);
  spec.pass(5'000);
  CHECK(spec.times("a") >= 2);
}

// What repeats an effect is stamped with the time at which it was set, not with one to wait for.
TEST_CASE("given the wall clock set back before a start, then no repeat waits for its old hour") {
  for (const DurationMs back : {hour_ms, 24 * hour_ms}) {
    CAPTURE(back);
    RuntimeOptions options;
    options.reminder_page = 2;
    RemindersSpec spec{options};
    for (int i = 0; i < 20; ++i) spec.set(spec.key("alarm" + std::to_string(i), -1'000 + i));
    spec.set(spec.key("a", 0, ReminderName::effect));
    spec.turns.jump(-back);
    spec.start();
    spec.pass(15'000);
    CHECK(spec.times("a") >= 1);
    // A deadline is a time of day, and comes when it is that time again.
    CHECK(spec.fired.size() == static_cast<std::size_t>(spec.times("a")));
    spec.turns.jump(back);
    spec.pass(2'000);
    CHECK(spec.times("alarm0") >= 1);
    CHECK(spec.times("alarm19") >= 1);
  }
}

TEST_CASE("given a clock that was a day ahead for a while, then nothing is early, late or lost") {
  RemindersSpec spec;
  spec.start();
  spec.set(spec.key("before", 10'000));
  spec.turns.jump(24 * hour_ms);
  spec.pass(3'000);
  CHECK(spec.times("before") >= 1);  // by this clock its time had come
  const auto ahead = spec.key("ahead", 24 * hour_ms + 3'000, ReminderName::effect);
  spec.set(ahead);
  spec.turns.run();
  spec.turns.jump(-24 * hour_ms);
  const auto deadline = spec.key("deadline", 60'000);
  spec.set(deadline);
  spec.pass(20'000);
  CHECK(spec.times("ahead") >= 1);
  CHECK(spec.times("before") >= 2);
  CHECK(spec.times("deadline") == 0);
  spec.pass(minute_ms);
  CHECK(spec.times("deadline") >= 1);
}

// Kept in memory is what the store has, of what is near: nothing else, and nothing of it is lost.
TEST_CASE("given any order of what is set, cleared and read, then memory is what the store says") {
  for (test::Seed seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    test::Dice dice{seed};
    RuntimeOptions options;
    options.reminder_page = dice.any_of(std::vector<std::size_t>{1, 2, 5, 512});
    options.reminder_window_ms = dice.any_of(std::vector<DurationMs>{4'000, minute_ms});
    CAPTURE(options.reminder_page);
    CAPTURE(options.reminder_window_ms);
    RemindersSpec spec{options};
    std::map<ReminderKey, bool> stored;
    const auto any_key = [&] {
      const bool is_effect = dice.one_in(3);
      const DurationMs in_ms = spec.now() - spec.began;
      const DurationMs due = is_effect ? in_ms : in_ms + dice.between(0, 40) * 1'000;
      return spec.key((is_effect ? "effect" : "alarm") + std::to_string(due), due,
                      is_effect ? ReminderName::effect : ReminderName::alarm);
    };
    const auto some_stored = [&] {
      std::vector<ReminderKey> keys;
      for (const auto& [key, is_set] : stored) keys.push_back(key);
      return keys;
    };
    if (dice.one_in(2)) {
      const auto key = any_key();
      spec.set(key);
      stored[key] = true;
    }
    spec.start();
    for (int step = 0; step < 60; ++step) {
      const auto keys = some_stored();
      switch (dice.below(8)) {
        case 0:
        case 1:
          if (const auto key = any_key(); stored.emplace(key, true).second) spec.set(key);
          break;
        case 2:
        case 3:
          if (keys.empty()) break;
          if (const auto key = dice.any_of(keys); true) {
            spec.clear(key);
            stored.erase(key);
          }
          break;
        case 4:
          spec.holds = !spec.holds;
          if (!spec.holds) spec.finish_reads();
          break;
        case 5:
          if (dice.one_in(3)) spec.turns.jump(dice.between(-hour_ms, hour_ms));
          break;
        case 6:
          spec.refuses = dice.one_in(4);
          break;
        default:
          spec.pass(dice.between(1, 10) * 500);
      }
      if (dice.one_in(2)) spec.turns.run();
    }
    spec.holds = spec.refuses = false;
    spec.finish_reads();
    spec.pass(40 * tick_ms);
    const TimeMs near_until = spec.now() + options.reminder_window_ms / 2 - 2 * tick_ms;
    std::int64_t near = 0;
    for (const auto& [key, is_set] : stored) near += key.due <= near_until ? 1 : 0;
    if (options.reminder_page > stored.size()) CHECK(spec.gauges.reminders_near >= near);
    CHECK(spec.gauges.reminders_near <= static_cast<std::int64_t>(stored.size()));
    // Whatever is due fires, and nothing that was cleared.
    spec.fired.clear();
    spec.pass(2 * minute_ms + 2 * tick_ms);  // the longest pause
    std::set<std::string> due;
    const TimeMs sure = spec.now() - 2 * minute_ms;
    for (const auto& [key, is_set] : stored)
      if (key.due <= sure || key.name == static_cast<std::uint8_t>(ReminderName::effect))
        due.insert(key.stream);
    for (const auto& stream : due) {
      CAPTURE(stream);
      CAPTURE(spec.now() - spec.began);
      CAPTURE(stored.size());
      CAPTURE(spec.gauges.reminders_near.load());
      CHECK(spec.times(stream) >= 1);
    }
    std::set<std::string> streams;
    for (const auto& [key, is_set] : stored) streams.insert(key.stream);
    for (const auto& stream : spec.fired) CHECK(streams.contains(stream));
    // And when all is cleared nothing is left of it.
    for (const auto& key : some_stored()) spec.clear(key);
    spec.turns.run();
    spec.pass(2 * tick_ms);
    CHECK(spec.gauges.reminders_near == 0);
    CHECK(spec.gauges.reminders_overdue == 0);
    CHECK(spec.runtime.oldest_shown[0] == 0);
  }
}
