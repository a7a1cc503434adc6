// The generic host of every aggregate: recover, decide, append, then set off effects and reply, in
// this order. Nothing leaves the actor (answer, effect) before
// the events that it depends on are durable.
//
// While an append is in flight commands wait; when it is done, all that wait are decided one after
// the other and appended as one: a hot ticket gets faster with contention instead of slower.
#pragma once

#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "actors/runtime/failures.hpp"
#include "actors/runtime/hosting.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/outbox.hpp"
#include "actors/runtime/projections/derivation.hpp"
#include "actors/runtime/recovery.hpp"
#include "actors/runtime/runtime.hpp"
#include "base/invariant.hpp"

namespace usher {

template <class A>
class AggregateHost {
 public:
  using Self = caf::stateful_actor<AggregateHost>;
  using State = typename A::State;
  using Event = typename A::Event;

  // Where an aggregate lives. `shard_actor` hears of its end; `reminders` of its reminders.
  struct Place {
    const Runtime* runtime;
    typename A::Key key;
    ShardNumber shard;
    Epoch epoch;
    caf::actor shard_actor;
    caf::actor reminders;
  };

  static caf::behavior make(Self* self, Place place) {
    self->state.self_ = self;
    self->state.place_.emplace(std::move(place));
    auto& host = self->state;
    self->set_exception_handler([&host](caf::scheduled_actor*, std::exception_ptr& error) {
      host.on_exception(error);
      return caf::error{caf::exit_reason::unhandled_exception};
    });
    return {
        [&host](Ask<A>& ask) { host.on_ask(std::move(ask)); },
        [&host](Get<A>& get) { host.on_get(std::move(get)); },
        [&host](Watch<A>& watch) { host.on_watch(std::move(watch)); },
        [&host](Passivate) { host.on_passivate(); },
        [&host](Deposed) { host.on_deposed(); },
        [&host](Overdue overdue) { host.on_overdue(overdue.now); },
        [&host](Farewell) { host.on_farewell(); },
    };
  }

 private:
  using Outcome = Answered<Seen<A>>;

  // A command that was decided; its answer waits for the append.
  struct Pending {
    Ask<A> ask;
    Outcome outcome;
    bool answered = false;  // early, because the journal stalled
  };
  struct Batch {
    std::vector<Pending> decisions;
    std::vector<Event> events;
    std::vector<typename A::Effect> effects;
    std::shared_ptr<const State> state;  // after the events
    std::vector<ReminderChange> reminders;
    bool gave_birth = false;
  };
  const Runtime& runtime() const { return *place_->runtime; }
  TimeMs now() const { return runtime().clock.now_ms(); }
  Seen<A> seen() const { return {version_, state_}; }

  // ---- recovery

  bool must_recover() const { return !recovered_ || (Hosted<A>::born_elsewhere && version_ == 0); }

  // await() leaves everything else in the mailbox meanwhile: nothing sees a half-recovered state.
  template <class Then>
  void recover(const caf::actor& readers, Then then, std::function<void(Failure)> otherwise) {
    if (runtime().options.recover_from_memory) {
      const auto known =
          stored_aggregate<A>(runtime().journal, place_->shard, place_->key, Reach::memory);
      if (known) {
        take_over(*known);
        return then();
      }
    }
    auto job = recovery_job<A>(runtime().journal, place_->shard, place_->key);
    self_->request(readers, caf::infinite, std::move(job))
        .await(
            [this, then, otherwise](Recovered<A>& recovered) {
              if (!recovered.outcome) return otherwise(Failure::unavailable);
              take_over(*recovered.outcome);
              then();
            },
            [otherwise](const caf::error&) { otherwise(Failure::overloaded); });
  }

  void take_over(const Seen<A>& recovered) {
    recovered_ = true;
    version_ = recovered.version;
    state_ = recovered.state;
    notify_watchers();
  }

  // ---- messages

  void on_ask(Ask<A> ask) {
    if (left_) return unheard_.emplace_back(std::move(ask)), void();
    if (must_recover()) {
      auto held = std::make_shared<Ask<A>>(std::move(ask));
      const auto& readers = held->options.is_duty ? runtime().duty : runtime().readers;
      return recover(
          readers, [this, held] { enqueue(std::move(*held)); },
          [held](Failure failure) { refuse(held->done, failure); });
    }
    enqueue(std::move(ask));
  }

