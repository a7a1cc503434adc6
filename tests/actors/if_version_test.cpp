// Writes that name the version they are based on, and wait for the same append: each is judged by
// what those before it make of the aggregate, not by what is durable.
#include <doctest/doctest.h>

#include <atomic>

#include "tests/support/test_node.hpp"

using namespace usher;
using namespace usher::testing;

TEST_CASE("of writes that are based on one version one is accepted, however they are batched") {
  TestNode node;
  const UserId seller{"seller"};
  const auto id = node.market().new_ticket_id();
  REQUIRE(node.ask(id, Ticket::Create{{seller, "0", Money{100}}}));
  Version version = 1;
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> left{5}, accepted{0}, stale{0};
    const auto edit = [&](std::optional<Version> based_on, int price) {
      node.market().ask(id, Ticket::Edit{seller, "T", Money{price}},
                        AskOptions{node.market().now() + patience_ms, based_on},
                        [&](Answered<Seen<Ticket>> answer) {
                          accepted += answer.has_value();
                          stale += rejection_of(answer) == Rejection::stale_version;
                          --left;
                        });
    };
    // While the first one is appended the others wait, and are decided as one batch.
    edit(std::nullopt, 1'000 + round);
    for (int i = 0; i < 4; ++i) edit(version + 1, 2'000 + 10 * round + i);
    REQUIRE(node.eventually([&] { return left == 0; }));
    CHECK(accepted == 2);
    CHECK(stale == 3);
    version += 2;
    CHECK(node.get(id)->version == version);
  }
}
