// What the ticketing course and its load scripts do to a backend: crowds, expiry, slow and
// silent payment gateways.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Runs `work(i)` for each i below `count`, each on a thread of its own, all let go at once.
template <class Work>
void at_once(int count, Work work) {
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      while (!go) std::this_thread::yield();
      work(i);
    });
  go = true;
  for (auto& thread : threads) thread.join();
}

bool is_reserved(Client& client, const std::string& ticket) {
  return client.get("/api/tickets/" + ticket).json().contains("orderId");
}

}  // namespace

TEST_CASE("two hundred buyers want one ticket: one gets it") {
  const TempDir folder;
  const ServerProcess server{folder / "data"};
  Client seller{server.port(), "seller"};
  const auto ticket = seller.offer();
  REQUIRE_FALSE(ticket.empty());
  std::atomic<int> won{0}, refused{0}, other{0};
  at_once(200, [&](int i) {
    Client buyer{server.port(), "buyer" + std::to_string(i)};
    const auto answer = buyer.post("/api/orders", {{"ticketId", ticket}});
    if (answer.status == 201)
      ++won;
    else if (answer.status == 400 && answer.errors() == Errors{"Ticket is already reserved"})
      ++refused;
    else
      ++other;
  });
  CHECK(won == 1);
  CHECK(refused == 199);
  CHECK(other == 0);
  const auto json = seller.get("/api/tickets/" + ticket).json();
  CHECK(json.at("version") == 1);
  CHECK(json.contains("orderId"));
}

TEST_CASE("the course's batch: 400 clients create at 5, edit to 10, edit to 15") {
  constexpr int clients = 400;
  const TempDir folder;
  const ServerProcess server{folder / "data"};
  std::vector<std::string> ids(clients);
  std::atomic<int> failed{0};
  at_once(clients, [&](int i) {
    Client client{server.port(), "seller" + std::to_string(i)};
    auto& id = ids[static_cast<std::size_t>(i)];
    id = client.offer("batch", 5);
    for (const int price : {10, 15})
      if (client.put("/api/tickets/" + id, {{"title", "batch"}, {"price", price}}).status != 200)
        ++failed;
  });
  CHECK(failed == 0);
  Client reader{server.port()};
  const auto first = reader.get("/api/tickets").json();
  const auto second = reader.get("/api/tickets").json();
  CHECK(first == second);
  REQUIRE(first.size() == clients);
  int right = 0;
  for (const auto& ticket : first) right += ticket.at("price") == 15 && ticket.at("version") == 2;
  CHECK(right == clients);
}

TEST_CASE("an order that is not paid in time is cancelled and its ticket is for sale again") {
  const TempDir folder;
  const ServerProcess server{folder / "data", {"--order-ttl", "1s"}};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto ticket = seller.offer();
  const auto order = buyer.reserve(ticket);
  REQUIRE_FALSE(order.empty());
  CHECK(becomes(buyer, order, "cancelled"));
  CHECK_FALSE(is_reserved(seller, ticket));
  CHECK(seller.get("/api/tickets/" + ticket).json().at("version") == 2);
  CHECK(seller.get("/api/tickets").json().size() == 1);

  SUBCASE("it cannot be paid any more") {
    const auto answer = buyer.pay(order);
    CHECK(answer.status == 400);
    CHECK(answer.errors() == Errors{"Cannot pay for a cancelled order"});
  }
  SUBCASE("another buyer gets the ticket, and the old order cannot take it from him") {
    Client next{server.port(), "next"};
    const auto second = next.reserve(ticket);
    REQUIRE_FALSE(second.empty());
    CHECK(buyer.del("/api/orders/" + order).status == 204);
    CHECK(next.pay(second).status == 201);
    CHECK(status_of(next, second) == "complete");
    CHECK(is_reserved(seller, ticket));
  }
}

TEST_CASE("a payment that begins before the deadline wins over the expiry") {
  const TempDir folder;
  // tok_slow takes about 3 s: the deadline passes while the gateway works.
  const ServerProcess server{folder / "data", {"--order-ttl", "2s"}};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto ticket = seller.offer();
  const auto order = buyer.reserve(ticket);
  REQUIRE_FALSE(order.empty());
  const auto paid = buyer.pay(order, "tok_slow");
  CHECK(paid.status == 201);
  CHECK(status_of(buyer, order) == "complete");
  std::this_thread::sleep_for(seconds(2));  // an expiry that came late would come now
  CHECK(status_of(buyer, order) == "complete");
  CHECK(is_reserved(seller, ticket));
}

TEST_CASE("a gateway that never answers costs its own buyer time, and nobody else") {
  const TempDir folder;
  const ServerProcess server{folder / "data", {"--set", "payments.wait=2s"}};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto order = buyer.reserve(seller.offer());
  REQUIRE_FALSE(order.empty());
  std::atomic<bool> waiting{true};
  Answer answer;
  std::thread paying{[&] {
    Client same{server.port(), "buyer"};
    answer = same.pay(order, "tok_hang");
    waiting = false;
  }};
  CHECK(becomes(buyer, order, "awaiting:payment"));
  int served_meanwhile = 0;
  while (waiting) served_meanwhile += !seller.offer("meanwhile").empty();
  paying.join();
  CHECK(served_meanwhile > 5);
  CHECK(answer.status == 503);
  CHECK(answer.header("retry-after") != "");
  CHECK(answer.errors().size() == 1);
  CHECK(status_of(buyer, order) == "awaiting:payment");
  // Somebody may have paid: it is not cancelled, and not paid twice.
  CHECK(buyer.del("/api/orders/" + order).status == 400);
  CHECK(buyer.pay(order).status == 400);
}

TEST_CASE("a declined card: 402, and another card buys") {
  const TempDir folder;
  const ServerProcess server{folder / "data"};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto order = buyer.reserve(seller.offer());
  const auto declined = buyer.pay(order, "tok_chargeDeclined");
  CHECK(declined.status == 402);
  CHECK(declined.errors() == Errors{"Your card was declined."});
  CHECK(status_of(buyer, order) == "created");
  CHECK(buyer.pay(order).status == 201);
  CHECK(status_of(buyer, order) == "complete");
}

TEST_CASE("a storm of sign-ins does not stall the tickets") {
  const TempDir folder;
  const ServerProcess server{folder / "data"};
  Client seller{server.port(), "seller"};
  const auto ticket = seller.offer();
  std::atomic<bool> stop{false};
  std::atomic<int> answered{0}, strange{0};
  std::vector<std::thread> storm;
  for (int i = 0; i < 32; ++i)
    storm.emplace_back([&, i] {
      Client client{server.port()};
      while (!stop) {
        const auto answer = client.post(
            "/api/users/signin",
            {{"email", "nobody" + std::to_string(i) + "@example.com"}, {"password", "a guess"}});
        ++answered;
        if (answer.status != 400 && answer.status != 503) ++strange;
      }
    });
  CHECK(eventually([&] { return answered > 0; }));
  // One password takes tens of milliseconds, 32 in a queue a second or more. A read that waited
  // behind them would be as slow: then these would take minutes.
  const auto begin = std::chrono::steady_clock::now();
  int read = 0;
  for (int i = 0; i < 300; ++i) read += seller.get("/api/tickets/" + ticket).status == 200;
  const auto took = std::chrono::steady_clock::now() - begin;
  stop = true;
  for (auto& thread : storm) thread.join();
  CHECK(read == 300);
  CHECK(took < seconds(60));
  CHECK(strange == 0);
}
