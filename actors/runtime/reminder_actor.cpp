#include "actors/runtime/reminder_actor.hpp"

#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <map>
#include <set>
#include <utility>

#include "actors/runtime/failures.hpp"
#include "actors/runtime/messages.hpp"
#include "base/invariant.hpp"

namespace usher {
namespace {

class Reminders {
 public:
  using Self = caf::stateful_actor<Reminders>;

  static caf::behavior make(Self* self, const Runtime* runtime, ShardNumber shard,
                            caf::actor shard_actor) {
    auto& state = self->state;
    state.self_ = self;
    state.runtime_ = runtime;
    state.shard_ = shard;
    state.shard_actor_ = std::move(shard_actor);
    state.latest_ = runtime->stamped_until;
    needs_a_restart(self, *runtime, "the reminders of a shard");
    self->send(self, Tick{});
    return {
        [&state](const RemindersChanged& changed) { state.change(changed.changes); },
        [&state](Tick) { state.tick(); },
        [self, &state](Stop) {
          state.end();
          self->quit();
          return Stopped{};
        },
    };
  }

 private:
  struct Attempt {
    TimeMs next = 0;  // when it fires (again)
    std::uint32_t fired = 0;
  };

  TimeMs now() const { return runtime_->clock.now_ms(); }

  // The figures are of those that are led here.
  void end() {
    runtime_->gauges.reminders_near.fetch_sub(static_cast<std::int64_t>(near_.size()),
                                              std::memory_order_relaxed);
    runtime_->gauges.reminders_overdue.fetch_sub(std::exchange(overdue_, 0),
                                                 std::memory_order_relaxed);
    runtime_->oldest_shown[shard_].store(0, std::memory_order_relaxed);
  }

  // A clock that was set back has left reminders that lie ahead of it. Those that repeat an effect
  // are about no time of day: they must not wait until it is the hour of their stamp again.
  TimeMs latest() const { return std::max(latest_, now()); }
  TimeMs time_of(const ReminderKey& key) const {
    return rule_of(key).repeats_an_effect ? std::min(key.due, now()) : key.due;
  }

  // ---- what is near

  void change(const std::vector<ReminderChange>& changes) {
    for (const auto& change : changes) {
      // Its stamp may be of just before the clock was set.
      if (change.set && rule_of(change.key).repeats_an_effect)
        latest_ = std::max(latest_, change.key.due);
      if (change.set)
        add(change.key, first_attempt(change.key));
      else
        clear(change.key);
    }
    fire_due();
  }

  // Of a reminder that has just been set: the aggregate itself has set off what it repeats.
  Attempt first_attempt(const ReminderKey& key) const {
    if (!rule_of(key).repeats_an_effect) return {key.due, 0};
    return {now() + pause_after(key, 0), 1};
  }

  void add(const ReminderKey& key, const Attempt& attempt) {
    // Behind what was read the store has it, and it will be read when its time is near. While a
    // read is under way it may have missed this one.
    const bool was_passed = read_through_ && key <= *read_through_;
    if (!was_passed && !(reading_ && key.due <= reading_until_)) return;
    if (near_.emplace(key, attempt).second) {
      agenda_.emplace(attempt.next, key);
      if (attempt.fired == 0) ++unfired_;
      check_agenda();
      runtime_->gauges.reminders_near.fetch_add(1, std::memory_order_relaxed);
    }
  }

  void clear(const ReminderKey& key) {
    if (reading_) cleared_while_reading_.insert(key);
    const auto found = near_.find(key);
    if (found == near_.end()) return;
    agenda_.erase({found->second.next, key});
    if (found->second.fired == 0) --unfired_;
    near_.erase(found);
    check_agenda();
    runtime_->gauges.reminders_near.fetch_sub(1, std::memory_order_relaxed);
  }

  // Each that is near has its one next time: one that had none would be forgotten until a restart.
  void check_agenda() const {
    INVARIANT(agenda_.size() == near_.size() && unfired_ <= near_.size());
  }

  // ---- reading ahead

  void read_ahead() {
    const TimeMs until = latest() + runtime_->options.reminder_window_ms;
    const bool near_the_end =
        !read_through_ || read_through_->due < latest() + runtime_->options.reminder_window_ms / 2;
    // Those that fired and are repeated do not count: a payment gateway that is down for an hour
    // must not keep other orders from expiring. Nor do deadlines that a clock that was set back has
    // put off, while others lie behind them that wait for no deadline.
    const bool is_behind = now() < latest() && read_through_ && read_through_->due < latest();
    const bool enough = !is_behind && unfired_ >= 2 * runtime_->options.reminder_page;
    if (reading_ || !near_the_end || enough) return;
    reading_ = true;
    reading_until_ = until;
    const auto& journal = runtime_->journal;
    Job job{[&journal, shard = shard_, after = read_through_, until,
             limit = runtime_->options.reminder_page] {
      return caf::make_message(RemindersRead{journal.read_reminders(shard, after, until, limit)});
    }};
    self_->request(runtime_->duty, caf::infinite, std::move(job))
        .then([this](const RemindersRead& read) { on_read(read.reminders); },
              [this](const caf::error&) {  // the readers are busy: the next tick tries again
                reading_ = false;
                cleared_while_reading_.clear();
              });
  }