  void on_get(Get<A> get) {
    if (left_) return unheard_.emplace_back(std::move(get)), void();
    if (must_recover()) {
      auto held = std::make_shared<Get<A>>(std::move(get));
      return recover(
          runtime().readers, [this, held] { answer(*held); },
          [held](Failure failure) { refuse(held->done, failure); });
    }
    answer(get);
  }

  void answer(const Get<A>& get) const {
    if (now() > get.deadline) return refuse(get.done, Failure::timed_out);
    if (version_ == 0) return get.done(tl::unexpected(Refusal{rejections::not_found, 0, {}}));
    get.done(seen());
  }

  void enqueue(Ask<A> ask) {
    if (waiting_.size() >= runtime().options.waiting_commands_max)
      return refuse(ask.done, Failure::overloaded);
    waiting_.push_back(std::move(ask));
    if (!batch_) append_waiting();
  }

  void on_passivate() {
    leaving_ = true;
    leave_if_idle();
  }

  // What waits was never proposed. What is in flight may be committed by another leader: it is
  // answered when that is known, or at its time.
  void on_deposed() {
    if (left_) return;
    leaving_ = deposed_ = true;
    for (auto& ask : std::exchange(waiting_, {})) refuse(ask.done, Failure::unavailable);
    for (auto& watcher : std::exchange(watchers_, {})) refuse(watcher.done, Failure::unknown);
    leave_if_idle();
  }

  // The journal stalls: whoever's deadline has passed hears that the outcome is not known. What is
  // in flight stays in flight.
  void on_overdue(TimeMs at) {
    if (batch_) {
      for (auto& decision : batch_->decisions) {
        if (decision.answered || at <= decision.ask.options.deadline) continue;
        decision.answered = true;
        // What was rejected is not in the append: why is not durable, but it is certainly not done.
        refuse(decision.ask.done, decision.outcome ? Failure::unknown : Failure::timed_out);
      }
    }
    // Not looked at yet, so certainly not executed.
    for (auto ask = waiting_.begin(); ask != waiting_.end();) {
      if (at <= ask->options.deadline) {
        ++ask;
        continue;
      }
      refuse(ask->done, Failure::timed_out);
      ask = waiting_.erase(ask);
    }
    expire_watchers(at);
  }

  // ---- decide and append

  void append_waiting() {
    if (deposed_)
      for (auto& ask : std::exchange(waiting_, {})) refuse(ask.done, Failure::unavailable);
    while (!batch_ && !waiting_.empty()) {
      Batch batch = decide_waiting();
      if (batch.events.empty()) {
        publish(batch);
        continue;
      }
      Append append = to_append(batch);
      batch_ = std::make_unique<Batch>(std::move(batch));
      self_->request(runtime().journal_actor, caf::infinite, AppendRequest{std::move(append)})
          .then([this](const AppendAnswer& answered) { on_appended(answered.outcome); },
                [this](const caf::error&) {
                  on_appended(tl::unexpected(StorageError::unavailable));
                });
    }
    leave_if_idle();
  }

  Batch decide_waiting() {
    Batch batch;
    batch.state = state_;
    const std::size_t most = solo_ > 0 ? 1 : runtime().options.batch_commands_max;
    if (solo_ > 0) --solo_;
    while (!waiting_.empty() && batch.decisions.size() < most) {
      Ask<A> ask = std::move(waiting_.front());
      waiting_.pop_front();
      const TimeMs at = now();
      if (at > ask.options.deadline) {
        refuse(ask.done, Failure::timed_out);
        continue;
      }
      Outcome outcome = decide(batch, ask, at);
      batch.decisions.push_back({std::move(ask), std::move(outcome)});
    }
    return batch;
  }

