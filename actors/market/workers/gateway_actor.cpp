#include "actors/market/workers/gateway_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <set>
#include <utility>

#include "actors/market/codec/event_codec.hpp"
#include "actors/runtime/messages.hpp"
#include "actors/runtime/outbox.hpp"
#include "actors/runtime/worker_pool.hpp"

namespace usher {
namespace {

struct ChargeAnswer {
  ChargeOutcome outcome;
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

struct GatewayState {
  caf::actor workers;
  std::set<PaymentId> asking;  // one request at a time per payment
};

class Gateway {
 public:
  using Self = caf::stateful_actor<GatewayState>;

  static caf::behavior make(Self* self, const Runtime* runtime, WorkerPoolOptions workers,
                            MarketGauges* gauges, PaymentGateway* gateway,
                            std::function<void(const std::string&)> log) {
    self->state.workers = spawn_worker_pool(self->system(), workers, &gauges->gateway_queue);
    const Gateway here{self, runtime, gauges, gateway, std::move(log)};
    return {
        [here](const AskGateway& ask) {
          if (const auto* charge = std::get_if<Order::ChargeCard>(&ask.request))
            here.charge(ask.order, *charge);
          else if (const auto* refund = std::get_if<Order::GiveBack>(&ask.request))
            here.refund(ask.order, *refund);
        },
        [self](Stop) {
          auto stopped = self->make_response_promise();
          auto end = [self, stopped]() mutable {
            stopped.deliver(Stopped{});
            self->quit();
          };
          self->request(self->state.workers, caf::infinite, Stop{})
              .then([end](Stopped) mutable { end(); }, [end](const caf::error&) mutable { end(); });
        },
    };
  }

 private:
  Gateway(Self* self, const Runtime* runtime, MarketGauges* gauges, PaymentGateway* gateway,
          std::function<void(const std::string&)> log)
      : self_(self), runtime_(runtime), gauges_(gauges), gateway_(gateway), log_(std::move(log)) {}

  void charge(const OrderId& order, const Order::ChargeCard& charge) const {
    if (!begin(charge.payment)) return;
    // The idempotency key is the payment's id, in every attempt.
    Job job{[gateway = gateway_, charge] {
      return caf::make_message(ChargeAnswer{gateway->charge(charge)});
    }};
    self_->request(self_->state.workers, caf::infinite, std::move(job))
        .then(
            [here = *this, order, payment = charge.payment](const ChargeAnswer& answer) {
              here.end(payment);
              here.settle(order, payment, answer.outcome);
            },
            [here = *this, payment = charge.payment](const caf::error&) { here.end(payment); });
  }

  void refund(const OrderId& order, const Order::GiveBack& refund) const {
    if (!begin(refund.payment)) return;
    Job job{[gateway = gateway_, refund] {
      return caf::make_message(RefundAnswer{gateway->refund(refund)});
    }};
    self_->request(self_->state.workers, caf::infinite, std::move(job))
        .then(
            [here = *this, order, payment = refund.payment](const RefundAnswer& answer) {
              here.end(payment);
              if (std::holds_alternative<RefundDone>(answer.outcome))
                here.tell(order, Order::SettleRefund{payment});
            },
            [here = *this, payment = refund.payment](const caf::error&) { here.end(payment); });
  }

  void settle(const OrderId& order, const PaymentId& payment, const ChargeOutcome& outcome) const {
    if (const auto* captured = std::get_if<Order::Captured>(&outcome))
      tell(order, Order::SettlePayment{payment, *captured});
    else if (const auto* refused = std::get_if<Order::Refused>(&outcome))
      tell(order, Order::SettlePayment{payment, *refused});
    else if (log_)
      log_("payment " + payment.hex() + " of order " + order.hex() + ": " +
           std::get<Unknown>(outcome).why + "; asked again later");
  }

  void tell(const OrderId& order, Order::Command command) const {
    Outbox{self_, *runtime_}.tell<Order>(order, std::move(command));
  }

  bool begin(const PaymentId& payment) const {
    gauges_->gateway_asked.fetch_add(1, std::memory_order_relaxed);
    return self_->state.asking.insert(payment).second;
  }
  void end(const PaymentId& payment) const { self_->state.asking.erase(payment); }

  Self* self_;
  const Runtime* runtime_;
  MarketGauges* gauges_;
  PaymentGateway* gateway_;
  std::function<void(const std::string&)> log_;
};

}  // namespace

caf::actor spawn_gateway_actor(caf::actor_system& system, const Runtime& runtime,
                               const MarketOptions& options, MarketGauges& gauges,
                               PaymentGateway& gateway,
                               std::function<void(const std::string&)> log) {
  const WorkerPoolOptions workers{options.gateway_workers, options.gateway_queue_max,
                                  options.simulated};
  return system.spawn(Gateway::make, &runtime, workers, &gauges, &gateway, std::move(log));
}

}  // namespace usher
