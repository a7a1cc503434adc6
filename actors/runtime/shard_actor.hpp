// One shard: owns its aggregates (activates them on the first message,
// passivates them when unused or too many) and its reminder actor.
#pragma once

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <deque>
#include <functional>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

#include "actors/runtime/application.hpp"
#include "actors/runtime/failures.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/outbox.hpp"
#include "actors/runtime/reminder_actor.hpp"
#include "actors/runtime/residents.hpp"
#include "actors/runtime/steady_time.hpp"
#include "base/invariant.hpp"

namespace usher {
namespace detail {

// How often unused aggregates and a stalled journal are looked for.
constexpr std::chrono::milliseconds shard_tick{1'000};
// One in so many places is kept free for the next to come.
constexpr std::size_t free_places_of = 16;

template <class App>
class Shard {
 public:
  using Self = caf::stateful_actor<Shard>;

  static caf::behavior make(Self* self, const Runtime* runtime, ShardNumber number) {
    auto& shard = self->state;
    shard.self_ = self;
    shard.runtime_ = runtime;
    shard.number_ = number;
    needs_a_restart(self, *runtime, "a shard");
    const auto own = std::make_tuple(
        [&shard](Start start) { shard.start(start.epoch); }, [&shard](Deposed) { shard.depose(); },
        [&shard](const Due& due) { shard.remind(due.reminder); }, [&shard](Tick) { shard.tick(); },
        [&shard](Stop) { return shard.stop(); });
    return std::apply([](auto... handlers) { return caf::behavior{std::move(handlers)...}; },
                      std::tuple_cat(shard.handlers(AllAggregates<App>{}), own));
  }

 private:
  template <class A>
  Residents<A>& of() {
    return std::get<Residents<A>>(residents_);
  }

  template <class... As>
  auto handlers(AggregateList<As...>) {
    return std::tuple_cat(handlers_of<As>()...);
  }
  template <class A>
  auto handlers_of() {
    return std::make_tuple([this](Ask<A>& m) { deliver<A>(std::move(m)); },
                           [this](Get<A>& m) { deliver<A>(std::move(m)); },
                           [this](const Leaving<A>& m) { of<A>().on_leaving(m.key); },
                           [this](Gone<A>& m) { gone(std::move(m)); });
  }

  TimeMs now() const { return runtime_->clock.now_ms(); }
  DurationMs steady_now() const { return steady_ms(*self_); }

  void start(Epoch epoch) {
    to_open_ = epoch;
    open_if_empty();
  }

  // Under a new epoch nobody may be left of an old one, who would decide by what was true then.
  void open_if_empty() {
    if (to_open_ == 0 || is_open_ || reminders_ || left() > 0 || stopping_) return;
    open(std::exchange(to_open_, 0));
  }

  // Nobody is asked any more, and nobody answers by what may be old. The next leader reads what is
  // committed, and is reminded of all that has to be done.
  void depose() {
    to_open_ = 0;
    if (!std::exchange(is_open_, false) || stopping_) return;
    door_.clear();
    each([](auto& residents) {
      residents.close();
      residents.tell_deposed();
    });
    auto on_end = [this] {
      reminders_ = nullptr;
      open_if_empty();
      finish_if_empty();
    };
    self_->request(reminders_, caf::infinite, Stop{})
        .then([on_end](Stopped) { on_end(); }, [on_end](const caf::error&) { on_end(); });
  }

  void open(Epoch epoch) {
    reminders_ = spawn_reminder_actor(self_, *runtime_, number_, caf::actor{self_});
    each([&](auto& residents) {
      using R = std::decay_t<decltype(residents)>;
      residents.move_in(typename R::Home{self_, runtime_, number_, epoch, reminders_});
    });
    is_open_ = true;
    if (!std::exchange(ticks_, true)) self_->delayed_send(self_, shard_tick, Tick{});
  }

  // While the shard stops, those that are still inside go on to hear what they wait for.
  template <class A, class M>
  void deliver(M message) {
    if (!is_open_ || (stopping_ && !of<A>().is_inside(message.key)))
      return message.done(tl::unexpected(Refusal{Failure::unavailable, 0, {}}));
    const auto key = message.key;
    if (of<A>().deliver(std::move(message), steady_now())) at_the_door<A>(key);
  }

  template <class A>
  void gone(Gone<A> gone) {
    const auto key = gone.key;
    const bool has_successor = of<A>().on_gone(std::move(gone));
    if (stopping_ || !is_open_) {
      of<A>().close();
      open_if_empty();
      return finish_if_empty();
    }
    if (has_successor) return at_the_door<A>(key);
    let_in();
  }

  void remind(const ReminderKey& reminder) {
    if (stopping_ || !is_open_) return;  // it is in the store: the next start fires it
    const bool is_known = with_aggregate_of(
        AllAggregates<App>{}, reminder.stream, [&]<class A>(std::type_identity<A>) {
          if constexpr (requires { typename A::Remind; }) {
            const auto key = key_of<A>(reminder.stream);
            INVARIANT(key.has_value());
            deliver<A>(in_the_background<A>(
                *key, typename A::Remind{static_cast<ReminderName>(reminder.name)}, now()));
          } else {
            INVARIANT(!"a reminder of an aggregate that has none");
          }
        });
    INVARIANT(is_known);
  }

  // ---- passivation

  // An aggregate that leaves takes the time of a sync when something of it is in flight, so it
  // still counts; whoever comes meanwhile waits at the door, in order.
  template <class A>
  void at_the_door(const typename A::Key& key) {
    door_.push_back([this, key] { this->template of<A>().let_in(key, steady_now()); });
    let_in();
  }

  void let_in() {
    const std::size_t most = std::max<std::size_t>(
        runtime_->options.active_aggregates_max / runtime_->shards.count(), 1);
    while (!door_.empty() && inside() < most) {
      auto enter = std::move(door_.front());
      door_.pop_front();
      enter();
    }
    // So that the next ones find a free place.
    const std::size_t kept = most - most / free_places_of;
    while (staying() + std::min(door_.size(), kept) > kept &&
           passivate_one(std::numeric_limits<DurationMs>::max())) {
    }
  }

  // The least recently used of all kinds, if it was last used before `before`.
  bool passivate_one(DurationMs before) {
    std::optional<DurationMs> oldest;
    each([&](const auto& residents) {
      const auto used = residents.oldest();
      if (used && (!oldest || *used < *oldest)) oldest = used;
    });
    if (!oldest || *oldest >= before) return false;
    bool done = false;
    each([&](auto& residents) {
      if (done || residents.oldest() != oldest) return;
      residents.passivate_oldest();
      done = true;
    });
    return done;
  }

  void tick() {
    if (stopping_) return;
    while (passivate_one(steady_now() - runtime_->options.passivate_idle_ms)) {
    }
    const auto began = runtime_->gauges.commit_began_ms.load(std::memory_order_relaxed);
    if (began != 0 && steady_now() - began > runtime_->options.stalled_append_ms)
      each([this](auto& residents) { residents.tell_overdue(now()); });
    if (!door_.empty()) each([this](auto& residents) { residents.expire_held(now()); });
    each([this](auto& residents) { residents.expire_away(now()); });
    self_->delayed_send(self_, shard_tick, Tick{});
  }

  // ---- the end

  caf::result<Stopped> stop() {
    stopping_ = true;
    to_open_ = 0;
    stopped_ = self_->template make_response_promise<Stopped>();
    door_.clear();
    each([](auto& residents) { residents.close(); });
    if (reminders_ && is_open_) {
      auto on_end = [this] {
        reminders_ = nullptr;
        finish_if_empty();
      };
      self_->request(reminders_, caf::infinite, Stop{})
          .then([on_end](Stopped) { on_end(); }, [on_end](const caf::error&) { on_end(); });
      while (passivate_one(std::numeric_limits<DurationMs>::max())) {
      }
    }
    finish_if_empty();
    return stopped_;
  }

  void finish_if_empty() {
    if (left() > 0 || reminders_ || !stopped_.pending()) return;
    stopped_.deliver(Stopped{});
    self_->quit();
  }

  std::size_t left() {
    std::size_t left = 0;
    each([&](const auto& residents) { left += residents.size(); });
    return left;
  }

  std::size_t staying() const {
    return std::apply([](const auto&... each) { return (each.staying() + ...); }, residents_);
  }
  std::size_t inside() const {
    return std::apply([](const auto&... each) { return (each.inside() + ...); }, residents_);
  }
  template <class F>
  void each(F f) {
    std::apply([&](auto&... residents) { (f(residents), ...); }, residents_);
  }

  Self* self_ = nullptr;
  const Runtime* runtime_ = nullptr;
  ShardNumber number_ = 0;
  caf::actor reminders_;
  ForEachAggregate<App, Residents> residents_;
  std::deque<std::function<void()>> door_;  // those that wait to be let in
  bool is_open_ = false;
  bool stopping_ = false;
  bool ticks_ = false;
  Epoch to_open_ = 0;  // under this, when nobody is left; 0: not to be opened
  caf::typed_response_promise<Stopped> stopped_;
};

}  // namespace detail

// Takes Start (before it, and from Deposed to the next one, everything is refused as unavailable),
// Ask<A> and Get<A> of the
// application's aggregates and the runtime's own, Due, Stop (passivates everything, then answers
// Stopped and ends; messages that come after it are refused as unavailable, but for aggregates that
// still wait for something).
template <class App>
caf::actor spawn_shard_actor(caf::actor_system& system, const Runtime& runtime, ShardNumber shard) {
  return system.spawn(detail::Shard<App>::make, &runtime, shard);
}

}  // namespace usher
