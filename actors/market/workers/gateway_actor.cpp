#include "actors/market/workers/gateway_actor.hpp"

#include <algorithm>
#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "actors/market/codec/event_codec.hpp"
#include "actors/market/domain/decline.hpp"
#include "actors/runtime/failures.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/outbox.hpp"
#include "actors/runtime/worker_pool.hpp"

namespace usher {
namespace {

// What a job found out, by charging or by looking.
struct ChargeAnswer {
  std::variant<Order::Captured, Order::Refused, NothingKnown, Misconfigured, Unknown> outcome;
};
struct RefundAnswer {
  RefundOutcome outcome;
};

}  // namespace
}  // namespace usher

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::ChargeAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::RefundAnswer)

namespace usher {
namespace {

// How far a clock may have been set back before nothing is charged any more on its word.
constexpr DurationMs clock_error_ms = 10 * 60'000;
constexpr std::size_t tried_max = 100'000;       // payments whose last attempt is remembered
constexpr std::size_t told_max = 100'000;        // payments whose outcome is
constexpr DurationMs told_ms_min = 10 * 60'000;  // longer than any message is under way

template <class Outcome>
ChargeAnswer widened(Outcome outcome) {
  return std::visit([](auto& known) { return ChargeAnswer{std::move(known)}; }, outcome);
}

// While it does, asking twice charges once. A clock that was set back further than clocks are set
// back says nothing.
bool key_lives(DurationMs age, DurationMs life_ms) {
  return -clock_error_ms < age && age < life_ms;
}

// Order of the two questions. What is known of a charge settles it; what is not known may be
// charged while the key lives, because then one that exists after all is not made twice.
ChargeAnswer ask(PaymentGateway& gateway, const Order::ChargeCard& charge, bool look_up,
                 bool may_charge) {
  if (!look_up && may_charge) return widened(gateway.charge(charge));
  auto found = widened(gateway.look_up(charge));
  const bool is_open = std::holds_alternative<NothingKnown>(found.outcome) ||
                       std::holds_alternative<Unknown>(found.outcome);
  return is_open && may_charge ? widened(gateway.charge(charge)) : found;
}

class Gateway {
 public:
  using Self = caf::stateful_actor<Gateway>;

  static caf::behavior make(Self* self, const Runtime* runtime, const MarketOptions* options,
                            MarketGauges* gauges, PaymentGateway* gateway,
                            std::function<void(const std::string&)> log) {
    auto& here = self->state;
    here.self_ = self;
    here.runtime_ = runtime;
    here.options_ = options;
    here.gauges_ = gauges;
    here.gateway_ = gateway;
    here.log_ = std::move(log);
    here.forgotten_at_ = self->clock().now();
    needs_a_restart(self, *runtime, "the payment gateway's actor");
    here.workers_ = spawn_worker_pool(self->system(), *options, *gauges,
                                      {.name = "gateway workers",
                                       .workers = options->gateway_workers,
                                       .queue_max = options->gateway_queue_max},
                                      &gauges->gateway_queue, here.log_);
    return {
        [&here](const AskGateway& ask) {
          std::visit([&](const auto& effect) { here.on(ask.order, effect); }, ask.request);
        },
        [self, &here](Stop) {
          auto stopped = self->make_response_promise();
          auto end = [self, stopped]() mutable {
            stopped.deliver(Stopped{});
            self->quit();
          };
          self->request(here.workers_, caf::infinite, Stop{})
              .then([end](Stopped) mutable { end(); }, [end](const caf::error&) mutable { end(); });
        },
    };
  }

 private:
  using Instant = caf::actor_clock::time_point;
  // By the steady clock: what the wall clock says may have been set meanwhile.
  struct Tried {
    Instant first;            // by this process
    Instant last;             // when an attempt may last have been under way
    bool began_here = false;  // the first of all was this process's
    bool key_is_spent = false;
    // Expired when no job of it runs any more, be it one that was given up.
    std::weak_ptr<void> under_way = {};
  };
  using Outcome = std::variant<Order::Captured, Order::Refused>;
  struct Told {
    Outcome outcome;
    Instant at;
  };

  // ---- charges

  void on(const OrderId& order, const Order::ChargeCard& charge) {
    if (!charge.again) return ask_for(order, charge, /*look_up=*/false, /*may_charge=*/true);
    const DurationMs age = age_of(charge);
    const bool may_charge =
        key_lives(age, options_->gateway_key_life_ms) && !key_is_spent(charge.payment);
    ask_for(order, charge, !may_charge || age >= options_->look_up_after_ms, may_charge);
  }

  // The operator wrote it off: nothing is charged any more.
  void on(const OrderId& order, const Order::LookUp& look) {
    ask_for(order, look.charge, /*look_up=*/true, /*may_charge=*/false);
  }

  void on(const OrderId&, const Order::TellTicket&) {}  // not the gateway's

