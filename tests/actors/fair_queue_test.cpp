// Whose turn it is among those that wait. A crowd of one address that asked for lists filled the
// only queue there was: recoveries were refused, and locks outlived their deadline.
#include "actors/runtime/fair_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "actors/runtime/fair_line.hpp"
#include "actors/runtime/worker_pool.hpp"
#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

namespace {

using Queue = FairQueue<std::string>;
using Names = std::vector<std::string>;

Names drain(Queue& queue) {
  Names order;
  while (auto next = queue.next()) order.push_back(*next);
  return order;
}

}  // namespace

TEST_CASE("clients take turns, whoever asks more") {
  Queue queue{{.at_once = 1, .queue_max = 100}};
  for (int i = 0; i < 4; ++i) REQUIRE_FALSE(queue.push("a", "a" + std::to_string(i)));
  REQUIRE_FALSE(queue.push("b", "b0"));
  REQUIRE_FALSE(queue.push("c", "c0"));
  REQUIRE_FALSE(queue.push("c", "c1"));
  CHECK(drain(queue) == Names{"a0", "b0", "c0", "a1", "c1", "a2", "a3"});
  REQUIRE_FALSE(queue.push("a", "again"));
  CHECK(drain(queue) == Names{"again"});
}

TEST_CASE("in a full queue the longest line gives way to a shorter one") {
  Queue queue{{.at_once = 1, .queue_max = 4}};
  for (int i = 0; i < 4; ++i) REQUIRE_FALSE(queue.push("a", "a" + std::to_string(i)));
  CHECK(queue.push("a", "a4") == "a4");
  CHECK(queue.push("b", "b0") == "a3");
  CHECK(queue.push("b", "b1") == "a2");
  CHECK(queue.push("b", "b2") == "b2");  // both have two: nobody is owed more
  CHECK(queue.push("c", "c0") == "a1");
  CHECK(queue.size() == 4);
  CHECK(drain(queue) == Names{"a0", "b0", "c0", "b1"});
}

TEST_CASE("what would wait too long is refused at once, and what would not, waits") {
  Queue queue{{.at_once = 2, .queue_max = 1'000, .wait_ms_max = 1'000}};
  for (int i = 0; i < 5; ++i) REQUIRE_FALSE(queue.push("", "before anything is known"));
  queue.note_ms(100);
  CHECK(queue.expected_wait_ms() == 250);
  int taken = 0;
  while (!queue.push("", "hash")) ++taken;
  CHECK(taken == 16);  // 21 of them make 1,050 ms for two workers
  CHECK(queue.expected_wait_ms() == 1'050);
  CHECK(drain(queue).size() == 21);
  CHECK(queue.expected_wait_ms() == 0);
  CHECK_FALSE(queue.push("", "hash"));
}

TEST_CASE("a crowd that asks for lists holds up neither expiry nor anybody's command") {
  // One reader, which hangs: what the promises need has its own.
  MarketOptions options;
  options.reader_threads = 1;
  options.reader_queue_max = 2;
  options.recover_from_memory = false;  // every aggregate that comes back needs a reader
  options.active_aggregates_max = 64;
  options.passivate_idle_ms = 10;
  const auto clock = std::make_shared<ShiftedClock>();
  TestNode node{options, std::make_shared<MemoryDisk>(), clock};
  const UserId seller{"seller"}, bob{"bob"};
  std::vector<TicketId> tickets;
  for (int i = 0; i < 20; ++i) {
    tickets.push_back(node.market().new_ticket_id());
    REQUIRE(node.ask(tickets.back(), Ticket::Create{{seller, "T", Money{2000}}}));
    REQUIRE(
        node.ask(tickets.back(),
                 Ticket::Reserve{node.market().new_order_id(tickets.back().slot()), bob, 60'000}));
  }
  std::promise<void> go_on;
  const auto gone_on = go_on.get_future().share();
  std::atomic<int> answered{0}, refused{0};
  constexpr int crowd = 50;
  TicketSearch search;
  search.page.client = "crowd";
  for (int i = 0; i < crowd; ++i)
    node.market().tickets_for_sale(search, [&, gone_on](Answered<Page<TicketRow>> page) {
      if (!page) ++refused;
      if (page) gone_on.wait();
      ++answered;
    });
  CHECK(node.eventually([&] { return refused == crowd - 3; }));  // one runs, two wait
  clock->advance_ms(61'000);
  CHECK(node.eventually([&] {
    for (const auto& ticket : tickets) {
      const auto seen = node.get(ticket);
      if (!seen || !seen->state->is_for_sale()) return false;
    }
    return true;
  }));
  CHECK(answered == crowd - 3);
  go_on.set_value();
  CHECK(node.eventually([&] { return answered == crowd; }));
}

TEST_CASE("whoever asks more waits for himself: another client's list is next") {
  MarketOptions options;
  options.reader_threads = 1;
  options.reader_queue_max = 1'000;
  TestNode node{options};
  std::promise<void> go_on;
  const auto gone_on = go_on.get_future().share();
  std::mutex mutex;
  Names order;
  const auto ask = [&](const std::string& client) {
    TicketSearch search;
    search.page.client = client;
    node.market().tickets_for_sale(search, [&, client, gone_on](Answered<Page<TicketRow>>) {
      gone_on.wait();
      const std::lock_guard lock{mutex};
      order.push_back(client);
    });
  };
  for (int i = 0; i < 100; ++i) ask("crowd");
  ask("visitor");
  CHECK(node.eventually([&] { return node.gauges().reader_queue == 101; }));
  go_on.set_value();
  CHECK(node.eventually([&] { return node.gauges().reader_queue == 0; }));
  const std::lock_guard lock{mutex};
  REQUIRE(order.size() == 101);
  const auto visitor = std::find(order.begin(), order.end(), "visitor");
  CHECK(visitor - order.begin() <= 2);
}