  void on_read(const tl::expected<std::vector<ReminderKey>, StorageError>& read) {
    const auto cleared = std::exchange(cleared_while_reading_, {});
    reading_ = false;
    if (!read) return;
    const bool more = read->size() >= runtime_->options.reminder_page;
    // A full page may end in the middle of a millisecond; else all that is due was read, and the
    // next read goes on behind it, whatever was in between.
    read_through_ = more ? read->back() : ReminderKey{reading_until_, std::string(1, '\xff'), 0xff};
    for (const auto& key : *read)
      if (!cleared.contains(key)) add(key, Attempt{time_of(key), 0});
    fire_due();
  }

  // ---- firing

  // Pauses between two attempts are a length of time, not a time of day: when the wall clock is set
  // back by an hour, nobody waits an hour longer. (A deadline is a time of day, and stays one.)
  void follow_the_clock() {
    const TimeMs at = now();
    latest_ = std::max(latest_, at);
    const DurationMs set_back = std::exchange(last_seen_, at) - at;
    if (set_back <= 0) return;
    for (auto& [key, attempt] : near_) {
      if (attempt.fired == 0) continue;
      agenda_.erase({attempt.next, key});
      attempt.next -= set_back;
      agenda_.emplace(attempt.next, key);
    }
    check_agenda();
  }

  void tick() {
    follow_the_clock();
    read_ahead();
    fire_due();
    count_overdue();
    show_the_oldest();
    self_->delayed_send(self_, std::chrono::milliseconds(runtime_->options.reminder_tick_ms),
                        Tick{});
  }

  void fire_due() {
    follow_the_clock();  // it may have been set since the tick, and set again before the next
    const TimeMs at = now();
    while (!agenda_.empty() && agenda_.begin()->first <= at) {
      const ReminderKey key = agenda_.begin()->second;
      agenda_.erase(agenda_.begin());
      auto& attempt = near_.at(key);
      if (attempt.fired == 0) --unfired_;
      attempt.next = at + pause_after(key, attempt.fired++);
      agenda_.emplace(attempt.next, key);
      runtime_->gauges.reminders_fired.fetch_add(1, std::memory_order_relaxed);
      self_->send(shard_actor_, Due{key});
    }
    check_agenda();
  }

  // Those whose time came more than a tick ago and that are still there: what they set off has not
  // happened, or was not answered.
  void count_overdue() {
    const TimeMs late = now() - 2 * runtime_->options.reminder_tick_ms;
    std::int64_t count = 0;
    for (auto next = near_.begin(); next != near_.end() && next->first.due < late; ++next) ++count;
    runtime_->gauges.reminders_overdue.fetch_add(count - std::exchange(overdue_, count),
                                                 std::memory_order_relaxed);
  }

  // Those due by now stand first, and few of them are about anything else.
  void show_the_oldest() const {
    const TimeMs at = latest();
    TimeMs since = 0;
    for (const auto& [key, attempt] : near_) {
      if (key.due > at) break;
      if (!rule_of(key).shows_its_age) continue;
      since = key.due;
      break;
    }
    runtime_->oldest_shown[shard_].store(since, std::memory_order_relaxed);
  }

  DurationMs pause_after(const ReminderKey& key, std::uint32_t fired) const {
    const auto rule = rule_of(key);
    const DurationMs first = rule.retry_ms_min;
    return std::min(first << std::min(fired, 16u), std::max(first, rule.retry_ms_max));
  }

  ReminderRule rule_of(const ReminderKey& key) const {
    const auto name = static_cast<ReminderName>(key.name);
    for (const auto& rule : runtime_->reminder_rules)
      if (rule.name == name) return rule;
    const auto& options = runtime_->options;
    return {name, false, options.reminder_retry_ms_min, options.reminder_retry_ms_max};
  }

  Self* self_ = nullptr;
  const Runtime* runtime_ = nullptr;
  ShardNumber shard_ = 0;
  caf::actor shard_actor_;
  std::map<ReminderKey, Attempt> near_;
  std::set<std::pair<TimeMs, ReminderKey>> agenda_;  // by the time of the next firing
  TimeMs last_seen_ = 0;
  TimeMs latest_ = 0;         // that the clock, or a stamp in the journal, has ever shown
  std::size_t unfired_ = 0;   // of near_
  std::int64_t overdue_ = 0;  // of near_, as they were counted last
  // Everything in the store up to this key is in near_, and nothing behind it is looked for there.
  std::optional<ReminderKey> read_through_;
  bool reading_ = false;
  TimeMs reading_until_ = 0;  // while reading: what is set up to here is kept, the read may miss it
  std::set<ReminderKey> cleared_while_reading_;
};

}  // namespace

caf::actor spawn_reminder_actor(caf::local_actor* parent, const Runtime& runtime, ShardNumber shard,
                                caf::actor shard_actor) {
  return parent->spawn(Reminders::make, &runtime, shard, std::move(shard_actor));
}

}  // namespace usher
