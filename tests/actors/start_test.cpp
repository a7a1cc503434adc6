// A node begins when it is told to, and not before: what it calls must be there by then.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>
#include <vector>

#include "tests/support/test_node.hpp"
#include "tests/support/turn_by_turn.hpp"

using namespace usher;
using namespace usher::testing;

namespace {

// Allocations of a thread that sets this take so long: its other threads are ahead of it by as much
// as on a loaded machine.
thread_local int slow_allocation_us = 0;

void wait_a_little() {
  using Steady = std::chrono::steady_clock;
  const auto until = Steady::now() + std::chrono::microseconds(slow_allocation_us);
  while (Steady::now() < until) {
  }
}

constexpr DurationMs hold_ms = 15 * 60'000;

// Orders of 160 tickets, all overdue.
std::vector<TicketId> leave_overdue_orders(const std::shared_ptr<MemoryDisk>& disk,
                                           const std::shared_ptr<ShiftedClock>& clock) {
  TestNode node{{}, disk, clock};
  std::vector<TicketId> tickets;
  for (int i = 0; i < 160; ++i) {
    tickets.push_back(node.market().new_ticket_id());
    REQUIRE(node.ask(tickets.back(), Ticket::Create{{{"seller"}, "Concert", Money{1}}}));
    const auto order = node.market().new_order_id(tickets.back().slot());
    REQUIRE(node.ask(tickets.back(), Ticket::Reserve{order, {"bob"}, hold_ms}));
  }
  REQUIRE(node.stop());
  clock->advance_ms(hold_ms);
  return tickets;
}

}  // namespace

void* operator new(std::size_t size) {
  if (slow_allocation_us > 0) wait_a_little();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("a node that is wired and not started does nothing, refuses asks, and can be stopped") {
  auto disk = std::make_shared<MemoryDisk>();
  auto clock = std::make_shared<ShiftedClock>();
  const auto tickets = leave_overdue_orders(disk, clock);
  TurnByTurn turns;
  turns.jump(clock->now_ms() - turns.clock().now_ms());
  MemoryStore store{disk};
  JournalOptions journal_options;
  journal_options.shard_count = 8;
  journal_options.clock_us = [&] { return turns.clock().now_us(); };
  const auto journal = Journal::open(store, journal_options);
  REQUIRE(journal);
  const auto gateway = make_sandbox_gateway({});
  MarketOptions options;
  options.shard_count = 8;
  options.simulated = true;
  bool is_wired = false;
  std::size_t committed = 0;
  Node node{turns.system(),
            {.clock = turns.clock(),
             .journal = **journal,
             .gateway = *gateway,
             .options = options,
             .scrypt = {.n = 16, .r = 1, .p = 1},
             .id_seed = 1,
             .on_committed =
                 [&](auto records) {
                   CHECK(is_wired);
                   committed += records.size();
                 },
             .log = {}}};
  const auto written = disk->batches_written();
  turns.pass(60'000);
  CHECK(disk->batches_written() == written);
  std::optional<Failure> refused;
  node.market().get(tickets[0], node.market().now() + 1'000, [&](Answered<Seen<Ticket>> answer) {
    REQUIRE_FALSE(answer);
    refused = std::get<Failure>(answer.error().why);
  });
  turns.run();
  CHECK(refused == Failure::unavailable);

  is_wired = true;
  node.start();
  turns.pass(2'000);
  CHECK(committed == 2 * tickets.size());  // each order has expired, each ticket was told
  turns.end_all();                         // before what they use goes
}

// The threads of the actors had been ahead of the one that still wired them: a shard sent to
// another through a list that still grew. SIGSEGV in every start.
TEST_CASE("a start with overdue orders survives a slow main thread") {
  auto disk = std::make_shared<MemoryDisk>();
  auto clock = std::make_shared<ShiftedClock>();
  for (const int slow_us : {20, 100, 100}) {
    CAPTURE(slow_us);
    const auto tickets = leave_overdue_orders(disk, clock);
    slow_allocation_us = slow_us;
    TestNode node{{}, disk, clock};
    slow_allocation_us = 0;
    for (const auto& ticket : tickets)
      CHECK(node.eventually([&] { return node.get(ticket)->state->is_for_sale(); }));
    CHECK(node.stop());
  }
}