  Outcome decide(Batch& batch, const Ask<A>& ask, TimeMs at) {
    const Version version = version_ + batch.events.size();
    auto decided = A::decide(batch.state.get(), ask.command, at);
    if (!decided) {
      Refusal refusal{decided.error(), version, {}};
      Hosted<A>::explain(refusal, batch.state.get(), ask.command);
      return tl::unexpected(std::move(refusal));
    }
    if (ask.options.if_version && *ask.options.if_version != version)
      return tl::unexpected(Refusal{rejections::stale_version, version, {}});
    for (auto& event : decided->events) {
      batch.state = std::make_shared<const State>(A::evolve(batch.state.get(), event));
      batch.events.push_back(std::move(event));
    }
    for (auto& effect : decided->effects) batch.effects.push_back(std::move(effect));
    INVARIANT(batch.state != nullptr);
    return Seen<A>{version_ + batch.events.size(), batch.state};
  }

  Append to_append(Batch& batch) {
    const std::string stream = stream_of(place_->key);
    Derived derived = derive<A>(place_->key, state_.get(), version_, batch.events, *batch.state);
    batch.gave_birth = !derived.births.empty();
    Append append;
    append.shard = place_->shard;
    append.epoch = place_->epoch;
    append.streams.push_back({stream, version_, {}, encode_state(*batch.state)});
    for (const auto& event : batch.events) append.streams[0].records.push_back(encode(event));
    for (auto& birth : derived.births) append.streams.push_back(std::move(birth));
    if (!runtime().options.keep_snapshots)
      for (auto& each : append.streams) each.state.reset();
    append.reminders = std::move(derived.reminders);
    append.rows = std::move(derived.rows);
    batch.reminders = append.reminders;
    return append;
  }

  void on_appended(const tl::expected<Appended, StorageError>& outcome) {
    INVARIANT(batch_ != nullptr);  // one append in flight at a time, answered once
    const auto appended = std::exchange(batch_, nullptr);
    if (!outcome) return on_refused(*appended, outcome.error());
    try {
      take_in(*appended);
    } catch (...) {
      // It is durable. Who has not heard of it must not hear that it was not executed, and the
      // reminder actor may have missed what it should keep: only a restart is sure to mend that.
      for (auto& decision : appended->decisions) refuse_if_open(decision, Failure::unknown);
      runtime().gauges.actor_failed.store(true);
      throw;
    }
    append_waiting();
  }

  void take_in(Batch& batch) {
    version_ += batch.events.size();
    state_ = batch.state;
    if (!batch.reminders.empty())
      self_->send(place_->reminders, RemindersChanged{std::move(batch.reminders)});
    publish(batch);
    notify_watchers();
  }

  // Everything in the batch is durable (or needed nothing to become so): effects, then answers. So
  // whoever was answered that an order is off, and reserves its ticket, is behind the release.
  void publish(Batch& batch) {
    if (!batch.effects.empty()) {
      const Outbox outbox{self_, runtime()};
      for (const auto& effect : batch.effects) Hosted<A>::perform(outbox, place_->key, effect);
    }
    for (auto& decision : batch.decisions) {
      if (decision.answered) continue;
      if (decision.outcome && decision.ask.until && !decision.ask.until(*decision.outcome))
        watch({std::move(decision.ask.until), decision.ask.options.deadline,
               std::move(decision.ask.done)});
      else
        decision.ask.done(std::move(decision.outcome));
    }
  }

  void on_refused(Batch& batch, StorageError error) {
    // Nothing was written. One command of many may be to blame, by giving birth to what exists
    // already: each is tried once more, alone.
    if (error == StorageError::wrong_version && batch.gave_birth) {
      if (batch.decisions.size() > 1) {
        solo_ += batch.decisions.size();
        for (auto decision = batch.decisions.rbegin(); decision != batch.decisions.rend();
             ++decision)
          if (!decision->answered) waiting_.push_front(std::move(decision->ask));
        return append_waiting();
      }
      batch.decisions[0].ask.done(
          tl::unexpected(Refusal{rejections::already_exists, version_, {}}));
      return append_waiting();
    }
    // A failed append may still be on disk: only a restart from the journal knows. A wrong version
    // or an old epoch means that this incarnation was deposed: nothing was written.
    const bool is_open = error == StorageError::unavailable;
    const Failure failure = is_open ? Failure::unknown : Failure::unavailable;
    for (auto& decision : batch.decisions)
      if (!decision.answered) refuse(decision.ask.done, failure);
    for (auto& watcher : std::exchange(watchers_, {})) refuse(watcher.done, Failure::unknown);
    leave();
  }

