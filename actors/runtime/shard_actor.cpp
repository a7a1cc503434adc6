#include "actors/runtime/shard_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/stateful_actor.hpp>
#include <deque>
#include <functional>
#include <limits>
#include <tuple>
#include <utility>

#include "actors/runtime/messages.hpp"
#include "actors/runtime/mutations.hpp"
#include "actors/runtime/reminder_actor.hpp"
#include "actors/runtime/residents.hpp"

namespace usher {
namespace {

// How often unused aggregates and a stalled journal are looked for.
constexpr std::chrono::milliseconds shard_tick{1'000};
// One in so many places is kept free for who comes next.
constexpr std::size_t free_places_of = 16;

class Shard {
 public:
  using Self = caf::stateful_actor<Shard>;

  static caf::behavior make(Self* self, const Runtime* runtime, ShardNumber number) {
    auto& shard = self->state;
    shard.self_ = self;
    shard.runtime_ = runtime;
    shard.number_ = number;
    return {
        [&shard](Start start) { shard.open(start.epoch); },
        [&shard](Ask<Ticket>& m) { shard.deliver<Ticket>(std::move(m)); },
        [&shard](Get<Ticket>& m) { shard.deliver<Ticket>(std::move(m)); },
        [&shard](Ask<Order>& m) { shard.deliver<Order>(std::move(m)); },
        [&shard](Get<Order>& m) { shard.deliver<Order>(std::move(m)); },
        [&shard](Ask<Account>& m) { shard.deliver<Account>(std::move(m)); },
        [&shard](Get<Account>& m) { shard.deliver<Account>(std::move(m)); },
        [&shard](Ask<RequestKey>& m) { shard.deliver<RequestKey>(std::move(m)); },
        [&shard](Get<RequestKey>& m) { shard.deliver<RequestKey>(std::move(m)); },
        [&shard](const Leaving<Ticket>& m) { shard.of<Ticket>().on_leaving(m.key); },
        [&shard](const Leaving<Order>& m) { shard.of<Order>().on_leaving(m.key); },
        [&shard](const Leaving<Account>& m) { shard.of<Account>().on_leaving(m.key); },
        [&shard](const Leaving<RequestKey>& m) { shard.of<RequestKey>().on_leaving(m.key); },
        [&shard](Gone<Ticket>& m) { shard.gone(std::move(m)); },
        [&shard](Gone<Order>& m) { shard.gone(std::move(m)); },
        [&shard](Gone<Account>& m) { shard.gone(std::move(m)); },
        [&shard](Gone<RequestKey>& m) { shard.gone(std::move(m)); },
        [&shard](const Due& due) { shard.remind(due.reminder); },
        [&shard](Tick) { shard.tick(); },
        [&shard](Stop) { return shard.stop(); },
    };
  }

 private:
  TimeMs now() const { return runtime_->clock.now_ms(); }

  void open(Epoch epoch) {
    reminders_ = spawn_reminder_actor(self_, *runtime_, number_, caf::actor{self_});
    each([&](auto& residents) {
      using R = std::decay_t<decltype(residents)>;
      residents.settle(typename R::Home{self_, runtime_, number_, epoch, reminders_});
    });
    is_open_ = true;
    self_->delayed_send(self_, shard_tick, Tick{});
  }

  // While the shard stops, those that are still inside go on to hear what they wait for.
  template <class A, class M>
  void deliver(M message) {
    if (!is_open_ || (stopping_ && !of<A>().is_inside(message.key)))
      return message.done(tl::unexpected(Refusal{Failure::unavailable, 0, {}}));
    const auto key = message.key;
    if (of<A>().deliver(std::move(message), now())) at_the_door<A>(key);
  }

  template <class A>
  void gone(Gone<A> gone) {
    const auto key = gone.key;
    const bool has_successor = of<A>().on_gone(std::move(gone));
    if (stopping_) {
      of<A>().close();
      return finish_if_empty();
    }
    if (has_successor) return at_the_door<A>(key);
    let_in();
  }

  void remind(const ReminderKey& reminder) {
    if (stopping_) return;  // it is in the store: the next start fires it
    const auto key = key_of<Order>(reminder.stream);
    INVARIANT(key.has_value());  // only orders have reminders
    Ask<Order> ask{*key,
                   Order::Remind{static_cast<ReminderName>(reminder.name)},
                   {},
                   {},
                   [](Answered<Seen<Order>>) {}};
    ask.options.deadline = now() + background_deadline_ms;
    ask.options.is_duty = true;
    deliver<Order>(std::move(ask));
  }

  // ---- passivation

  // An aggregate that leaves takes the time of a sync when something of it is in flight, so it
  // still counts; whoever comes meanwhile waits at the door, in order.
  template <class A>
  void at_the_door(const typename A::Key& key) {
    door_.push_back([this, key] { of<A>().let_in(key, now()); });
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
    // The next ones shall find a place that is free already.
    const std::size_t kept = most - most / free_places_of;
    while (staying() + std::min(door_.size(), kept) > kept &&
           passivate_one(std::numeric_limits<TimeMs>::max())) {
    }
  }

  // The least recently used of all kinds, if it was last used before `before`.
  bool passivate_one(TimeMs before) {
    std::optional<TimeMs> oldest;
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
    while (passivate_one(now() - runtime_->options.passivate_idle_ms)) {
    }
    const auto began = runtime_->gauges.commit_began_ms.load(std::memory_order_relaxed);
    if (began != 0 && now() - began > runtime_->options.stalled_append_ms)
      each([this](auto& residents) { residents.tell_overdue(now()); });
    if (!door_.empty()) each([this](auto& residents) { residents.expire_held(now()); });
    each([this](auto& residents) { residents.expire_away(now()); });
    self_->delayed_send(self_, shard_tick, Tick{});
  }

  // ---- the end

  caf::result<Stopped> stop() {
    stopping_ = true;
    stopped_ = self_->make_response_promise<Stopped>();
    door_.clear();
    each([](auto& residents) { residents.close(); });
    if (is_open_) {
      auto on_end = [this] {
        reminders_ = nullptr;
        finish_if_empty();
      };
      self_->request(reminders_, caf::infinite, Stop{})
          .then([on_end](Stopped) { on_end(); }, [on_end](const caf::error&) { on_end(); });
      while (passivate_one(std::numeric_limits<TimeMs>::max())) {
      }
    }
    finish_if_empty();
    return stopped_;
  }

  void finish_if_empty() {
    std::size_t left = 0;
    each([&](const auto& residents) { left += residents.size(); });
    if (left > 0 || reminders_ || !stopped_.pending()) return;
    stopped_.deliver(Stopped{});
    self_->quit();
  }

  template <class A>
  Residents<A>& of() {
    return std::get<Residents<A>>(residents_);
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
  std::tuple<Residents<Ticket>, Residents<Order>, Residents<Account>, Residents<RequestKey>>
      residents_;
  std::deque<std::function<void()>> door_;  // those that wait to be let in
  bool is_open_ = false;
  bool stopping_ = false;
  caf::typed_response_promise<Stopped> stopped_;
};

}  // namespace

caf::actor spawn_shard_actor(caf::actor_system& system, const Runtime& runtime, ShardNumber shard) {
  return system.spawn(Shard::make, &runtime, shard);
}

}  // namespace usher
