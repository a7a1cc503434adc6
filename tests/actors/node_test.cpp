// A whole node, real threads, a store in memory: what a buyer and a seller see through the market.
#include <doctest/doctest.h>

#include <set>
#include <thread>
#include <vector>

#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

namespace {

const UserId seller{"seller"}, bob{"bob"}, eve{"eve"};
constexpr DurationMs quarter_hour_ms = 15 * 60'000;

TicketId sell(TestNode& node, std::int64_t price = 2'000) {
  const auto id = node.market().new_ticket_id();
  REQUIRE(node.ask(id, Ticket::Create{{seller, "Concert", Money{price}}}));
  return id;
}

OrderId reserve(TestNode& node, TicketId ticket, const UserId& buyer = bob) {
  const auto order = node.market().new_order_id(ticket.slot());
  REQUIRE(node.ask(ticket, Ticket::Reserve{order, buyer, quarter_hour_ms}));
  return order;
}

bool is_for_sale(TestNode& node, TicketId ticket) { return node.get(ticket)->state->is_for_sale(); }

}  // namespace

TEST_CASE("a ticket is created, edited and read back, and its version counts its events") {
  TestNode node;
  const auto id = sell(node);
  CHECK(node.get(id)->version == 1);
  CHECK(node.ask(id, Ticket::Edit{seller, "Opera", Money{3'000}})->version == 2);
  CHECK(node.get(id)->state->listing.title == "Opera");
  CHECK(rejection_of(node.ask(id, Ticket::Edit{eve, "Mine", Money{1}})) == Rejection::not_owner);
  CHECK(node.get(id)->version == 2);
}

TEST_CASE("what does not exist is not found, and is found as soon as it exists") {
  TestNode node;
  const auto ticket = sell(node);
  const auto order = node.market().new_order_id(ticket.slot());
  CHECK(rejection_of(node.get(node.market().new_ticket_id())) == Rejection::not_found);
  CHECK(rejection_of(node.get(order)) == Rejection::not_found);
  REQUIRE(node.ask(ticket, Ticket::Reserve{order, bob, quarter_hour_ms}));
  const auto seen = node.get(order);
  REQUIRE(seen);
  CHECK(seen->version == 1);
  CHECK(seen->state->ticket.price == Money{2'000});
}

TEST_CASE("a write that is based on an old version is refused with the version that is") {
  TestNode node;
  const auto id = sell(node);
  REQUIRE(node.ask(id, Ticket::Edit{seller, "Opera", Money{3'000}}, 1));
  const auto stale = node.ask(id, Ticket::Edit{seller, "Ballet", Money{3'000}}, 1);
  CHECK(rejection_of(stale) == Rejection::stale_version);
  CHECK(stale.error().version == 2);
  CHECK(node.get(id)->state->listing.title == "Opera");
}

TEST_CASE("a paid order is complete and its ticket sold, and stays so") {
  TestNode node;
  const auto ticket = sell(node);
  const auto order = reserve(node, ticket);
  const auto paid = node.pay(order, bob.text, "tok_visa");
  REQUIRE(paid);
  CHECK(paid->state->status == Order::Status::complete);
  CHECK(node.eventually([&] {
    const auto seen = node.get(ticket);
    return seen->state->hold && seen->state->hold->sold;
  }));
  CHECK(rejection_of(node.ask(order, Order::Cancel{bob})) == Rejection::order_complete);
}

TEST_CASE("a declined card leaves the order open and can be followed by a good one") {
  TestNode node;
  const auto order = reserve(node, sell(node));
  const auto declined = node.pay(order, bob.text, "tok_chargeDeclined");
  CHECK(rejection_of(declined) == Rejection::payment_declined);
  CHECK(declined.error().detail == "Your card was declined.");
  CHECK(node.get(order)->state->status == Order::Status::created);
  CHECK(node.pay(order, bob.text, "tok_visa")->state->status == Order::Status::complete);
}

TEST_CASE("a payment without an answer is asked again under the same key until it is definite") {
  MarketOptions options;
  options.settle_retry_ms_min = 100;
  TestNode node{options};
  const auto order = reserve(node, sell(node));
  const auto paid = node.pay(order, bob.text, "tok_unknown");
  REQUIRE(paid);
  CHECK(paid->state->status == Order::Status::complete);
  CHECK(paid->state->payments.size() == 1);
  CHECK(node.gauges().gateway_asked >= 2);
}

TEST_CASE("a cancelled order frees its ticket for the next buyer") {
  TestNode node;
  const auto ticket = sell(node);
  const auto order = reserve(node, ticket);
  CHECK(rejection_of(node.ask(ticket, Ticket::Reserve{node.market().new_order_id(ticket.slot()),
                                                      eve, quarter_hour_ms})) ==
        Rejection::ticket_reserved);
  REQUIRE(node.ask(order, Order::Cancel{bob}));
  reserve(node, ticket, eve);  // at once
}

// The release had gone through the order's reminder: whoever reserved within a few milliseconds of
// the answer was told that the ticket is taken.
TEST_CASE("whoever is answered that an order is off finds its ticket for sale") {
  TestNode node;
  const auto ticket = sell(node);
  constexpr int rounds = 100;
  for (int round = 0; round < rounds; ++round) {
    const auto order = reserve(node, ticket);
    const auto next = node.market().new_order_id(ticket.slot());
    const auto reserved = node.wait<Seen<Ticket>>([&](auto done) {
      // From within the answer: nothing can be sooner.
      node.market().ask(
          order, Order::Cancel{bob}, AskOptions{node.market().now() + patience_ms, {}},
          [&node, ticket, next, done](Answered<Seen<Order>> cancelled) {
            REQUIRE(cancelled);
            node.market().ask(ticket, Ticket::Reserve{next, eve, quarter_hour_ms},
                              AskOptions{node.market().now() + patience_ms, {}}, done);
          });
    });
    REQUIRE(reserved);
    REQUIRE(node.ask(next, Order::Cancel{eve}));
  }
}

TEST_CASE("an order sets off once what its reminder would repeat") {
  TestNode node;
  node.clock().stop();  // so it is never time to repeat anything
  const auto ticket = sell(node);
  REQUIRE(node.pay(reserve(node, ticket), bob.text, "tok_visa"));
  REQUIRE(node.eventually([&] { return node.get(ticket)->state->hold->sold; }));
  REQUIRE(node.eventually([&] { return node.gauges().reminders_near == 0; }));
  CHECK(node.gauges().gateway_asked == 1);
  CHECK(node.gauges().reminders_fired == 0);
}

TEST_CASE("an unpaid order expires at its deadline and its ticket is for sale again") {
  TestNode node;
  const auto ticket = sell(node);
  const auto order = reserve(node, ticket);
  node.clock().advance_ms(quarter_hour_ms - 5'000);
  CHECK_FALSE(is_for_sale(node, ticket));
  node.clock().advance_ms(5'000);
  CHECK(node.eventually([&] { return is_for_sale(node, ticket); }));
  CHECK(node.get(order)->state->status == Order::Status::cancelled);
}

TEST_CASE("a deadline that passed while the node was down is kept at the start") {
  auto disk = std::make_shared<MemoryDisk>();
  auto clock = std::make_shared<ShiftedClock>();
  TicketId ticket;
  {
    TestNode node{{}, disk, clock};
    ticket = sell(node);
    reserve(node, ticket);
    CHECK(node.stop());
  }
  clock->advance_ms(quarter_hour_ms);
  TestNode node{{}, disk, clock};
  CHECK(node.eventually([&] { return is_for_sale(node, ticket); }));
}

TEST_CASE("two hundred buyers at once: one gets the ticket") {
  TestNode node;
  const auto ticket = sell(node);
  std::atomic<int> won{0}, lost{0};
  constexpr int buyers = 200;
  for (int i = 0; i < buyers; ++i) {
    node.market().ask(ticket,
                      Ticket::Reserve{node.market().new_order_id(ticket.slot()),
                                      {"buyer" + std::to_string(i)},
                                      quarter_hour_ms},
                      AskOptions{node.market().now() + patience_ms, {}},
                      [&](Answered<Seen<Ticket>> answer) { ++(answer ? won : lost); });
  }
  REQUIRE(node.eventually([&] { return won + lost == buyers; }));
  CHECK(won == 1);
}

TEST_CASE("commands that wait for one ticket are decided in order and appended together") {
  TestNode node;
  const auto ticket = sell(node);
  constexpr int edits = 2'000;
  std::atomic<int> done{0};
  for (int i = 0; i < edits; ++i)
    node.market().ask(ticket, Ticket::Edit{seller, "Concert", Money{i + 1}},
                      AskOptions{node.market().now() + patience_ms, {}},
                      [&](Answered<Seen<Ticket>> answer) {
                        CHECK(answer.has_value());
                        ++done;
                      });
  REQUIRE(node.eventually([&] { return done == edits; }));
  const auto seen = node.get(ticket);
  CHECK(seen->version == edits + 1);
  CHECK(seen->state->listing.price == Money{edits});
  CHECK(node.gauges().committed_appends < edits);
}

TEST_CASE("past the limit of aggregates in memory the least recently used go, and come back") {
  MarketOptions options;
  options.active_aggregates_max = 64;
  TestNode node{options};
  std::vector<TicketId> tickets;
  for (int i = 0; i < 500; ++i) tickets.push_back(sell(node, i + 1));
  CHECK(node.gauges().active_aggregates <= 64);
  for (int i = 0; i < 500; ++i)
    CHECK(node.get(tickets[static_cast<std::size_t>(i)])->state->listing.price == Money{i + 1});
  CHECK(node.stop());
}

// Aggregates that were told to go had not counted, and on a slow disk they are many; and the first
// of them that stood among the others had hidden these from whoever looked for the next to go.
TEST_CASE("the limit of aggregates in memory holds on a slow disk, and so does the stop") {
  for (const int sync_ms : {100, 500}) {
    CAPTURE(sync_ms);
    auto disk = std::make_shared<MemoryDisk>();
    MarketOptions options;
    options.active_aggregates_max = 64;
    TestNode node{options, disk};
    std::atomic<std::int64_t> most{0};
    disk->on_write([&](const WriteBatch&) -> std::optional<MemoryDisk::Outcome> {
      most = std::max(most.load(), node.gauges().active_aggregates.load());
      std::this_thread::sleep_for(std::chrono::milliseconds(sync_ms));  // that is the disk
      most = std::max(most.load(), node.gauges().active_aggregates.load());
      return std::nullopt;
    });
    constexpr int wanted = 300;
    std::atomic<int> done{0};
    std::vector<TicketId> tickets;
    for (int i = 0; i < wanted; ++i) tickets.push_back(node.market().new_ticket_id());
    for (const auto& ticket : tickets)
      node.market().ask(ticket, Ticket::Create{{seller, "Concert", Money{1}}},
                        AskOptions{node.market().now() + patience_ms, {}},
                        [&](Answered<Seen<Ticket>> answer) {
                          CHECK(answer.has_value());
                          ++done;
                        });
    REQUIRE(node.eventually([&] { return done == wanted; }));
    CHECK(most > 32);
    CHECK(most <= 64);
    // While some of them are on their way out.
    for (const auto& ticket : tickets)
      node.market().ask(ticket, Ticket::Edit{seller, "Opera", Money{2}},
                        AskOptions{node.market().now() + patience_ms, {}},
                        [&](Answered<Seen<Ticket>>) { ++done; });
    CHECK(node.stop());
    CHECK(done == 2 * wanted);
    CHECK(most <= 64);
    disk->on_write({});
  }
}

// It had been told to leave, and from then on the gateway's answer was kept from it.
TEST_CASE("a buyer who waits hears the outcome though the order is told to leave meanwhile") {
  MarketOptions options;
  options.active_aggregates_max = 1;  // in each shard
  TestNode node{options};
  const auto order = reserve(node, sell(node));
  std::atomic<bool> is_answered{false};
  Answered<Seen<Order>> paid = tl::unexpected(Refusal{Failure::unknown, 0, {}});
  node.market().pay(order, {node.market().new_payment_id(order.slot()), bob, "tok_slow"},
                    AskOptions{node.market().now() + patience_ms, {}},
                    [&](Answered<Seen<Order>> answer) {
                      paid = std::move(answer);
                      is_answered = true;
                    });
  std::atomic<int> crowd{0};
  for (int i = 0; i < 100; ++i)
    node.market().ask(node.market().new_ticket_id(), Ticket::Create{{seller, "Concert", Money{1}}},
                      AskOptions{node.market().now() + patience_ms, {}},
                      [&](Answered<Seen<Ticket>> answer) {
                        CHECK(answer.has_value());
                        ++crowd;
                      });
  REQUIRE(node.eventually([&] { return is_answered.load() && crowd == 100; }));
  REQUIRE(paid);
  CHECK(paid->state->status == Order::Status::complete);
}

TEST_CASE("a command whose deadline has passed is not executed") {
  TestNode node;
  const auto ticket = sell(node);
  const auto late = node.wait<Seen<Ticket>>([&](auto done) {
    node.market().ask(ticket, Ticket::Edit{seller, "Late", Money{1}},
                      AskOptions{node.market().now() - 1, {}}, done);
  });
  REQUIRE_FALSE(late);
  CHECK(std::get<Failure>(late.error().why) == Failure::timed_out);
  CHECK(node.get(ticket)->version == 1);
}

TEST_CASE("after a failed append the outcome is unknown and nothing more is taken") {
  auto disk = std::make_shared<MemoryDisk>();
  TicketId ticket;
  for (const auto outcome : {MemoryDisk::Outcome::lost, MemoryDisk::Outcome::kept}) {
    CAPTURE(static_cast<int>(outcome));
    Version before = 0;
    {
      TestNode node{{}, disk};
      ticket = sell(node);
      before = node.get(ticket)->version;
      disk->fail_next_write(outcome);
      const auto failed = node.ask(ticket, Ticket::Edit{seller, "Lost?", Money{1}});
      REQUIRE_FALSE(failed);
      CHECK(std::get<Failure>(failed.error().why) == Failure::unknown);
      const auto refused = node.ask(ticket, Ticket::Edit{seller, "Never", Money{1}});
      CHECK(std::get<Failure>(refused.error().why) == Failure::unavailable);
      CHECK(node.gauges().journal_failed);
    }
    TestNode node{{}, disk};
    const bool kept = outcome == MemoryDisk::Outcome::kept;
    CHECK(node.get(ticket)->version == before + (kept ? 1 : 0));
  }
}

TEST_CASE("lists show what was answered: for sale, mine, my orders, by time and by price") {
  TestNode node;
  std::vector<TicketId> tickets;
  for (const int price : {300, 100, 200}) {
    tickets.push_back(sell(node, price));
    node.clock().advance_ms(1'000);
  }
  auto prices = [&](TicketSearch search) {
    auto page = node.wait<Page<TicketRow>>(
        [&](auto done) { node.market().tickets_for_sale(search, done); });
    REQUIRE(page);
    std::vector<std::int64_t> out;
    for (const auto& row : page->rows) out.push_back(row.state.listing.price.minor);
    return out;
  };
  using Prices = std::vector<std::int64_t>;
  CHECK(prices({}) == Prices{300, 100, 200});
  CHECK(prices({.sort = TicketSort::newest, .text = {}, .page = {}}) == Prices{200, 100, 300});
  CHECK(prices({.sort = TicketSort::cheapest, .text = {}, .page = {}}) == Prices{100, 200, 300});
  CHECK(prices({.sort = TicketSort::oldest, .text = "CONC", .page = {}}).size() == 3);
  CHECK(prices({.sort = TicketSort::oldest, .text = "opera", .page = {}}).empty());

  const auto order = reserve(node, tickets[1]);
  CHECK(prices({}) == Prices{300, 200});
  const auto mine =
      node.wait<Page<TicketRow>>([&](auto done) { node.market().tickets_of(seller, {}, done); });
  CHECK(mine->rows.size() == 3);
  const auto orders =
      node.wait<Page<OrderRow>>([&](auto done) { node.market().orders_of(bob, {}, done); });
  REQUIRE(orders->rows.size() == 1);
  CHECK(orders->rows[0].id == order);
  const auto history = node.wait<std::vector<HistoryEntry<Ticket>>>([&](auto done) {
    node.market().history(tickets[1], {0, 10}, done);
  });
  CHECK(history->size() == 2);
}

// Their keys had ended in random bytes: of two orders of one millisecond the second came first half
// of the time.
TEST_CASE("what is made one after the other is listed in this order, also within a millisecond") {
  TestNode node;
  node.clock().stop();
  std::vector<TicketId> tickets;
  std::vector<OrderId> orders;
  for (int i = 0; i < 20; ++i) tickets.push_back(sell(node));
  for (const auto& ticket : tickets) orders.push_back(reserve(node, ticket));
  const PageRequest all{.limit = 100, .after = {}};
  const auto sold =
      node.wait<Page<TicketRow>>([&](auto done) { node.market().tickets_of(seller, all, done); });
  const auto bought =
      node.wait<Page<OrderRow>>([&](auto done) { node.market().orders_of(bob, all, done); });
  REQUIRE(sold->rows.size() == tickets.size());
  REQUIRE(bought->rows.size() == orders.size());
  for (std::size_t i = 0; i < tickets.size(); ++i) {
    CHECK(sold->rows[i].id == tickets[i]);
    CHECK(bought->rows[i].id == orders[i]);
  }
}

TEST_CASE("pages follow each other by cursor without a gap or a repeat") {
  TestNode node;
  constexpr int tickets = 47;
  for (int i = 0; i < tickets; ++i) sell(node, i + 1);
  std::set<TicketId> seen;
  TicketSearch search;
  search.page.limit = 10;
  int pages = 0;
  do {
    auto page = node.wait<Page<TicketRow>>(
        [&](auto done) { node.market().tickets_for_sale(search, done); });
    REQUIRE(page);
    for (const auto& row : page->rows) CHECK(seen.insert(row.id).second);
    search.page.after = page->next;
    ++pages;
  } while (search.page.after);
  CHECK(seen.size() == tickets);
  CHECK(pages == 5);
}

TEST_CASE("an e-mail signs up once, also when it does so at once") {
  TestNode node;
  std::atomic<int> won{0}, lost{0};
  for (int i = 0; i < 20; ++i)
    node.market().ask(Email{"a@b.co"},
                      Account::SignUp{{"u" + std::to_string(i)}, "a@b.co", "scrypt$..."},
                      AskOptions{node.market().now() + patience_ms, {}},
                      [&](Answered<Seen<Account>> answer) { ++(answer ? won : lost); });
  REQUIRE(node.eventually([&] { return won + lost == 20; }));
  CHECK(won == 1);
}

TEST_CASE("passwords are verified against their hash, and an empty hash never matches") {
  TestNode node;
  const auto hash =
      node.wait<std::string>([&](auto done) { node.market().hash_password("secret", done); });
  REQUIRE(hash);
  auto matches = [&](std::string password, std::string against) {
    return *node.wait<bool>(
        [&](auto done) { node.market().verify_password(password, against, done); });
  };
  CHECK(matches("secret", *hash));
  CHECK_FALSE(matches("Secret", *hash));
  CHECK_FALSE(matches("", ""));
}

TEST_CASE("whoever asks a stopped node is answered all the same") {
  TestNode node;
  const auto ticket = sell(node);
  CHECK(node.stop());
  const auto answer = node.get(ticket);
  REQUIRE_FALSE(answer);
  CHECK(std::get<Failure>(answer.error().why) == Failure::unavailable);
}