  void ask_for(const OrderId& order, const Order::ChargeCard& charge, bool look_up,
               bool may_charge) {
    if (const auto told = told_.find(charge.payment); told != told_.end())
      return tell(order, charge.payment, told->second.outcome);
    if (!begin(charge.payment)) return;
    // One that hangs, and was given up, may still charge when it comes to itself.
    if (is_under_way(charge.payment)) note_attempt(charge.payment, false);
    std::shared_ptr<void> running;
    if (may_charge) {
      auto& tried = note_attempt(charge.payment, !charge.again);
      running = tried.under_way.lock();
      if (!running) running = std::make_shared<char>();
      tried.under_way = running;
    }
    auto& clock = self_->clock();
    Job job{[gateway = gateway_, &clock, asked_at = clock.now(), age = age_of(charge),
             life_ms = options_->gateway_key_life_ms, charge, look_up, may_charge, running] {
      // It may have waited for a worker.
      const bool may_still = may_charge && key_lives(age + ms_of(clock.now() - asked_at), life_ms);
      return caf::make_message(ask(*gateway, charge, look_up, may_still));
    }};
    self_->request(workers_, caf::infinite, std::move(job))
        .then(
            [this, order, charge, may_charge](const ChargeAnswer& answer) {
              end(charge.payment);
              if (may_charge) note_attempt(charge.payment, false);
              settle(order, charge, answer, may_charge);
            },
            // Refused by the pool, thrown or given up: the reminder asks again.
            [this, payment = charge.payment, may_charge](const caf::error&) {
              end(payment);
              if (may_charge) note_attempt(payment, false);
            });
  }

  void settle(const OrderId& order, const Order::ChargeCard& charge, const ChargeAnswer& answer,
              bool may_charge) {
    auto& gauges = *gauges_;
    if (const auto* captured = std::get_if<Order::Captured>(&answer.outcome))
      return tell(order, charge.payment, *captured);
    if (const auto* refused = std::get_if<Order::Refused>(&answer.outcome))
      return tell(order, charge.payment, *refused);
    if (const auto* wrong = std::get_if<Misconfigured>(&answer.outcome)) {
      gauges.gateway_misconfigured.fetch_add(1, std::memory_order_relaxed);
      log("NO PAYMENT CAN BE TAKEN: " + wrong->why + " (payment " + charge.payment.hex() +
          " of order " + order.hex() + " was refused, nothing was charged)");
      return tell(order, charge.payment,
                  Order::Refused{"Payments cannot be taken at the moment. Nothing was charged.",
                                 std::string{decline::payment_unavailable}});
    }
    const auto* unknown = std::get_if<Unknown>(&answer.outcome);
    const bool nothing_known = std::holds_alternative<NothingKnown>(answer.outcome);
    if (!may_charge && is_over(charge, nothing_known))
      return tell(order, charge.payment,
                  Order::Refused{std::string{Order::written_off_reason},
                                 std::string{decline::payment_not_charged}});
    if (!unknown) return;  // nothing known, and too early to believe it
    gauges.gateway_unknown.fetch_add(1, std::memory_order_relaxed);
    if (unknown->misconfigured)
      gauges.gateway_misconfigured.fetch_add(1, std::memory_order_relaxed);
    const auto tried = tried_.find(charge.payment);
    if (unknown->key_is_spent && tried != tried_.end()) tried->second.key_is_spent = true;
    log("payment " + charge.payment.hex() + " of order " + order.hex() + ": " + unknown->why +
        "; asked again later");
  }

  // Nothing is asked for any more, so nothing new is charged: once the last attempt is so long ago
  // that its charge would be known, there is none. As long as looking up itself fails this is not
  // known, whatever the operator has said: he may be wrong, and the money would be kept.
  bool is_over(const Order::ChargeCard& charge, bool nothing_known) const {
    const auto lag = std::chrono::milliseconds(options_->look_up_lag_ms);
    return nothing_known && !is_under_way(charge.payment) &&
           self_->clock().now() - last_attempt(charge.payment) >= lag;
  }

  // ---- refunds: of the whole charge, so the key's life does not matter

  void on(const OrderId& order, const Order::GiveBack& refund) {
    if (!begin(refund.payment)) return;
    Job job{[gateway = gateway_, refund] {
      return caf::make_message(RefundAnswer{gateway->refund(refund)});
    }};
    self_->request(workers_, caf::infinite, std::move(job))
        .then(
            [this, order, payment = refund.payment](const RefundAnswer& answer) {
              end(payment);
              settle(order, payment, answer.outcome);
            },
            [this, payment = refund.payment](const caf::error&) { end(payment); });
  }

  void settle(const OrderId& order, const PaymentId& payment, const RefundOutcome& outcome) const {
    if (const auto* done = std::get_if<RefundDone>(&outcome)) {
      // Asking again would be answered with the same for a day (docs/decisions/0016).
      if (done->is_pending)
        log("the refund of payment " + payment.hex() + " of order " + order.hex() +
            " is under way: if it fails later, the gateway's own pages say so");
      return tell(order, Order::SettleRefund{payment, std::nullopt});
    }
    if (const auto* refused = std::get_if<RefundRefused>(&outcome)) {
      log("A REFUND IS REFUSED, settle it by hand: payment " + payment.hex() + " of order " +
          order.hex() + ": " + refused->why);
      return tell(order, Order::SettleRefund{payment, refused->why});
    }
    const auto& unknown = std::get<Unknown>(outcome);
    gauges_->gateway_unknown.fetch_add(1, std::memory_order_relaxed);
    if (unknown.misconfigured)
      gauges_->gateway_misconfigured.fetch_add(1, std::memory_order_relaxed);
    log("the refund of payment " + payment.hex() + " of order " + order.hex() + ": " + unknown.why +
        "; asked again later");
  }

