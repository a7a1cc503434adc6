#include "tests/sim/mutations.hpp"

#include <algorithm>
#include <array>
#include <caf/mailbox_element.hpp>
#include <caf/send.hpp>
#include <limits>
#include <variant>

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/hosting.hpp"
#include "actors/market/workers/gateway_actor.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/projections/derivation.hpp"
#include "actors/runtime/shard_map.hpp"

namespace usher::sim {
namespace {

template <class T>
T* get_if(caf::mailbox_element& message) {
  auto& content = message.content();
  return content.match_elements<T>() ? &content.get_mutable_as<T>(0) : nullptr;
}

// Answers it, and whoever answers it again is not heard.
template <class T>
void answer(Callback<T>& done, Answered<T> value) {
  std::exchange(done, [](Answered<T>) {})(std::move(value));
}

}  // namespace

std::string_view name_of(Mutation mutation) {
  static constexpr std::array<std::string_view, mutation_count + 1> names = {
      "none",
      "reply_before_append",
      "ignore_if_version",
      "forget_tell_ticket",
      "forget_settle",
      "forget_expire",
      "lose_rows",
      "skip_birth",
      "lose_reminders_on_restart",
      "new_key_per_attempt",
      "unknown_is_declined",
      "stale_recovery",
      "forget_settled_reminder",
      "skip_epoch_check",
      "expire_in_flight",
      "sell_twice",
      "release_anybody",
      "failed_is_refused",
      "read_uncommitted",
      "lose_watchers",
      "forget_refund",
      "execute_late",
      "believe_absence",
      "charge_forgotten_key",
      "believe_nothing_known",
      "forget_look_up",
      "apply_uncommitted",
      "lead_under_old_epoch",
      "cut_is_not_done",
      "keep_reminder",
      "stuck_gauge",
  };
  return names.at(static_cast<std::size_t>(mutation));
}

void Mutant::tap(const caf::actor& receiver, caf::mailbox_element& message) {
  if (auto* ask = get_if<Ask<Ticket>>(message)) {
    on_ask(receiver, *ask);
    on_ticket(receiver, *ask);
  } else if (auto* order = get_if<Ask<Order>>(message)) {
    on_ask(receiver, *order);
    on_order(*order);
  } else if (auto* get = get_if<Get<Ticket>>(message)) {
    on_get(*get);
  } else if (auto* get_order = get_if<Get<Order>>(message)) {
    on_get(*get_order);
  } else if (auto* request = get_if<AppendRequest>(message)) {
    on_append(request->append);
  } else if (auto* start = get_if<Start>(message)) {
    const auto [began, is_first] = began_.try_emplace(receiver.id(), start->epoch);
    if (is(Mutation::lead_under_old_epoch) && !is_first) start->epoch = began->second;
  } else if (get_if<Deposed>(message)) {
    on_deposed(receiver);
  } else if (auto* changed = get_if<RemindersChanged>(message)) {
    forget(changed->changes);
    if (is(Mutation::keep_reminder))
      std::erase_if(changed->changes, [](const ReminderChange& change) { return !change.set; });
  } else if (get_if<AskGateway>(message)) {
    if (is(Mutation::stuck_gauge) && gauges_) gauges_->gateway_queue.fetch_add(1);
  } else if (auto* read = get_if<RemindersRead>(message)) {
    if (is(Mutation::lose_reminders_on_restart) && read->reminders) read->reminders->clear();
  } else if (auto* answered = get_if<AppendAnswer>(message)) {
    auto& outcome = answered->outcome;
    if (is(Mutation::failed_is_refused) && !outcome && outcome.error() == StorageError::unavailable)
      outcome = tl::unexpected(StorageError::stale_epoch);
  }
}

void Mutant::crashed() {
  gauges_ = nullptr;
  written_.clear();
  newest_.clear();
  ours_.clear();
  absent_.clear();
  shard_at_.clear();
  began_.clear();
  open_.clear();
}

// Those that were not in flight are refused so anyway.
void Mutant::on_deposed(const caf::actor& receiver) {
  const auto shard = shard_at_.find(receiver.id());
  if (!is(Mutation::cut_is_not_done) || shard == shard_at_.end()) return;
  for (const auto& refuse : std::exchange(open_[shard->second], {})) refuse();
}

// ---- what is asked

template <class A>
void Mutant::on_ask(const caf::actor& receiver, Ask<A>& ask) {
  if (is(Mutation::cut_is_not_done) && journal_()) {
    const auto shard = ShardMap{journal_()->shard_count()}.shard_of(ask.key.slot());
    shard_at_.try_emplace(receiver.id(), shard);
    auto done = std::make_shared<Callback<Seen<A>>>(std::move(ask.done));
    ask.done = [done](Answered<Seen<A>> answered) {
      if (*done) std::exchange(*done, nullptr)(std::move(answered));
    };
    open_[shard].push_back([done] {
      if (*done)
        std::exchange(*done, nullptr)(tl::unexpected(Refusal{Failure::unavailable, 0, {}}));
    });
  }
  if (is(Mutation::ignore_if_version)) ask.options.if_version.reset();
  if (is(Mutation::execute_late)) ask.options.deadline = std::numeric_limits<TimeMs>::max() / 2;
}

template <class A>
void Mutant::on_get(Get<A>& get) {
  const auto durable = oracle_.version<A>(get.key);
  if (is(Mutation::read_uncommitted)) {
    const auto found = written_.find(stream_of(get.key));
    if (found == written_.end() || found->second.version <= durable || !found->second.state) return;
    auto state = decode_state<A>(*found->second.state);
    if (!state) return;
    answer<Seen<A>>(get.done,
                    Seen<A>{found->second.version,
                            std::make_shared<const typename A::State>(*std::move(state))});
  }
  if constexpr (std::is_same_v<A, Order>) {
    if (!is(Mutation::believe_absence)) return;
    if (durable == 0) absent_.insert(get.key);
    if (absent_.contains(get.key))
      answer<Seen<A>>(get.done, tl::unexpected(Refusal{Rejection::not_found, 0, {}}));
  }
}

void Mutant::on_ticket(const caf::actor& receiver, Ask<Ticket>& ask) {
  const auto* ticket = oracle_.newest<Ticket>(ask.key);
  if (!ticket || !ticket->hold || ticket->hold->sold) return;
  auto* release = std::get_if<Ticket::Release>(&ask.command);
  if (is(Mutation::release_anybody) && release) release->order = ticket->hold->order;
  const auto* reserve = std::get_if<Ticket::Reserve>(&ask.command);
  if (is(Mutation::sell_twice) && reserve && reserve->order != ticket->hold->order &&
      forced_.insert(reserve->order).second) {
    // It is taken from whoever holds it, and then reserved.
    Ask<Ticket> behind = ask;
    ask.command = Ticket::Release{ticket->hold->order, clock_.now_ms()};
    ask.done = [](Answered<Seen<Ticket>>) {};
    caf::anon_send(receiver, std::move(behind));
  }
}

void Mutant::on_order(Ask<Order>& ask) {
  if (is(Mutation::lose_watchers) && ask.until) {
    ask.done = [done = std::move(ask.done)](Answered<Seen<Order>> answered) {
      const auto* failure = answered ? nullptr : std::get_if<Failure>(&answered.error().why);
      if (!failure || *failure != Failure::unknown) done(std::move(answered));
    };
  }
  const auto* order = oracle_.newest<Order>(ask.key);
  if (is(Mutation::expire_in_flight) && order &&
      std::holds_alternative<Order::Remind>(ask.command) &&
      order->status == Order::Status::awaiting_payment && clock_.now_ms() >= order->deadline &&
      expired_.insert(ask.key).second && journal_()) {
    const Order::Event event =
        Order::Cancelled{order->buyer, order->ticket.id, Order::Reason::expired, clock_.now_ms()};
    const auto after = Order::evolve(order, event);
    auto derived =
        derive<Order>(ask.key, order, oracle_.version<Order>(ask.key), std::span{&event, 1}, after);
    const auto shard = ShardMap{journal_()->shard_count()}.shard_of(ask.key.slot());
    const Append append{shard,
                        ours_[shard],
                        {{stream_of(ask.key),
                          oracle_.version<Order>(ask.key),
                          {encode(event)},
                          encode_state(after)}},
                        std::move(derived.reminders),
                        std::move(derived.rows)};
    static_cast<void>(journal_()->write(std::span{&append, 1}));
  }
}

// ---- what is written

void Mutant::forget(std::vector<ReminderChange>& reminders) const {
  const auto drop = [&](ReminderName name, bool set) {
    std::erase_if(reminders, [&](const ReminderChange& change) {
      return change.set == set && change.key.name == static_cast<std::uint8_t>(name);
    });
  };
  switch (mutation_) {
    case Mutation::forget_tell_ticket:
      return drop(ReminderName::tell_ticket, true);
    case Mutation::forget_settled_reminder:
      return drop(ReminderName::tell_ticket, false);
    case Mutation::forget_settle:
      return drop(ReminderName::settle, true);
    case Mutation::forget_refund:
      return drop(ReminderName::refund, true);
    case Mutation::forget_look_up:
      return drop(ReminderName::look_up, true);
    case Mutation::forget_expire:
      return drop(ReminderName::expire, true);
    default:
      return;
  }
}

void Mutant::on_append(Append& append) {
  if (append.streams.empty()) return;
  auto& own = append.streams.front();
  auto& written = written_[own.stream];
  if (written.version != own.expected + own.records.size() || written.expected != own.expected)
    written = {own.expected, own.expected + own.records.size(), own.state, written.state};
  ours_[append.shard] = append.epoch;
  forget(append.reminders);
  switch (mutation_) {
    case Mutation::lose_rows:
      if (!append.rows.empty()) append.rows.pop_back();
      return;
    case Mutation::skip_birth:
      append.streams.resize(1);
      return;
    case Mutation::stale_recovery:
      if (written.before && own.state) own.state = written.before;
      return;
    case Mutation::skip_epoch_check:
      if (const auto newest = newest_.find(append.shard); newest != newest_.end() && journal_()) {
        Append forged = append;
        forged.epoch = newest->second;
        static_cast<void>(journal_()->write(std::span{&forged, 1}));
      }
      return;
    case Mutation::reply_before_append:
      append.streams.clear();  // to be written some time, which a crash comes before
      append.reminders.clear();
      append.rows.clear();
      return;
    default:
      return;
  }
}

// ---- the gateway

ChargeOutcome MutantGateway::charge(const Order::ChargeCard& charge) {
  auto asked = charge;
  if (mutation_ == Mutation::new_key_per_attempt && !asked_.insert(charge.payment).second)
    asked.payment = PaymentId::mint(clock_.now_ms(), charge.payment.slot(), ++ids_);
  auto outcome = true_one_.charge(asked);
  if (mutation_ == Mutation::unknown_is_declined && std::holds_alternative<Unknown>(outcome))
    return Order::Refused{"no answer", {}};
  return outcome;
}

LookUpOutcome MutantGateway::look_up(const Order::ChargeCard& charge) {
  if (mutation_ == Mutation::charge_forgotten_key) {
    const auto outcome = true_one_.charge(charge);
    if (const auto* captured = std::get_if<Order::Captured>(&outcome)) return *captured;
    if (const auto* refused = std::get_if<Order::Refused>(&outcome)) return *refused;
    return Unknown{"no answer"};
  }
  auto outcome = true_one_.look_up(charge);
  if (mutation_ == Mutation::believe_nothing_known && std::holds_alternative<NothingKnown>(outcome))
    return Order::Refused{"nothing known", {}};
  return outcome;
}

}  // namespace usher::sim
