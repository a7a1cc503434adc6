// The actor between orders and the gateway: one request at a time for each payment, and none that
// was refused counts as under way. (What an answer makes of an order: node_test, and the
// simulation.)
#include "actors/market/workers/gateway_actor.hpp"

#include <doctest/doctest.h>

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <future>

#include "actors/runtime/messages.hpp"
#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

namespace {

// Keeps everybody waiting until it opens; then it knows nothing.
class ShutGateway final : public PaymentGateway {
 public:
  ChargeOutcome charge(const Order::ChargeCard&) override {
    ++charges;
    open.wait(false);
    return Unknown{"shut"};
  }
  LookUpOutcome look_up(const Order::ChargeCard&) override { return Unknown{"shut"}; }
  RefundOutcome refund(const Order::GiveBack&) override {
    ++refunds;
    open.wait(false);
    return Unknown{"shut"};
  }
  AmountLimits limits() const override { return {}; }
  std::atomic<bool> open{false};
  std::atomic<int> charges{0}, refunds{0};
};

struct AskedGateway {
  AskedGateway() {
    options.gateway_workers = 1;
    options.gateway_queue_max = 1;
    actor = spawn_gateway_actor(threads.system(), node.runtime(), options, gauges, gateway, {});
  }
  ~AskedGateway() {
    gateway.open = true;
    gateway.open.notify_all();
    caf::scoped_actor self{threads.system()};
    self->request(actor, caf::infinite, Stop{}).receive([](Stopped) {}, [](const caf::error&) {});
  }
  void charge(std::uint64_t payment) {
    ask(Order::ChargeCard{.payment = id(payment),
                          .amount = Money{100},
                          .token = "tok_visa",
                          .started_at = node.runtime().clock.now_ms()});
  }
  void refund(std::uint64_t payment) { ask(Order::GiveBack{id(payment), Money{100}, "ch_1"}); }
  bool is_asking(std::int64_t count) {
    return node.eventually([&] { return gauges.gateway_asking == count; });
  }
  bool was_asked(std::uint64_t times) {
    return node.eventually([&] { return gauges.gateway_asked == times; });
  }

  MarketOptions options;
  TestNode node;
  MarketGauges gauges;
  ShutGateway gateway;
  ActorThreads threads{1};
  caf::actor actor;

 private:
  static PaymentId id(std::uint64_t number) { return PaymentId::mint(1'000, Slot{7}, number); }
  void ask(Order::Effect effect) {
    caf::anon_send(actor, AskGateway{OrderId::mint(1'000, Slot{7}, 1), std::move(effect)});
  }
};

}  // namespace

TEST_CASE("a payment is asked about once at a time") {
  AskedGateway asked;
  asked.charge(1);
  asked.charge(1);
  CHECK(asked.was_asked(2));
  CHECK(asked.is_asking(1));
  CHECK(asked.node.eventually([&] { return asked.gateway.charges == 1; }));
}

TEST_CASE("what there was no room for is not under way: it is asked when it comes again") {
  AskedGateway asked;
  asked.charge(1);
  CHECK(asked.node.eventually([&] { return asked.gateway.charges == 1; }));
  asked.charge(2);
  CHECK(asked.node.eventually([&] { return asked.gauges.gateway_queue == 2; }));
  asked.charge(3);  // the queue is full
  CHECK(asked.was_asked(3));
  CHECK(asked.is_asking(2));
  asked.refund(4);  // likewise
  CHECK(asked.was_asked(4));
  CHECK(asked.is_asking(2));

  asked.gateway.open = true;
  asked.gateway.open.notify_all();
  CHECK(asked.is_asking(0));
  asked.refund(4);
  CHECK(asked.node.eventually([&] { return asked.gateway.refunds == 1; }));
  CHECK(asked.is_asking(0));
}
