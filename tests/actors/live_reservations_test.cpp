// One buyer held 150 of 150 tickets in 0.3 s. The count that forbids it: exact under any
// interleaving of claims, readings and ends, and never stale for anyone who has been answered.
#include "actors/market/live_reservations.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "actors/market/projections/listings.hpp"
#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

namespace {

using Claim = LiveReservations::Claim;
using Outcome = LiveReservations::Outcome;

const UserId bob{"bob"};

OrderId order(std::uint64_t number) { return OrderId::draw(1'700'000'000'000'000, 0, number); }

// Readings that come back when the test says so.
struct Readings {
  std::vector<LiveReservations::Loaded> open;
  LiveReservations::Load load() {
    return
        [this](const UserId&, LiveReservations::Loaded done) { open.push_back(std::move(done)); };
  }
  void finish(std::optional<std::vector<OrderId>> orders = std::vector<OrderId>{}) {
    REQUIRE_FALSE(open.empty());
    auto done = std::move(open.front());
    open.erase(open.begin());
    done(std::move(orders));
  }
};

// The count, what it reads, and what it answered.
struct LiveReservationsSpec {
  explicit LiveReservationsSpec(std::size_t live_max, std::size_t buyers_max = 100)
      : live(live_max, buyers_max, readings.load()) {}

  void claim(const UserId& who, std::uint64_t number) {
    live.claim(who, order(number), [this](Claim claim) { answers.push_back(claim); });
  }
  // The first one of a buyer, who has no other orders.
  void claim_and_read(const UserId& who, std::uint64_t number) {
    claim(who, number);
    readings.finish();
  }

  Readings readings;
  LiveReservations live;
  std::vector<Claim> answers;
};

}  // namespace

TEST_CASE("claims wait for the reading, then as many are granted as are free") {
  LiveReservationsSpec spec{3};
  for (std::uint64_t i = 1; i <= 4; ++i) spec.claim(bob, i);
  CHECK(spec.answers.empty());
  CHECK(spec.readings.open.size() == 1);
  spec.readings.finish(std::vector{order(100)});
  CHECK(spec.answers ==
        std::vector{Claim::granted, Claim::granted, Claim::too_many, Claim::too_many});
  spec.live.conclude(bob, order(1), Outcome::not_done);
  spec.claim(bob, 5);
  CHECK(spec.answers.back() == Claim::granted);
  spec.live.conclude(bob, order(2), Outcome::reserved);
  spec.claim(bob, 6);
  CHECK(spec.answers.back() == Claim::too_many);
  spec.live.ended(order(2));
  spec.live.ended(order(2));
  spec.live.ended(order(77));
  spec.claim(bob, 7);
  CHECK(spec.answers.back() == Claim::granted);
  spec.claim(bob, 8);
  CHECK(spec.answers.back() == Claim::too_many);
}

TEST_CASE("an order that ends while its buyer is read does not count") {
  LiveReservationsSpec spec{2};
  spec.claim(bob, 1);
  spec.live.ended(order(100));  // the reading may have seen it alive, or not
  spec.readings.finish(std::vector{order(100), order(101)});
  CHECK(spec.answers == std::vector{Claim::granted});
  spec.claim(bob, 2);
  CHECK(spec.answers.back() == Claim::too_many);
}

TEST_CASE("a repeat of a request takes no second place, and gives none back that is taken") {
  LiveReservationsSpec spec{1};
  spec.claim_and_read(bob, 1);
  spec.claim(bob, 1);
  CHECK(spec.answers == std::vector{Claim::granted, Claim::granted});
  spec.live.conclude(bob, order(1), Outcome::not_done);  // the first one came too late
  spec.live.conclude(bob, order(1), Outcome::reserved);
  spec.claim(bob, 1);
  spec.live.conclude(bob, order(1), Outcome::not_done);
  spec.claim(bob, 2);
  CHECK(spec.answers.back() == Claim::too_many);
}

TEST_CASE("what is not known counts") {
  LiveReservationsSpec spec{1, 1};
  spec.claim_and_read(bob, 1);
  spec.live.conclude(bob, order(1), Outcome::unknown);
  spec.claim_and_read(UserId{"eve"}, 9);  // the table is full, but bob may not be read again
  spec.claim(bob, 2);
  CHECK(spec.answers.back() == Claim::too_many);
  spec.live.ended(order(1));
  spec.claim(bob, 3);
  CHECK(spec.answers.back() == Claim::granted);
}

// A retry of a purchase took a place that nothing ever gave back: ten of these, and the buyer could
// buy no more.
TEST_CASE("the repeat of a request whose order has ended takes no place") {
  TestNode node{{}, std::make_shared<MemoryDisk>(), std::make_shared<ShiftedClock>(), 1};
  const auto offer = [&] {
    const auto ticket = node.market().new_ticket_id();
    REQUIRE(node.ask(ticket, Ticket::Create{{UserId{"seller"}, "T", Money{2000}}}));
    return ticket;
  };
  for (int i = 0; i < 3; ++i) {
    const auto ticket = offer();
    const auto id = node.market().new_order_id(ticket.slot());
    REQUIRE(node.ask(ticket, Ticket::Reserve{id, bob, 60'000}));
    REQUIRE(node.pay(id, "bob", "tok_visa"));
    CHECK(node.ask(ticket, Ticket::Reserve{id, bob, 60'000}).has_value());
  }
  // One that was cancelled, asked again before its ticket has heard of it.
  LiveReservationsSpec spec{1, 1};
  spec.claim_and_read(bob, 1);
  spec.live.conclude(bob, order(1), Outcome::reserved);
  spec.live.ended(order(1));
  spec.claim(bob, 1);
  spec.live.conclude(bob, order(1), Outcome::reserved);
  spec.claim(bob, 2);
  CHECK(spec.answers.back() == Claim::granted);
}

// Seed 81 of the simulation: the second took the first one's place out of the index.
TEST_CASE("an order that two buyers name gives its place back when it ends") {
  LiveReservationsSpec spec{1, 10};
  const UserId eve{"eve"};
  for (const auto& who : {bob, eve}) spec.claim_and_read(who, 1);
  spec.live.conclude(bob, order(1), Outcome::reserved);
  spec.live.conclude(eve, order(1), Outcome::not_done);
  spec.live.ended(order(1));
  for (const auto& who : {bob, eve}) {
    spec.claim(who, 2);
    CHECK(spec.answers.back() == Claim::granted);
  }
}

TEST_CASE("whose order has ended after all, known or not, can be forgotten again") {
  for (const bool ends_first : {false, true}) {
    CAPTURE(ends_first);
    LiveReservationsSpec spec{1, 1};
    spec.claim_and_read(bob, 1);
    if (ends_first) spec.live.ended(order(1));
    spec.live.conclude(bob, order(1), Outcome::unknown);
    if (!ends_first) spec.live.ended(order(1));
    spec.claim(UserId{"eve"}, 9);
    CHECK(spec.live.buyers() == 1);
  }
}

TEST_CASE("a reading that fails refuses those that waited, and the next claim reads again") {
  LiveReservationsSpec spec{1};
  spec.claim(bob, 1);
  spec.readings.finish(std::nullopt);
  CHECK(spec.answers == std::vector{Claim::unavailable});
  CHECK(spec.live.buyers() == 0);
  spec.claim_and_read(bob, 2);
  CHECK(spec.answers.back() == Claim::granted);
}

TEST_CASE("past the limit of buyers the one that was away longest is read again") {
  LiveReservationsSpec spec{1, 2};
  for (const char* name : {"a", "b", "c"}) {
    spec.claim_and_read(UserId{name}, 1);
    spec.live.conclude(UserId{name}, order(1), Outcome::reserved);
    spec.live.ended(order(1));
  }
  CHECK(spec.live.buyers() == 2);
  spec.claim(UserId{"c"}, 2);
  CHECK(spec.readings.open.empty());
  spec.claim(UserId{"a"}, 3);
  CHECK(spec.readings.open.size() == 1);
  spec.readings.finish();
}

TEST_CASE(
    "200 orders of one buyer at once never exceed the limit, on any shard, also after a restart") {
  const auto disk = std::make_shared<MemoryDisk>();
  const auto clock = std::make_shared<ShiftedClock>();
  constexpr std::size_t live_max = 10;
  std::vector<TicketId> tickets;
  const auto live_now = [&](TestNode& node) { return live_orders_of(node.journal(), bob)->size(); };
  const auto storm = [&](TestNode& node) {
    std::atomic<int> granted{0}, too_many{0}, others{0};
    std::atomic<int> left{static_cast<int>(tickets.size())};
    for (const auto& ticket : tickets) {
      const auto id = node.market().new_order_id(ticket.slot());
      node.market().ask(ticket, Ticket::Reserve{id, bob, 60'000},
                        AskOptions{node.market().now() + patience_ms, {}},
                        [&](Answered<Seen<Ticket>> answer) {
                          if (answer)
                            ++granted;
                          else if (rejection_of(answer) == Rejection::too_many_reservations)
                            ++too_many;
                          else
                            ++others;
                          --left;
                        });
    }
    REQUIRE(node.eventually([&] { return left == 0; }));
    CHECK(live_now(node) == live_max);
    return std::tuple{granted.load(), too_many.load(), others.load()};
  };
  {
    TestNode node{{}, disk, clock, live_max};
    for (int i = 0; i < 200; ++i) {
      tickets.push_back(node.market().new_ticket_id());
      REQUIRE(node.ask(tickets.back(), Ticket::Create{{UserId{"seller"}, "T", Money{2000}}}));
    }
    CHECK(storm(node) == std::tuple{10, 190, 0});
  }
  TestNode node{{}, disk, clock, live_max};
  const auto [granted, too_many, others] = storm(node);
  CHECK(granted == 0);
  CHECK(too_many + others == 200);
}

TEST_CASE("whoever is answered that an order has ended may reserve again at once") {
  TestNode node{{}, std::make_shared<MemoryDisk>(), std::make_shared<ShiftedClock>(), 1};
  const auto ticket = node.market().new_ticket_id();
  REQUIRE(node.ask(ticket, Ticket::Create{{UserId{"seller"}, "T", Money{2000}}}));
  const auto reserve = [&](const TicketId& wanted) {
    const auto id = node.market().new_order_id(wanted.slot());
    return std::pair{id, node.ask(wanted, Ticket::Reserve{id, bob, 60'000})};
  };
  for (int i = 0; i < 300; ++i) {
    const auto [id, reserved] = reserve(ticket);
    REQUIRE(reserved.has_value());
    REQUIRE(node.ask(id, Order::Cancel{bob}).has_value());
  }
  const auto [id, reserved] = reserve(ticket);
  REQUIRE(reserved.has_value());
  REQUIRE(node.pay(id, "bob", "tok_visa").has_value());
  const auto second = node.market().new_ticket_id();
  REQUIRE(node.ask(second, Ticket::Create{{UserId{"seller"}, "T", Money{2000}}}));
  CHECK(reserve(second).second.has_value());
}

TEST_CASE("an order that expires gives its place back") {
  const auto clock = std::make_shared<ShiftedClock>();
  TestNode node{{}, std::make_shared<MemoryDisk>(), clock, 1};
  std::vector<TicketId> tickets;
  for (int i = 0; i < 2; ++i) {
    tickets.push_back(node.market().new_ticket_id());
    REQUIRE(node.ask(tickets.back(), Ticket::Create{{UserId{"seller"}, "T", Money{2000}}}));
  }
  const auto reserve = [&](const TicketId& ticket) {
    return node.ask(ticket, Ticket::Reserve{node.market().new_order_id(ticket.slot()), bob, 50});
  };
  REQUIRE(reserve(tickets[0]).has_value());
  CHECK(node.eventually([&] { return reserve(tickets[1]).has_value(); }));
}
