// Read your own writes: whoever was answered sees it in every later read. Each pair a thousand
// times, without a pause between the answer and the read.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;

namespace {

constexpr int rounds = 1'000;
constexpr int tickets_at_once = 50;
const std::string seller_id = "65a1f0c2b3d4e5f6071829aa";
const std::string buyer_id = "65a1f0c2b3d4e5f6071829bb";

// What a read right behind an answer still did not know, by the name of the read.
struct Missed {
  std::map<std::string, int> counts;
  void unless(bool knows, const std::string& read) { counts[read] += knows ? 0 : 1; }
  void check() const {
    CHECK(!counts.empty());
    for (const auto& [read, count] : counts) {
      CAPTURE(read);
      CHECK(count == 0);
    }
  }
};

bool is_listed(Client& client, const std::string& ticket) {
  const auto listed = client.get("/api/tickets?limit=100&sort=-created").json();
  return std::any_of(listed.begin(), listed.end(),
                     [&](const Json& each) { return each.at("id") == ticket; });
}

// The ticket behind the event that made this version; null: no such event is known.
Json history_at(Client& client, const std::string& ticket, int version) {
  const auto entries =
      client.get("/api/tickets/" + ticket + "/history?limit=1&after=" + std::to_string(version - 1))
          .json();
  return entries.empty() ? Json{} : entries.at(0).at("ticket");
}

struct Feed {
  std::uint64_t seen = 0;
  // The newest event about the ticket among those behind what was read before.
  Json newest_about(Client& client, const std::string& ticket) {
    Json found;
    for (;;) {
      const auto page = client
                            .get("/api/events?limit=100&after=" + std::to_string(seen),
                                 {{"Accept", "application/json"}})
                            .json();
      if (page.empty()) return found;
      for (const auto& event : page)
        if (event.at("data").at("id") == ticket) found = event;
      seen = page.back().at("seq");
    }
  }
};

}  // namespace

TEST_CASE("an order that was cancelled has left its ticket, wherever one looks") {
  const TempDir folder;
  ServerProcess server{folder / "data"};
  Client seller{server.port(), seller_id};
  Client buyer{server.port(), buyer_id};
  const auto ticket = seller.offer();
  Missed missed;
  Feed feed;
  for (int i = 0; i < rounds; ++i) {
    const auto order = buyer.reserve(ticket);
    REQUIRE_FALSE(order.empty());
    REQUIRE(buyer.del("/api/orders/" + order).status == 204);
    switch (i % 4) {
      case 0:
        missed.unless(!seller.get("/api/tickets/" + ticket).json().contains("orderId"), "ticket");
        break;
      case 1:
        missed.unless(is_listed(seller, ticket), "list");
        break;
      case 2:
        missed.unless(history_at(seller, ticket, 2 * i + 2).is_object(), "history");
        break;
      default:
        missed.unless(!feed.newest_about(buyer, ticket).at("data").contains("orderId"), "feed");
    }
    missed.unless(status_of(buyer, order) == "cancelled", "order");
  }
  missed.check();
}

TEST_CASE("an order that was paid has its ticket sold, wherever one looks") {
  const TempDir folder;
  ServerProcess server{folder / "data"};
  Client seller{server.port(), seller_id};
  Client buyer{server.port(), buyer_id};
  Missed missed;
  Feed feed;
  for (int i = 0; i < rounds; ++i) {
    const auto ticket = seller.offer();
    const auto order = buyer.reserve(ticket);
    REQUIRE(buyer.pay(order).status == 201);
    // Created, reserved, sold: the third event has version 2.
    switch (i % 3) {
      case 0:
        missed.unless(seller.get("/api/tickets/" + ticket).json().at("version") == 2, "ticket");
        break;
      case 1:
        missed.unless(history_at(seller, ticket, 2).is_object(), "history");
        break;
      default:
        missed.unless(feed.newest_about(buyer, ticket).at("data").at("version") == 2, "feed");
    }
    missed.unless(status_of(buyer, order) == "complete", "order");
  }
  missed.check();
}

TEST_CASE("who reads that an order has expired finds its ticket for sale") {
  const TempDir folder;
  ServerProcess server{folder / "data", {"--order-ttl", "200ms"}};
  Client seller{server.port(), seller_id};
  Client buyer{server.port(), buyer_id};
  Missed missed;
  for (int round = 0; round < rounds / tickets_at_once; ++round) {
    std::vector<std::pair<std::string, std::string>> held;
    for (int i = 0; i < tickets_at_once; ++i) {
      const auto ticket = seller.offer();
      held.emplace_back(ticket, buyer.reserve(ticket));
    }
    for (const auto& [ticket, order] : held) {
      std::string status = "created";
      for (int asked = 0; asked < 100'000 && status != "cancelled"; ++asked)
        status = status_of(buyer, order);
      REQUIRE(status == "cancelled");
      missed.unless(!seller.get("/api/tickets/" + ticket).json().contains("orderId"), "ticket");
    }
  }
  missed.check();
}

TEST_CASE("a ticket that was edited is the new one, wherever one looks") {
  const TempDir folder;
  ServerProcess server{folder / "data"};
  Client seller{server.port(), seller_id};
  Client visitor{server.port()};
  const auto ticket = seller.offer();
  Missed missed;
  Feed feed;
  for (int i = 1; i <= rounds; ++i) {
    const auto title = "Concert " + std::to_string(i);
    REQUIRE(seller.put("/api/tickets/" + ticket, {{"title", title}, {"price", 10}}).status == 200);
    switch (i % 4) {
      case 0:
        missed.unless(visitor.get("/api/tickets/" + ticket).json().at("title") == title, "ticket");
        break;
      case 1:
        missed.unless(visitor.get("/api/tickets?limit=1").json().at(0).at("title") == title,
                      "list");
        break;
      case 2:
        missed.unless(history_at(visitor, ticket, i).value("title", "") == title, "history");
        break;
      default:
        missed.unless(feed.newest_about(visitor, ticket).at("data").at("title") == title, "feed");
    }
  }
  missed.check();
}
