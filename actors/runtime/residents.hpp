// The aggregates of one kind that are in memory in one shard: activated by the first message,
// passivated least recently used first. Owned by the shard actor.
#pragma once

#include <caf/event_based_actor.hpp>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>
#include <variant>

#include "actors/runtime/aggregate_actor.hpp"
#include "actors/runtime/messages.hpp"

namespace usher {

struct KeyHash {
  template <class Tag>
  std::size_t operator()(const Id<Tag>& id) const noexcept {
    return std::hash<Id<Tag>>{}(id);
  }
  std::size_t operator()(const Email& email) const noexcept {
    return std::hash<std::string>{}(email.text);
  }
  std::size_t operator()(const RequestKeyId& id) const noexcept {
    std::size_t h = 0;
    for (std::size_t i = 0; i < sizeof h; ++i) h = (h << 8) | id.bytes[i];
    return h;
  }
};

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

  void settle(Home home) { home_.emplace(std::move(home)); }

  // Hands the message to its aggregate, which is started if need be.
  template <class M>
  void deliver(M message, TimeMs now) {
    auto found = residents_.find(message.key);
    if (found == residents_.end()) found = activate(message.key);
    auto& resident = found->second;
    if (resident.leaving) {
      resident.held.push_back(std::move(message));
      return;
    }
    resident.used = now;
    order_.splice(order_.end(), order_, resident.position);
    home_->parent->send(resident.actor, std::move(message));
  }

  // The resident takes nothing more. What came for it meanwhile goes to its successor.
  void farewell(const Key& key, TimeMs now) {
    const auto found = residents_.find(key);
    if (found == residents_.end()) return;
    home_->parent->send(found->second.actor, Farewell{});
    if (found->second.leaving) --leaving_;
    auto held = std::move(found->second.held);
    order_.erase(found->second.position);
    residents_.erase(found);
    home_->runtime->gauges.active_aggregates.fetch_sub(1, std::memory_order_relaxed);
    for (auto& message : held)
      std::visit([&](auto& each) { deliver(std::move(each), now); }, message);
  }

  [[nodiscard]] std::size_t size() const { return residents_.size(); }
  [[nodiscard]] std::size_t staying() const { return residents_.size() - leaving_; }

  // When the one that has been unused the longest was used; nullopt: nobody to passivate.
  [[nodiscard]] std::optional<TimeMs> oldest() const {
    if (order_.empty()) return std::nullopt;
    const auto& resident = residents_.at(order_.front());
    if (resident.leaving) return std::nullopt;  // leaving ones go to the end of the order
    return resident.used;
  }

  void passivate_oldest() {
    auto& resident = residents_.at(order_.front());
    resident.leaving = true;
    ++leaving_;
    order_.splice(order_.end(), order_, resident.position);
    home_->parent->send(resident.actor, Passivate{});
    home_->runtime->gauges.passivations.fetch_add(1, std::memory_order_relaxed);
  }

  template <class M>
  void tell_all(const M& message) {
    for (auto& [key, resident] : residents_) home_->parent->send(resident.actor, message);
  }

 private:
  struct Resident {
    caf::actor actor;
    TimeMs used = 0;
    bool leaving = false;
    typename std::list<Key>::iterator position;
    std::list<Message> held;  // while it leaves; a list, as it is nearly always empty
  };
  using Map = std::unordered_map<Key, Resident, KeyHash>;

  typename Map::iterator activate(const Key& key) {
    auto place = typename AggregateHost<A>::Place{
        home_->runtime,  key, home_->shard, home_->epoch, caf::actor{home_->parent},
        home_->reminders};
    Resident resident;
    resident.actor =
        home_->parent->template spawn<caf::lazy_init>(AggregateHost<A>::make, std::move(place));
    resident.position = order_.insert(order_.end(), key);
    home_->runtime->gauges.active_aggregates.fetch_add(1, std::memory_order_relaxed);
    home_->runtime->gauges.activations.fetch_add(1, std::memory_order_relaxed);
    return residents_.emplace(key, std::move(resident)).first;
  }

  std::optional<Home> home_;
  Map residents_;
  std::list<Key> order_;  // least recently used first; those that leave are at the end
  std::size_t leaving_ = 0;
};

}  // namespace usher
