// Payments whose gateway is as bad as gateways are: a whole node, real threads, a gateway that does
// what the test says.
#include <doctest/doctest.h>

#include <caf/send.hpp>
#include <future>
#include <new>
#include <stdexcept>

#include "actors/market/domain/decline.hpp"
#include "actors/market/workers/gateway_actor.hpp"
#include "actors/runtime/messages.hpp"
#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

namespace {

const UserId seller{"seller"}, bob{"bob"};
constexpr DurationMs quarter_hour_ms = 15 * 60'000;
constexpr DurationMs day_ms = 24 * 3'600'000;

// Each question is answered by a function; what was asked is counted. Any thread.
struct Script {
  std::function<ChargeOutcome(const Order::ChargeCard&)> charge;
  std::function<LookUpOutcome(const Order::ChargeCard&)> look_up;
  std::function<RefundOutcome(const Order::GiveBack&)> refund;
  std::atomic<int> charges{0}, look_ups{0}, refunds{0};

  Script() {
    charge = [](const Order::ChargeCard&) { return Unknown{"lost"}; };
    look_up = [](const Order::ChargeCard&) { return Unknown{"cannot look"}; };
    refund = [](const Order::GiveBack&) { return RefundDone{}; };
  }
};

ChargeOutcome decline_card(const Order::ChargeCard&) {
  return Order::Refused{"No.", std::string{decline::card_declined}};
}

class ScriptedGateway final : public PaymentGateway {
 public:
  explicit ScriptedGateway(Script& script) : script_(script) {}
  ChargeOutcome charge(const Order::ChargeCard& charge) override {
    ++script_.charges;
    return script_.charge(charge);
  }
  LookUpOutcome look_up(const Order::ChargeCard& charge) override {
    ++script_.look_ups;
    return script_.look_up(charge);
  }
  RefundOutcome refund(const Order::GiveBack& refund) override {
    ++script_.refunds;
    return script_.refund(refund);
  }
  AmountLimits limits() const override { return {}; }

 private:
  Script& script_;
};

MarketOptions impatient() {
  MarketOptions options;
  options.settle_retry_ms_min = 20;
  options.reminder_retry_ms_min = 20;
  options.reminder_retry_ms_max = 40;
  options.look_up_lag_ms = 100;
  return options;
}

struct Shop {
  explicit Shop(Script& script, MarketOptions options = impatient())
      : node(options, std::make_shared<MemoryDisk>(), std::make_shared<ShiftedClock>(),
             /*live_per_buyer_max=*/0, std::make_unique<ScriptedGateway>(script)) {}