  // ---- what was tried when

  static DurationMs ms_of(Instant::duration length) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
  }

  // Of its key. A wall clock that was set back says less than is known of what this process has
  // begun: it must not keep that from being asked for again. One that is ahead may be right.
  DurationMs age_of(const Order::ChargeCard& charge) const {
    const DurationMs by_the_wall = runtime_->clock.now_ms() - charge.started_at;
    const auto found = tried_.find(charge.payment);
    if (found == tried_.end() || !found->second.began_here) return by_the_wall;
    return std::max(by_the_wall, ms_of(self_->clock().now() - found->second.first));
  }

  Instant last_attempt(const PaymentId& payment) const {
    const auto found = tried_.find(payment);
    return found == tried_.end() ? forgotten_at_ : found->second.last;
  }
  // Refused by the gateway, or too old by a clock that nobody sets.
  bool key_is_spent(const PaymentId& payment) const {
    const auto found = tried_.find(payment);
    if (found == tried_.end()) return false;
    const auto life = std::chrono::milliseconds(options_->gateway_key_life_ms);
    const bool is_old = self_->clock().now() - found->second.first >= life;
    return is_old || found->second.key_is_spent;
  }

  bool is_under_way(const PaymentId& payment) const {
    const auto found = tried_.find(payment);
    return found != tried_.end() && !found->second.under_way.expired();
  }

  Tried& note_attempt(const PaymentId& payment, bool is_the_first) {
    const Instant now = self_->clock().now();
    if (tried_.size() >= tried_max && !tried_.contains(payment)) {
      tried_.clear();
      forgotten_at_ = now;  // as after a start: any of them may have been tried just now
    }
    auto& tried = tried_.try_emplace(payment, Tried{now, now, is_the_first}).first->second;
    tried.last = now;
    return tried;
  }

  // ---- messages

  void tell(const OrderId& order, const PaymentId& payment, Outcome outcome) {
    remember(payment, outcome);
    tell(order, Order::SettlePayment{payment, std::move(outcome)});
  }

  // A word may be lost (it came too late, a write failed), and a reminder may have asked while it
  // was under way. It is repeated then, and the gateway is not asked: one that has turned us away
  // keeps no record of it under the key, and would charge this time, behind the order's back.
  void remember(const PaymentId& payment, const Outcome& outcome) {
    const Instant now = self_->clock().now();
    tried_.erase(payment);
    if (told_.try_emplace(payment, Told{outcome, now}).second) told_in_turn_.push_back(payment);
    const auto life = std::chrono::milliseconds(std::max(options_->look_up_lag_ms, told_ms_min));
    while (!told_in_turn_.empty()) {
      const auto oldest = told_.find(told_in_turn_.front());
      const bool is_old = now - oldest->second.at > life;
      if (!is_old && told_.size() <= told_max) return;
      if (!is_old) forgotten_at_ = std::max(forgotten_at_, oldest->second.at);
      told_.erase(oldest);
      told_in_turn_.pop_front();
    }
  }

  void tell(const OrderId& order, Order::Command command) const {
    Outbox{self_, *runtime_}.tell<Order>(order, std::move(command));
  }

  void log(const std::string& what) const {
    if (log_) log_(what);
  }

  bool begin(const PaymentId& payment) {
    gauges_->gateway_asked.fetch_add(1, std::memory_order_relaxed);
    const bool is_first = asking_.insert(payment).second;
    note_asking();
    return is_first;
  }
  void end(const PaymentId& payment) {
    asking_.erase(payment);
    note_asking();
  }
  void note_asking() const {
    gauges_->gateway_asking.store(static_cast<std::int64_t>(asking_.size()),
                                  std::memory_order_relaxed);
  }

  Self* self_ = nullptr;
  const Runtime* runtime_ = nullptr;
  const MarketOptions* options_ = nullptr;
  MarketGauges* gauges_ = nullptr;
  PaymentGateway* gateway_ = nullptr;
  std::function<void(const std::string&)> log_;
  caf::actor workers_;
  std::set<PaymentId> asking_;          // one request at a time per payment
  std::map<PaymentId, Tried> tried_;    // of payments that are not settled
  std::map<PaymentId, Told> told_;      // of those that are, and their orders may not know it yet
  std::deque<PaymentId> told_in_turn_;  // the oldest first
  Instant forgotten_at_;  // payments that are not in it may have been tried until then
};

}  // namespace

caf::actor spawn_gateway_actor(caf::actor_system& system, const Runtime& runtime,
                               const MarketOptions& options, MarketGauges& gauges,
                               PaymentGateway& gateway,
                               std::function<void(const std::string&)> log) {
  return system.spawn(Gateway::make, &runtime, &options, &gauges, &gateway, std::move(log));
}

}  // namespace usher