  // ---- watchers

  void watch(Watch<A> watcher) {
    const DurationMs wait = std::max<DurationMs>(watcher.deadline - now(), 0);
    self_->delayed_send(self_, std::chrono::milliseconds(wait + 1), Overdue{watcher.deadline + 1});
    watchers_.push_back(std::move(watcher));
  }

  // One that waited for the predecessor.
  void on_watch(Watch<A> watcher) {
    watch(std::move(watcher));
    if (recovered_ && !left_) notify_watchers();
  }

  void notify_watchers() {
    if (version_ == 0) return;
    take_watchers([this](const Watch<A>& watcher) { return watcher.until(seen()); },
                  [this](Watch<A>& watcher) { watcher.done(seen()); });
  }

  void expire_watchers(TimeMs at) {
    take_watchers([at](const Watch<A>& watcher) { return at > watcher.deadline; },
                  [](Watch<A>& watcher) { refuse(watcher.done, Failure::unknown); });
  }

  template <class Which, class Then>
  void take_watchers(Which which, Then then) {
    auto taken = std::stable_partition(watchers_.begin(), watchers_.end(),
                                       [&](const Watch<A>& watcher) { return !which(watcher); });
    std::vector<Watch<A>> out{std::make_move_iterator(taken),
                              std::make_move_iterator(watchers_.end())};
    watchers_.erase(taken, watchers_.end());
    for (auto& watcher : out) then(watcher);
  }

  // ---- the end

  // Who waits for something that may take long, such as a payment, keeps nobody in memory.
  void leave_if_idle() {
    if (leaving_ && !left_ && !batch_ && waiting_.empty()) leave();
  }

  // Its next incarnation starts from the journal. What came for this one and was not looked at is
  // refused as not done when the mailbox goes.
  void on_exception(const std::exception_ptr& error) {
    note_failure(runtime(), "an aggregate", error);
    if (batch_) {
      // The append may come to be behind the back of the next incarnation.
      for (auto& decision : batch_->decisions) refuse_if_open(decision, Failure::unknown);
      runtime().gauges.actor_failed.store(true);
    }
    for (auto& ask : waiting_) refuse(ask.done, Failure::unavailable);
    if (!left_) self_->send(place_->shard_actor, Leaving<A>{place_->key});
    self_->send(place_->shard_actor,
                Gone<A>{place_->key, std::move(unheard_), std::move(watchers_)});
  }

  static void refuse_if_open(Pending& decision, Failure failure) {
    if (!decision.answered && decision.ask.done) refuse(decision.ask.done, failure);
  }

  // Looks at nothing more: what still comes is for its successor.
  void leave() {
    INVARIANT(!left_ && !batch_);
    left_ = true;
    for (auto& ask : waiting_) refuse(ask.done, Failure::unavailable);
    waiting_.clear();
    self_->send(place_->shard_actor, Leaving<A>{place_->key});
  }

  // Behind everything that the shard sent before it knew.
  void on_farewell() {
    self_->send(place_->shard_actor,
                Gone<A>{place_->key, std::move(unheard_), std::move(watchers_)});
    self_->quit();
  }

  static void refuse(const Callback<Seen<A>>& done, Failure failure) {
    done(tl::unexpected(Refusal{failure, 0, {}}));
  }

  Self* self_ = nullptr;
  std::optional<Place> place_;
  bool recovered_ = false;
  Version version_ = 0;                 // durable
  std::shared_ptr<const State> state_;  // durable; null: does not exist
  std::list<Ask<A>> waiting_;           // while it is empty a list holds no memory; a deque does
  std::unique_ptr<Batch> batch_;        // in flight
  std::vector<Watch<A>> watchers_;
  std::size_t solo_ = 0;  // so many commands are appended alone
  bool leaving_ = false;
  bool deposed_ = false;
  bool left_ = false;
  std::list<std::variant<Ask<A>, Get<A>>> unheard_;  // that came after it had left
};

}  // namespace usher