  OrderId reserve() {
    ticket = node.market().new_ticket_id();
    REQUIRE(node.ask(ticket, Ticket::Create{{seller, "Concert", Money{2'000}}}));
    const auto order = node.market().new_order_id(ticket.slot());
    REQUIRE(node.ask(ticket, Ticket::Reserve{order, bob, quarter_hour_ms}));
    return order;
  }
  // Starts a payment and waits for nobody.
  PaymentId start(OrderId order, std::string token = "tok") {
    const auto payment = node.market().new_payment_id(order.slot());
    REQUIRE(node.ask(order, Order::StartPayment{payment, bob, std::move(token)}));
    return payment;
  }
  Order::Status status(OrderId order) { return node.get(order)->state->status; }
  Order::PaymentStatus status(OrderId order, PaymentId payment) {
    return node.get(order)->state->find_payment(payment)->status;
  }
  bool becomes(OrderId order, Order::Status wanted) {
    return node.eventually([&] { return status(order) == wanted; });
  }
  bool becomes(OrderId order, PaymentId payment, Order::PaymentStatus wanted) {
    return node.eventually([&] { return status(order, payment) == wanted; });
  }
  // A payment that the gateway refuses, as the script has to say.
  PaymentId declined(OrderId order, std::string token = "tok") {
    const auto payment = start(order, std::move(token));
    REQUIRE(becomes(order, payment, Order::PaymentStatus::declined));
    return payment;
  }
  // It was charged all the same: the money is to be given back.
  void was_charged(OrderId order, PaymentId payment) {
    REQUIRE(node.ask(order, Order::SettlePayment{payment, Order::Captured{"ch_late"}}));
  }
  bool is_for_sale() {
    return node.eventually([&] { return node.get(ticket)->state->is_for_sale(); });
  }
  Answered<Seen<Order>> operator_says(OrderId order, PaymentId payment, Order::Verdict verdict,
                                      std::string charge = {}) {
    return node.ask(order, Order::SettleByOperator{payment, verdict, std::move(charge), "by hand"});
  }

  TestNode node;
  TicketId ticket;
};

}  // namespace

TEST_CASE("a gateway that throws fails one payment, not the workers, and heals by itself") {
  Script script;
  std::atomic<bool> is_ill{true};
  script.charge = [&](const Order::ChargeCard& charge) -> ChargeOutcome {
    if (is_ill && charge.token == "poison") throw std::runtime_error("type must be boolean");
    if (is_ill && charge.token == "greed") throw std::bad_alloc{};
    return Order::Captured{"ch"};
  };
  auto options = impatient();
  options.gateway_workers = 1;
  Shop shop{script, options};
  const auto poisoned = shop.reserve(), greedy = shop.reserve();
  shop.start(poisoned, "poison");
  shop.start(greedy, "greed");
  REQUIRE(shop.node.eventually([&] { return shop.node.gauges().jobs_failed >= 6; }));
  const auto good = shop.reserve();
  CHECK(shop.node.pay(good, bob.text, "tok")->state->status == Order::Status::complete);
  CHECK(shop.node.log().find("gateway workers: a job failed: type must be boolean") !=
        std::string::npos);
  is_ill = false;
  CHECK(shop.becomes(poisoned, Order::Status::complete));
  CHECK(shop.becomes(greedy, Order::Status::complete));
}

TEST_CASE("a wrong key holds no order: the buyer is told, and it can be paid once it is mended") {
  Script script;
  std::atomic<bool> is_wrong{true};
  script.charge = [&](const Order::ChargeCard&) -> ChargeOutcome {
    if (is_wrong) return Misconfigured{"the gateway answered 401"};
    return Order::Captured{"ch"};
  };
  Shop shop{script};
  const auto order = shop.reserve();
  const auto refused = shop.node.pay(order, bob.text, "tok");
  REQUIRE(rejection_of(refused) == Rejection::payment_declined);
  CHECK(refused.error().code == decline::payment_unavailable);
  CHECK(shop.status(order) == Order::Status::created);
  CHECK(shop.node.gauges().gateway_misconfigured == 1);
  CHECK(shop.node.log().find("NO PAYMENT CAN BE TAKEN: the gateway answered 401") !=
        std::string::npos);
  is_wrong = false;
  CHECK(shop.node.pay(order, bob.text, "tok")->state->status == Order::Status::complete);
}

// Found by the simulation: the refusal was under way to the order when its reminder asked again, by
// then with a key that was right; the card was charged for an order that had let go of it.
TEST_CASE("a payment that was refused is not charged by a reminder that was under way") {
  Script script;
  script.charge = [&](const Order::ChargeCard&) -> ChargeOutcome {
    if (script.charges == 1) return Misconfigured{"the gateway answered 401"};
    return Order::Captured{"ch"};
  };
  auto options = impatient();
  options.gateway_workers = 1;
  Shop shop{script, options};
  const auto order = shop.reserve();
  const auto payment = shop.start(order);
  REQUIRE(shop.becomes(order, Order::Status::created));
  const auto started_at = shop.node.get(order)->state->find_payment(payment)->at;
  const Order::ChargeCard again{payment, Money{2'000}, "tok", started_at, /*again=*/true};
  caf::anon_send(shop.node.runtime().outside, AskGateway{order, again});
  // One worker: what is paid behind it is charged behind it.
  const auto other = shop.reserve();
  CHECK(shop.node.pay(other, bob.text, "tok")->state->status == Order::Status::complete);
  CHECK(script.charges == 2);
  CHECK(shop.status(order) == Order::Status::created);
}

// Found by the simulation: the word "captured" came too late for the order (a clock was set), the
// key was too old by then, and a gateway that is slow to find its charges knew nothing of it.
TEST_CASE("an outcome that was told once is told again, and the gateway is not asked") {
  Script script;
  script.charge = [](const Order::ChargeCard&) -> ChargeOutcome { return Order::Captured{"ch"}; };
  script.look_up = [](const Order::ChargeCard&) -> LookUpOutcome { return NothingKnown{}; };
  Shop shop{script};
  const auto order = shop.reserve();
  const auto payment = shop.start(order);
  REQUIRE(shop.becomes(order, Order::Status::complete));
  const auto events = shop.node.get(order)->version;
  const auto started_at = shop.node.get(order)->state->find_payment(payment)->at;
  for (const TimeMs at : {started_at, started_at - 2 * day_ms})
    caf::anon_send(shop.node.runtime().outside,
                   AskGateway{order, Order::ChargeCard{payment, Money{2'000}, "tok", at, true}});
  const auto other = shop.reserve();
  CHECK(shop.node.pay(other, bob.text, "tok")->state->status == Order::Status::complete);
  CHECK(script.charges == 2);
  CHECK(script.look_ups == 0);
  CHECK(shop.node.get(order)->version == events);
}

TEST_CASE("the code of a refusal is kept: a repeat of the payment meets it again") {
  Script script;
  script.charge = [](const Order::ChargeCard&) {
    return Order::Refused{"Your bank asks.", std::string{decline::authentication_required}};
  };
  Shop shop{script};
  const auto order = shop.reserve();
  const auto payment = shop.node.market().new_payment_id(order.slot());
  for (int i = 0; i < 2; ++i) {
    const auto refused = shop.node.pay(order, bob.text, "tok", payment);
    CHECK(rejection_of(refused) == Rejection::payment_declined);
    CHECK(refused.error().detail == "Your bank asks.");
    CHECK(refused.error().code == decline::authentication_required);
  }
  CHECK(script.charges == 1);
}

TEST_CASE("the charge was taken, its answer lost and its key forgotten: it is looked up, once") {
  Script script;
  std::atomic<bool> knows{false};
  script.look_up = [&](const Order::ChargeCard&) -> LookUpOutcome {
    if (knows) return Order::Captured{"ch_found"};
    return Unknown{"cannot look"};
  };
  Shop shop{script};
  const auto order = shop.reserve();
  const auto payment = shop.start(order);
  REQUIRE(shop.node.eventually([&] { return script.charges >= 2; }));  // under a key that lives
  shop.node.clock().advance_ms(day_ms);
  REQUIRE(shop.node.eventually([&] { return script.look_ups >= 3; }));
  const int charges = script.charges;
  const int look_ups = script.look_ups;
  REQUIRE(shop.node.eventually([&] { return script.look_ups >= look_ups + 3; }));
  CHECK(script.charges == charges);  // a key that is forgotten would charge again
  CHECK(shop.status(order) == Order::Status::awaiting_payment);
  knows = true;
  REQUIRE(shop.becomes(order, Order::Status::complete));
  CHECK(shop.node.get(order)->state->find_payment(payment)->detail == "ch_found");
  CHECK(script.charges == charges);
}

TEST_CASE("nothing is known of a charge whose key is forgotten: the ticket comes free") {
  Script script;
  script.look_up = [](const Order::ChargeCard&) { return NothingKnown{}; };
  Shop shop{script};
  const auto order = shop.reserve();
  const auto payment = shop.start(order);
  REQUIRE(shop.node.eventually([&] { return script.charges >= 1; }));
  shop.node.clock().advance_ms(day_ms);
  REQUIRE(shop.becomes(order, Order::Status::cancelled));
  CHECK(shop.is_for_sale());
  CHECK(shop.node.get(order)->state->find_payment(payment)->code == decline::payment_not_charged);
}

TEST_CASE("nothing known is not believed while the last attempt is young") {
  Script script;
  script.look_up = [](const Order::ChargeCard&) { return NothingKnown{}; };
  auto options = impatient();
  options.look_up_lag_ms = 3'600'000;
  Shop shop{script, options};
  const auto order = shop.reserve();
  shop.start(order);
  REQUIRE(shop.node.eventually([&] { return script.charges >= 1; }));
  shop.node.clock().advance_ms(day_ms);  // or the clock was set wrongly: an hour by a steady one
  REQUIRE(shop.node.eventually([&] { return script.look_ups >= 4; }));
  CHECK(shop.status(order) == Order::Status::awaiting_payment);
}

// By the wall clock the payment had begun an hour from now: nobody dared to charge, and "nothing
// known" was not believed for an hour.
TEST_CASE("a wall clock that is set back keeps no payment of this process from being charged") {
  Script script;
  std::atomic<bool> answers{false};
  script.charge = [&](const Order::ChargeCard&) -> ChargeOutcome {
    if (answers) return Order::Captured{"ch"};
    return Unknown{"lost"};
  };
  script.look_up = [](const Order::ChargeCard&) { return NothingKnown{}; };
  auto options = impatient();
  options.look_up_lag_ms = 3'600'000;
  Shop shop{script, options};
  const auto order = shop.reserve();
  shop.start(order);
  REQUIRE(shop.node.eventually([&] { return script.charges >= 1; }));
  SUBCASE("by an hour") { shop.node.clock().advance_ms(-3'600'000); }
  SUBCASE("by the day that it was ahead") {
    shop.node.clock().advance_ms(day_ms);
    const int look_ups = script.look_ups;
    REQUIRE(shop.node.eventually([&] { return script.look_ups > look_ups; }));
    shop.node.clock().advance_ms(-day_ms);
  }
  answers = true;
  CHECK(shop.becomes(order, Order::Status::complete));
}

// It was given up, "nothing known" was believed after a while, and then it charged all the same.
TEST_CASE("while a job that was given up may still charge, nothing known is not believed") {
  Script script;
  std::atomic<bool> open{false}, has_charged{false};
  script.charge = [&](const Order::ChargeCard&) -> ChargeOutcome {
    if (script.charges > 1) return Unknown{"lost"};
    open.wait(false);
    has_charged = true;
    return Order::Captured{"ch_late"};  // nobody hears it
  };
  script.look_up = [&](const Order::ChargeCard&) -> LookUpOutcome {
    if (has_charged) return Order::Captured{"ch_late"};
    return NothingKnown{};
  };
  auto options = impatient();
  options.job_ms_max = 50;
  options.settle_retry_ms_max = 40;
  Shop shop{script, options};
  const auto let_go = [&] {
    open = true;
    open.notify_all();
  };
  struct AtTheEnd {
    std::function<void()> then;
    ~AtTheEnd() { then(); }
  } at_the_end{let_go};  // also when something is wrong: the shop waits for its workers
  const auto order = shop.reserve();
  shop.start(order);
  REQUIRE(shop.node.eventually([&] { return shop.node.gauges().jobs_given_up >= 1; }));
  shop.node.clock().advance_ms(day_ms);  // its key is forgotten: it is only looked up
  const int look_ups = script.look_ups;
  REQUIRE(shop.node.eventually([&] { return script.look_ups >= look_ups + 10; }));
  CHECK(shop.status(order) == Order::Status::awaiting_payment);
  let_go();
  CHECK(shop.becomes(order, Order::Status::complete));
}

TEST_CASE("a key that the gateway refuses is not tried again: looking up is what is left") {
  Script script;
  script.charge = [](const Order::ChargeCard&) {
    return Unknown{"other parameters", /*key_is_spent=*/true};
  };
  script.look_up = [](const Order::ChargeCard&) { return NothingKnown{}; };
  auto options = impatient();
  options.look_up_lag_ms = 300;
  Shop shop{script, options};
  const auto order = shop.reserve();
  shop.start(order);
  REQUIRE(shop.becomes(order, Order::Status::created));  // it can be paid again
  CHECK(script.charges == 1);
}

TEST_CASE("nobody knows: the operator settles it, on record") {
  Script script;
  Shop shop{script};
  SUBCASE("the money is there") {
    const auto order = shop.reserve();
    const auto payment = shop.start(order);
    REQUIRE(shop.operator_says(order, payment, Order::Verdict::captured, "ch_seen"));
    CHECK(shop.status(order) == Order::Status::complete);
    CHECK(shop.node.get(order)->state->find_payment(payment)->detail == "ch_seen");
    CHECK(shop.node.eventually([&] {
      const auto hold = shop.node.get(shop.ticket)->state->hold;
      return hold && hold->sold;
    }));
  }
  SUBCASE("nothing was charged, and the deadline has passed") {
    const auto order = shop.reserve();
    const auto payment = shop.start(order);
    shop.node.clock().advance_ms(quarter_hour_ms);
    REQUIRE(shop.operator_says(order, payment, Order::Verdict::not_charged));
    CHECK(shop.status(order) == Order::Status::cancelled);
    CHECK(shop.is_for_sale());
    CHECK(shop.status(order, payment) == Order::PaymentStatus::written_off);
  }
}

TEST_CASE("what was written off and turns out to be charged is refunded, once") {
  Script script;
  std::atomic<bool> knows{false};
  script.look_up = [&](const Order::ChargeCard&) -> LookUpOutcome {
    if (knows) return Order::Captured{"ch_late"};
    return NothingKnown{};
  };
  auto options = impatient();
  options.look_up_lag_ms = 3'600'000;
  Shop shop{script, options};
  const auto order = shop.reserve();
  const auto payment = shop.start(order);
  REQUIRE(shop.node.eventually([&] { return script.charges >= 1; }));
  REQUIRE(shop.operator_says(order, payment, Order::Verdict::not_charged));
  const int look_ups = script.look_ups;
  REQUIRE(shop.node.eventually([&] { return script.look_ups >= look_ups + 2; }));
  knows = true;
  REQUIRE(shop.becomes(order, payment, Order::PaymentStatus::refunded));
  CHECK(script.refunds == 1);
  CHECK(shop.status(order) == Order::Status::created);
}

TEST_CASE("what was written off stops being looked at when nothing can have been charged") {
  Script script;
  script.look_up = [](const Order::ChargeCard&) { return NothingKnown{}; };
  Shop shop{script};
  const auto order = shop.reserve();
  const auto payment = shop.start(order);
  REQUIRE(shop.node.eventually([&] { return script.charges >= 1; }));
  REQUIRE(shop.operator_says(order, payment, Order::Verdict::not_charged));
  CHECK(shop.becomes(order, payment, Order::PaymentStatus::declined));
  CHECK(shop.status(order) == Order::Status::created);
}

// Seed 105453 of the simulation: the answer to a capture was lost, the operator wrote it off, and
// looking up failed; the money was kept for nothing.
TEST_CASE("what was written off is looked at for as long as looking up fails, however old it is") {
  Script script;
  std::atomic<bool> fails{true};
  script.look_up = [&](const Order::ChargeCard&) -> LookUpOutcome {
    if (fails) return Unknown{"no answer"};
    return Order::Captured{"ch_late"};
  };
  auto options = impatient();
  options.gateway_key_life_ms = 50;
  Shop shop{script, options};
  const auto order = shop.reserve();
  const auto payment = shop.start(order);
  REQUIRE(shop.node.eventually([&] { return script.charges >= 1; }));
  REQUIRE(shop.operator_says(order, payment, Order::Verdict::not_charged));
  shop.node.clock().advance_ms(60'000);
  const int look_ups = script.look_ups;
  REQUIRE(shop.node.eventually([&] { return script.look_ups >= look_ups + 10; }));
  CHECK(shop.status(order, payment) == Order::PaymentStatus::written_off);
  fails = false;
  CHECK(shop.becomes(order, payment, Order::PaymentStatus::refunded));
}

TEST_CASE("a refund that is refused for good is asked for once, and waits for the operator") {
  Script script;
  script.charge = decline_card;
  script.refund = [](const Order::GiveBack&) { return RefundRefused{"the charge is disputed"}; };
  Shop shop{script};
  const auto order = shop.reserve();
  const auto payment = shop.declined(order);
  shop.was_charged(order, payment);
  REQUIRE(shop.becomes(order, payment, Order::PaymentStatus::refund_refused));
  CHECK(shop.node.log().find("A REFUND IS REFUSED") != std::string::npos);
  const auto fired = shop.node.gauges().reminders_fired.load();
  REQUIRE(shop.node.eventually([&] { return shop.node.gauges().reminders_fired >= fired + 3; }));
  CHECK(script.refunds == 1);
  REQUIRE(shop.operator_says(order, payment, Order::Verdict::refunded));
  CHECK(shop.status(order, payment) == Order::PaymentStatus::refunded);
}

// Stripe goes on by itself, and would repeat its answer for a day: nothing is gained by asking. But
// it may fail yet, so the log has it.
TEST_CASE("a refund that is under way counts as done, and is in the log") {
  Script script;
  script.charge = decline_card;
  script.refund = [](const Order::GiveBack&) { return RefundDone{/*is_pending=*/true}; };
  Shop shop{script};
  const auto order = shop.reserve();
  const auto payment = shop.declined(order);
  shop.was_charged(order, payment);
  REQUIRE(shop.becomes(order, payment, Order::PaymentStatus::refunded));
  CHECK(script.refunds == 1);
  CHECK(shop.node.log().find("the refund of payment " + payment.hex()) != std::string::npos);
}

// In the simulation the first seed that finds this is about 40,000: the pool refuses the job, and
// the payment must not count as being asked about from then on.
TEST_CASE("a refund that the full pool refused is asked for again") {
  Script script;
  std::promise<void> release;
  auto held = release.get_future().share();
  script.charge = [held](const Order::ChargeCard& charge) -> ChargeOutcome {
    if (charge.token == "bad") return decline_card(charge);
    held.wait();
    return Order::Captured{"ch_" + charge.payment.hex()};
  };
  auto options = impatient();
  options.gateway_workers = 1;
  options.gateway_queue_max = 1;
  Shop shop{script, options};
  const auto order = shop.reserve();
  const auto payment = shop.declined(order, "bad");
  shop.start(shop.reserve());  // holds the only worker
  REQUIRE(shop.node.eventually([&] { return script.charges == 2; }));
  shop.start(shop.reserve());  // fills the queue
  REQUIRE(shop.node.eventually([&] { return shop.node.gauges().gateway_queue == 2; }));
  const auto asked = shop.node.gauges().gateway_asked.load();
  shop.was_charged(order, payment);
  REQUIRE(shop.node.eventually([&] { return shop.node.gauges().gateway_asked > asked; }));
  CHECK(script.refunds == 0);
  release.set_value();
  CHECK(shop.becomes(order, payment, Order::PaymentStatus::refunded));
}

TEST_CASE("the age of the oldest unsettled payment is shown, and nothing when all are settled") {
  Script script;
  Shop shop{script};
  const auto oldest = [&] {
    TimeMs since = 0;
    for (const auto& shard : shop.node.runtime().oldest_shown) {
      const auto at = shard.load();
      if (at != 0 && (since == 0 || at < since)) since = at;
    }
    return since;
  };
  CHECK(oldest() == 0);
  const auto order = shop.reserve();
  const auto payment = shop.start(order);
  const auto at = shop.node.get(order)->state->find_payment(payment)->at;
  CHECK(shop.node.eventually([&] { return oldest() == at; }));
  REQUIRE(shop.operator_says(order, payment, Order::Verdict::captured, "ch"));
  CHECK(shop.node.eventually([&] { return oldest() == 0; }));
}

TEST_CASE("unsettled payments are listed, the oldest first, page by page") {
  Script script;
  Shop shop{script};
  std::vector<OrderId> orders;
  for (int i = 0; i < 5; ++i) {
    orders.push_back(shop.reserve());
    shop.start(orders.back());
  }
  const auto page_of = [&](PageRequest request) {
    return shop.node.wait<Page<UnsettledRow>>(
        [&](auto done) { shop.node.market().unsettled(std::move(request), done); });
  };
  std::vector<OrderId> listed;
  PageRequest request{2, std::nullopt};
  for (int pages = 0; pages < 4; ++pages) {
    const auto page = page_of(request);
    REQUIRE(page);
    for (const auto& row : page->rows) listed.push_back(row.order);
    if (!page->next) break;
    request.after = page->next;
  }
  std::sort(orders.begin(), orders.end());
  auto sorted = listed;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == orders);
}

TEST_CASE("a callback that throws ends no actor") {
  Script script;
  Shop shop{script};
  shop.reserve();
  shop.node.market().get(shop.ticket, shop.node.market().now() + patience_ms,
                         [](const Answered<Seen<Ticket>>&) { throw std::bad_alloc{}; });
  REQUIRE(shop.node.eventually([&] { return shop.node.gauges().failures == 1; }));
  CHECK(shop.node.get(shop.ticket).has_value());
  CHECK(shop.node.gauges().asks_in_flight == 0);
  CHECK_FALSE(shop.node.gauges().actor_failed);
}

TEST_CASE("an aggregate that an exception ends is there again for the next who asks") {
  Script script;
  Shop shop{script};
  shop.reserve();
  Get<Ticket> get{shop.ticket, shop.node.market().now() + patience_ms,
                  [](const Answered<Seen<Ticket>>&) { throw std::runtime_error("poison"); }};
  caf::anon_send(shop.node.runtime().shard_actor(shop.ticket.slot()), std::move(get));
  REQUIRE(shop.node.eventually([&] { return shop.node.gauges().failures == 1; }));
  CHECK(shop.node.eventually([&] { return shop.node.get(shop.ticket).has_value(); }));
  CHECK(shop.node.log().find("an aggregate failed: poison") != std::string::npos);
  CHECK_FALSE(shop.node.gauges().actor_failed);
}

TEST_CASE("an exception behind a durable event asks for a restart, and nobody hears \"not done\"") {
  Script script;
  Shop shop{script};
  const auto order = shop.reserve();
  auto heard = std::make_shared<std::promise<Answered<Seen<Order>>>>();
  auto answer = heard->get_future();
  Ask<Order> ask{order,
                 Order::Cancel{bob},
                 {shop.node.market().now() + patience_ms, {}},
                 [](const Seen<Order>&) -> bool { throw std::bad_alloc{}; },
                 [heard](Answered<Seen<Order>> outcome) { heard->set_value(std::move(outcome)); }};
  caf::anon_send(shop.node.runtime().shard_actor(order.slot()), std::move(ask));
  const auto outcome = answer.get();
  REQUIRE_FALSE(outcome);
  CHECK(std::get<Failure>(outcome.error().why) == Failure::unknown);
  CHECK(shop.node.eventually([&] { return shop.node.gauges().actor_failed.load(); }));
}
