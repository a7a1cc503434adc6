// kill -9 under load, again and again: what was acknowledged is there, whatever was not may be.
#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr int rounds = 50;
constexpr int rounds_per_verify = 5;
constexpr int sellers = 4;
constexpr int buyers = 4;

// What clients were told. Values are lower bounds: unacknowledged work may have come on top.
struct Acknowledged {
  std::mutex mutex;
  std::map<std::string, int> ticket_versions;
  std::vector<std::string> tickets;
  std::map<std::string, std::pair<std::string, std::string>> orders;  // buyer, ticket
  std::set<std::string> paid;
  std::set<std::string> cancelled;

  void saw_ticket(const Answer& answer) {
    if (answer.status != 200 && answer.status != 201) return;
    const auto json = answer.json();
    const std::lock_guard lock{mutex};
    const std::string id = json.at("id");
    if (answer.status == 201) tickets.push_back(id);
    auto& version = ticket_versions[id];
    version = std::max(version, json.at("version").get<int>());
  }
  std::string any_ticket(std::mt19937& dice) {
    const std::lock_guard lock{mutex};
    if (tickets.empty()) return "";
    // The newest ones: old ones are mostly sold.
    const auto newest = std::min<std::size_t>(tickets.size(), 20);
    return tickets[tickets.size() - 1 - dice() % newest];
  }
};

void sell(int port, int who, const std::atomic<bool>& stop, Acknowledged& known) {
  Client client{port, "seller" + std::to_string(who)};
  client.time_out_after(seconds(5));
  while (!stop) {
    const auto made = client.post("/api/tickets", {{"title", "crash"}, {"price", 5}});
    known.saw_ticket(made);
    if (made.status != 201) continue;
    const auto target = "/api/tickets/" + made.json().at("id").get<std::string>();
    for (int price = 10; price <= 15 && !stop; price += 5)
      known.saw_ticket(client.put(target, {{"title", "crash"}, {"price", price}}));
  }
}

void buy(int port, int who, unsigned seed, const std::atomic<bool>& stop, Acknowledged& known) {
  const auto name = "buyer" + std::to_string(who);
  Client client{port, name};
  client.time_out_after(seconds(5));
  std::mt19937 dice{seed};
  while (!stop) {
    const auto ticket = known.any_ticket(dice);
    if (ticket.empty()) {
      std::this_thread::sleep_for(milliseconds(1));
      continue;
    }
    const auto order = client.reserve(ticket);
    if (order.empty()) continue;
    {
      const std::lock_guard lock{known.mutex};
      known.orders[order] = {name, ticket};
    }
    const auto fate = dice() % 3;
    if (fate == 0 && client.pay(order).status == 201) {
      const std::lock_guard lock{known.mutex};
      known.paid.insert(order);
    } else if (fate == 1 && client.del("/api/orders/" + order).status == 204) {
      const std::lock_guard lock{known.mutex};
      known.cancelled.insert(order);
    }
  }
}

// All orders of all buyers by id, read page by page.
std::map<std::string, Json> all_orders(int port) {
  std::map<std::string, Json> all;
  for (int who = 0; who < buyers; ++who) {
    Client client{port, "buyer" + std::to_string(who)};
    for (const auto& order : client.get("/api/orders").json()) all[order.at("id")] = order;
  }
  return all;
}

// Compares what the node shows with what it has acknowledged. Returns complaints.
std::vector<std::string> missing(int port, const Acknowledged& known,
                                 const std::set<std::string>& tickets_to_check) {
  std::vector<std::string> out;
  Client reader{port};
  for (const auto& id : tickets_to_check) {
    const auto json = reader.get("/api/tickets/" + id).json();
    if (!json.is_object() || !json.contains("version"))
      out.push_back("ticket " + id + " is lost");
    else if (json.at("version").get<int>() < known.ticket_versions.at(id))
      out.push_back("ticket " + id + " lost a version");
  }
  const auto orders = all_orders(port);
  std::map<std::string, int> live;  // by ticket
  for (const auto& [id, order] : orders)
    if (order.at("status") != "cancelled") ++live[order.at("ticket").at("id")];
  for (const auto& [ticket, count] : live)
    if (count > 1) out.push_back("ticket " + ticket + " is held by several orders");
  for (const auto& [id, who] : known.orders)
    if (!orders.contains(id)) out.push_back("order " + id + " is lost");
  for (const auto& id : known.paid)
    if (!orders.contains(id) || orders.at(id).at("status") != "complete")
      out.push_back("order " + id + " lost its payment");
  for (const auto& id : known.cancelled)
    if (!orders.contains(id) || orders.at(id).at("status") != "cancelled")
      out.push_back("order " + id + " is not cancelled any more");
  return out;
}

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

    std::atomic<bool> stop{false};
    std::vector<std::thread> load;
    for (int i = 0; i < sellers; ++i)
      load.emplace_back([&, i] { sell(server.port(), i, stop, known); });
    for (int i = 0; i < buyers; ++i)
      load.emplace_back([&, i, seed = dice()] {
        buy(server.port(), i, static_cast<unsigned>(seed), stop, known);
      });
    std::this_thread::sleep_for(milliseconds(30 + dice() % 250));
    server.kill();
    stop = true;
    for (auto& thread : load) thread.join();
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
  std::this_thread::sleep_for(milliseconds(2'100));
  {
    ServerProcess server{data, {"--order-ttl", "2s"}};
    Client buyer{server.port(), "buyer"};
    std::string status;
    for (int i = 0; i < 600 && status != "cancelled"; ++i) {
      status = buyer.get("/api/orders/" + overdue).json().value("status", "none");
      std::this_thread::sleep_for(milliseconds(50));
    }
    CHECK(status == "cancelled");
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
    std::string status;
    for (int i = 0; i < 600 && status != "awaiting:payment"; ++i)
      status = buyer.get("/api/orders/" + order).json().value("status", "none");
    CHECK(status == "awaiting:payment");
    server.kill();
    paying.join();
  }
  const ServerProcess server{data};
  Client buyer{server.port(), "buyer"};
  std::string status;
  for (int i = 0; i < 600 && status != "complete"; ++i) {
    status = buyer.get("/api/orders/" + order).json().value("status", "none");
    std::this_thread::sleep_for(milliseconds(50));
  }
  CHECK(status == "complete");
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
  std::string status;
  for (int i = 0; i < 600 && status != "awaiting:payment"; ++i)
    status = buyer.get("/api/orders/" + order).json().value("status", "none");
  REQUIRE(status == "awaiting:payment");
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
