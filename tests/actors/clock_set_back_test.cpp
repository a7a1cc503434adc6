// A wall clock that is set back: deadlines are times of day and follow it, pauses do not.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

namespace {

constexpr DurationMs hour_ms = 60 * 60'000;
const UserId seller{"seller"}, bob{"bob"};

// It lives longer than the nodes that ask it.
struct Books {
  std::atomic<bool> answers{false};
};
class BooksGateway final : public PaymentGateway {
 public:
  explicit BooksGateway(Books& books) : books_(books) {}
  ChargeOutcome charge(const Order::ChargeCard&) override { return Unknown{"the answer is lost"}; }
  LookUpOutcome look_up(const Order::ChargeCard&) override {
    if (books_.answers) return Order::Captured{"ch_found"};
    return Unknown{"cannot look"};
  }
  RefundOutcome refund(const Order::GiveBack&) override { return RefundDone{}; }
  AmountLimits limits() const override { return {}; }

 private:
  Books& books_;
};

}  // namespace

TEST_CASE("a payment whose outcome is unknown is asked again after its pause, not an hour later") {
  MarketOptions options;
  options.settle_retry_ms_min = 400;
  const auto clock = std::make_shared<ShiftedClock>();
  TestNode node{options, std::make_shared<MemoryDisk>(), clock};
  const UserId seller{"seller"}, bob{"bob"};
  const auto ticket = node.market().new_ticket_id();
  REQUIRE(node.ask(ticket, Ticket::Create{{seller, "T", Money{2000}}}));
  const auto order = node.market().new_order_id(ticket.slot());
  REQUIRE(node.ask(ticket, Ticket::Reserve{order, bob, 2 * 60 * 60'000}));
  std::atomic<bool> settled{false};
  node.market().pay(order, {node.market().new_payment_id(order.slot()), bob, "tok_unknown"},
                    AskOptions{node.market().now() + patience_ms, {}},
                    [&](Answered<Seen<Order>>) { settled = true; });
  REQUIRE(node.eventually([&] {
    const auto seen = node.get(order);
    return seen && seen->state->status == Order::Status::awaiting_payment;
  }));
  clock->advance_ms(-60 * 60'000);
  CHECK(node.eventually([&] {
    const auto seen = node.get(order);
    return seen && seen->state->status == Order::Status::complete;
  }));
}

// A restart reads what is near by the clock: what was stamped an hour ahead of it was not, so
// nobody asked about a payment until it was that time of day again. Deadlines are times of day, and
// stay.
TEST_CASE("a clock that was set back before a start keeps nobody waiting for its old time") {
  for (const auto& [ahead_ms, back_ms] :
       {std::pair{DurationMs{0}, hour_ms}, std::pair{24 * hour_ms, 24 * hour_ms}}) {
    CAPTURE(back_ms);
    const auto disk = std::make_shared<MemoryDisk>();
    const auto clock = std::make_shared<ShiftedClock>();
    clock->advance_ms(ahead_ms);
    Books books;
    MarketOptions options;
    options.look_up_after_ms = 0;
    const auto offer = [&](TestNode& node) {
      const auto ticket = node.market().new_ticket_id();
      REQUIRE(node.ask(ticket, Ticket::Create{{seller, "T", Money{2000}}}));
      return ticket;
    };
    const auto reserve = [&](TestNode& node, const TicketId& ticket, DurationMs hold_ms) {
      const auto order = node.market().new_order_id(ticket.slot());
      REQUIRE(node.ask(ticket, Ticket::Reserve{order, bob, hold_ms}));
      return order;
    };
    OrderId paid, held;
    {
      TestNode node{options, disk, clock, 0, std::make_unique<BooksGateway>(books)};
      paid = reserve(node, offer(node), 2 * hour_ms);
      held = reserve(node, offer(node), 2 * hour_ms);
      REQUIRE(node.ask(paid,
                       Order::StartPayment{node.market().new_payment_id(paid.slot()), bob, "tok"}));
      REQUIRE(node.stop());
    }
    clock->advance_ms(-back_ms);
    TestNode node{options, disk, clock, 0, std::make_unique<BooksGateway>(books)};
    // The operator sees it all the while.
    const auto unsettled = node.wait<Page<UnsettledRow>>([&](auto done) {
      node.market().unsettled({10, {}}, done);
    });
    REQUIRE(unsettled);
    CHECK(unsettled->rows.size() == 1);
    CHECK(node.eventually([&] {
      const auto& oldest = node.runtime().oldest_shown;
      return std::any_of(oldest.begin(), oldest.end(),
                         [](const auto& since) { return since != 0; });
    }));
    books.answers = true;
    CHECK(
        node.eventually([&] { return node.get(paid)->state->status == Order::Status::complete; }));
    CHECK(node.get(held)->state->status == Order::Status::created);
    // What is new is for sale, is bought and expires as ever, and stamps go on.
    const auto ticket = offer(node);
    const auto brief = reserve(node, ticket, 50);
    CHECK(node.eventually(
        [&] { return node.get(brief)->state->status == Order::Status::cancelled; }));
    CHECK(node.eventually([&] { return node.get(ticket)->state->is_for_sale(); }));
    const auto records = node.journal().read_feed(0, 1'000);
    REQUIRE(records);
    CommitStamp last = 0;
    for (const auto& fed : *records) {
      CHECK(fed.record.time >= last);
      last = fed.record.time;
    }
  }
}
