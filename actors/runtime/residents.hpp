// The aggregates of one kind that are in memory in one shard: activated by the first message,
// passivated least recently used first. Owned by the shard actor, which decides who comes in.
#pragma once

#include <caf/event_based_actor.hpp>
#include <functional>
#include <limits>
#include <list>
#include <unordered_map>
#include <utility>
#include <variant>

#include "actors/runtime/aggregate_actor.hpp"
#include "actors/runtime/messages.hpp"
#include "base/invariant.hpp"

namespace usher {

// A resident is at the door (its messages wait until the shard has room for it), inside, told to
// leave (when it is idle; it is asked as before until then), or leaving (what comes waits for its
// successor).
template <class A>
class Residents {
 public:
  using Key = typename A::Key;
  using Message = std::variant<Ask<A>, Get<A>>;

  // What every new resident is told of its place. `parent` is the shard actor.
  struct Home {
    caf::event_based_actor* parent;
    const Runtime* runtime;
    ShardNumber shard;
    Epoch epoch;
    caf::actor reminders;
  };

  void move_in(Home home) { home_.emplace(std::move(home)); }

  // True: its aggregate is at the door since this message, and waits to be let in.
  template <class M>
  [[nodiscard]] bool deliver(M message, DurationMs now) {
    auto& resident = residents_[message.key];
    if (!resident.actor || resident.has_left) {
      resident.held.emplace_back(std::move(message));
      return !resident.actor && resident.held.size() == 1;
    }
    resident.used = now;
    if (!resident.is_told) order_.splice(order_.end(), order_, resident.position);
    home_->parent->send(resident.actor, std::move(message));
    return false;
  }

  // From the door inside. Nobody there any more: nothing.
  void let_in(const Key& key, DurationMs now) {
    const auto found = residents_.find(key);
    if (found == residents_.end() || found->second.actor) return;
    auto& resident = found->second;
    if (resident.held.empty()) return static_cast<void>(residents_.erase(found));
    activate(key, resident, now);
    if (const auto away = away_.find(key); away != away_.end()) {
      for (auto& watcher : away->second) home_->parent->send(resident.actor, std::move(watcher));
      away_.erase(away);
    }
    for (auto& message : std::exchange(resident.held, {}))
      std::visit([&](auto& each) { home_->parent->send(resident.actor, std::move(each)); },
                 message);
  }

  // It looks at nothing more.
  void on_leaving(const Key& key) {
    auto& resident = residents_.at(key);
    if (!std::exchange(resident.is_told, true)) order_.erase(resident.position);
    resident.has_left = true;
    home_->parent->send(resident.actor, Farewell{});
  }

  // It is gone. True: messages have come for it, and its successor is at the door.
  [[nodiscard]] bool on_gone(Gone<A> gone) {
    const auto& key = gone.key;
    auto& unheard = gone.unheard;
    const auto found = residents_.find(key);
    INVARIANT(found != residents_.end() && found->second.has_left);
    unheard.splice(unheard.end(), found->second.held);
    residents_.erase(found);
    if (!gone.watching.empty()) away_[key] = std::move(gone.watching);
    INVARIANT(inside_ > 0);
    --inside_;
    home_->runtime->gauges.active_aggregates.fetch_sub(1, std::memory_order_relaxed);
    if (unheard.empty()) return false;
    residents_[key].held = std::move(unheard);
    return true;
  }

  [[nodiscard]] bool is_inside(const Key& key) const {
    const auto found = residents_.find(key);
    return found != residents_.end() && found->second.actor && !found->second.has_left;
  }
  [[nodiscard]] std::size_t size() const { return residents_.size(); }
  [[nodiscard]] std::size_t inside() const { return inside_; }
  [[nodiscard]] std::size_t staying() const { return order_.size(); }

  // When the one that has been unused the longest was used, by steady time; nullopt: nobody stays.
  [[nodiscard]] std::optional<DurationMs> oldest() const {
    if (order_.empty()) return std::nullopt;
    return residents_.at(order_.front()).used;
  }

  void passivate_oldest() {
    auto& resident = residents_.at(order_.front());
    order_.pop_front();
    resident.is_told = true;
    home_->parent->send(resident.actor, Passivate{});
    home_->runtime->gauges.passivations.fetch_add(1, std::memory_order_relaxed);
  }

  void tell_overdue(TimeMs now) {
    for (auto& [key, resident] : residents_)
      if (resident.actor) home_->parent->send(resident.actor, Overdue{now});
  }

  void tell_deposed() {
    for (auto& [key, resident] : residents_)
      if (resident.actor) home_->parent->send(resident.actor, Deposed{});
  }

  // What is held here has not been looked at: past its deadline it is refused.
  void expire_held(TimeMs now) {
    for (auto& [key, resident] : residents_) refuse_held(resident, Failure::timed_out, now);
  }
  void expire_away(TimeMs now) {
    for (auto it = away_.begin(); it != away_.end();) {
      std::erase_if(it->second, [&](Watch<A>& watcher) {
        if (now <= watcher.deadline) return false;
        watcher.done(tl::unexpected(Refusal{Failure::unknown, 0, {}}));
        return true;
      });
      it = it->second.empty() ? away_.erase(it) : std::next(it);
    }
  }

  // Nobody comes in any more: who is at the door is refused.
  void close() {
    expire_away(std::numeric_limits<TimeMs>::max());
    for (auto it = residents_.begin(); it != residents_.end();) {
      refuse_held(it->second, Failure::unavailable, std::numeric_limits<TimeMs>::max());
      it = it->second.actor ? std::next(it) : residents_.erase(it);
    }
  }

 private:
  struct Resident {
    caf::actor actor;      // null: at the door
    DurationMs used = 0;   // by steady time
    bool is_told = false;  // to leave: it does not stay, and is not in `order_`
    bool has_left = false;
    typename std::list<Key>::iterator position;
    std::list<Message> held;  // a list, as it is nearly always empty
  };

  void activate(const Key& key, Resident& resident, DurationMs now) {
    auto place = typename AggregateHost<A>::Place{
        home_->runtime,  key, home_->shard, home_->epoch, caf::actor{home_->parent},
        home_->reminders};
    resident.actor =
        home_->parent->template spawn<caf::lazy_init>(AggregateHost<A>::make, std::move(place));
    resident.used = now;
    resident.position = order_.insert(order_.end(), key);
    ++inside_;
    home_->runtime->gauges.active_aggregates.fetch_add(1, std::memory_order_relaxed);
    home_->runtime->gauges.activations.fetch_add(1, std::memory_order_relaxed);
  }

  static TimeMs deadline_of(const Ask<A>& ask) { return ask.options.deadline; }
  static TimeMs deadline_of(const Get<A>& get) { return get.deadline; }

  // Those whose deadline is before `now`.
  static void refuse_held(Resident& resident, Failure failure, TimeMs now) {
    std::erase_if(resident.held, [&](Message& message) {
      return std::visit(
          [&](auto& each) {
            if (now <= deadline_of(each)) return false;
            each.done(tl::unexpected(Refusal{failure, 0, {}}));
            return true;
          },
          message);
    });
  }

  std::optional<Home> home_;
  std::unordered_map<Key, Resident> residents_;
  // Those that wait for aggregates that are not in memory.
  std::unordered_map<Key, std::vector<Watch<A>>> away_;
  std::list<Key> order_;  // of those that stay: least recently used first
  std::size_t inside_ = 0;
};

}  // namespace usher
