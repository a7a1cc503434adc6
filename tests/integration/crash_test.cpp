// kill -9 under load, again and again: what was acknowledged is there, whatever was not may be.
#include <doctest/doctest.h>

#include <random>
#include <set>
#include <thread>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/crowd.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;
using std::chrono::milliseconds;

namespace {

constexpr int rounds = 50;
constexpr int rounds_per_verify = 5;

}  // namespace

TEST_CASE("fifty times kill -9 under load: nothing acknowledged is lost") {
  const TempDir folder;
  const auto data = folder / "data";
  Acknowledged known;
  std::size_t tickets_seen = 0;
  for (int round = 1; round <= rounds; ++round) {
    CAPTURE(round);
    std::mt19937 dice{static_cast<unsigned>(round)};
    ServerProcess server{data};
    // The tickets of the last round, and some from long ago.
    std::set<std::string> to_check{
        known.tickets.begin() + static_cast<std::ptrdiff_t>(tickets_seen), known.tickets.end()};
    for (int i = 0; i < 20 && !known.tickets.empty(); ++i)
      to_check.insert(known.tickets[dice() % known.tickets.size()]);
    tickets_seen = known.tickets.size();
    CHECK(missing(server.port(), known, to_check) == std::vector<std::string>{});

    Crowd crowd{server.port(), static_cast<unsigned>(dice()), known};
    std::this_thread::sleep_for(milliseconds(30 + dice() % 250));  // the crowd works
    server.kill();
    crowd.stop();
    if (round % rounds_per_verify == 0) {
      const auto verified = run_usher({"verify", data});
      CHECK_MESSAGE(verified.status == 0, verified.out, verified.err);
    }
  }
  CHECK(known.tickets.size() > 100);
  CHECK(known.orders.size() > 20);
  CHECK_FALSE(known.paid.empty());
  CHECK_FALSE(known.cancelled.empty());
  MESSAGE(known.tickets.size(), " tickets, ", known.orders.size(), " orders, ", known.paid.size(),
          " payments were acknowledged");
  const ServerProcess server{data};
  CHECK(missing(server.port(), known, {known.tickets.begin(), known.tickets.end()}) ==
        std::vector<std::string>{});
}

TEST_CASE("a node that was down at the deadline cancels overdue orders when it is back") {
  const TempDir folder;
  const auto data = folder / "data";
  std::string ticket, overdue, paid;
  {
    ServerProcess server{data, {"--order-ttl", "2s"}};
    Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
    ticket = seller.offer();
    paid = buyer.reserve(seller.offer());
    CHECK(buyer.pay(paid).status == 201);
    overdue = buyer.reserve(ticket);
    REQUIRE_FALSE(overdue.empty());
    server.kill();
  }
  std::this_thread::sleep_for(milliseconds(2'100));  // the deadline passes
  {
    ServerProcess server{data, {"--order-ttl", "2s"}};
    Client buyer{server.port(), "buyer"};
    CHECK(becomes(buyer, overdue, "cancelled"));
    CHECK(buyer.get("/api/orders/" + paid).json().at("status") == "complete");
    const auto freed = buyer.get("/api/tickets/" + ticket).json();
    CHECK_FALSE(freed.contains("orderId"));
    CHECK(freed.at("version") == 2);
    server.terminate();
    CHECK(server.wait() == 0);
  }
  CHECK(run_usher({"verify", data}).status == 0);
}

TEST_CASE("a payment that a crash interrupts is settled after the restart, once") {
  const TempDir folder;
  const auto data = folder / "data";
  std::string order;
  {
    ServerProcess server{data};
    Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
    order = buyer.reserve(seller.offer());
    std::thread paying{[&] {
      Client same{server.port(), "buyer"};
      static_cast<void>(same.pay(order, "tok_slow"));
    }};
    CHECK(becomes(buyer, order, "awaiting:payment"));
    server.kill();
    paying.join();
  }
  const ServerProcess server{data};
  Client buyer{server.port(), "buyer"};
  CHECK(becomes(buyer, order, "complete"));
}

TEST_CASE("SIGTERM: what is in flight is answered, the exit is 0 and the directory is clean") {
  const TempDir folder;
  const auto data = folder / "data";
  ServerProcess server{data};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto order = buyer.reserve(seller.offer());
  REQUIRE_FALSE(order.empty());
  Answer in_flight;
  std::thread paying{[&] {
    Client same{server.port(), "buyer"};
    in_flight = same.pay(order, "tok_slow");
  }};
  REQUIRE(becomes(buyer, order, "awaiting:payment"));
  server.terminate();
  paying.join();
  CHECK(in_flight.status == 201);
  CHECK(server.wait() == 0);
  const auto verified = run_usher({"verify", data, "--json"});
  CHECK(verified.status == 0);
  const auto report = Json::parse(verified.out);
  CHECK(report.at("clean") == true);
  CHECK(report.at("orders").at("complete") == 1);
}
