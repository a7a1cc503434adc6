// docs/contract.md, section 2, orders and payments, by HTTP.
#include <doctest/doctest.h>

#include <ctime>

#include "tests/integration/support/contract_server.hpp"

using namespace usher::integration;

namespace {

const Errors not_authorized{"Not authorized"};
const Errors not_found{"Not Found"};

}  // namespace

TEST_CASE("ordering: 201 with exactly the contract's fields and the ticket's price") {
  auto seller = contract_client("seller");
  auto buyer = contract_client("buyer");
  const auto ticket = seller.offer("Concert", 20);
  const auto before = std::time(nullptr);
  const auto made = buyer.post("/api/orders", {{"ticketId", ticket}});
  CHECK(made.status == 201);
  const auto json = made.json();
  CHECK(json.size() == 7);  // expiresInMs is Usher's
  CHECK(json.at("userId") == "buyer");
  CHECK(json.at("status") == "created");
  CHECK(json.at("version") == 0);
  CHECK(json.at("ticket") ==
        Json{{"title", "Concert"}, {"price", 20}, {"version", 0}, {"id", ticket}});
  CHECK(json.at("id").get<std::string>().size() == 24);
  CHECK(json.at("expiresInMs").get<int>() > 14 * 60'000);
  CHECK(json.at("expiresInMs").get<int>() <= 15 * 60'000);

  const std::string expires = json.at("expiresAt");
  REQUIRE(expires.size() == std::string{"2024-01-13T02:24:06.123Z"}.size());
  CHECK(expires[19] == '.');
  CHECK(expires.back() == 'Z');
  std::tm parts{};
  REQUIRE(strptime(expires.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) != nullptr);
  const auto left = timegm(&parts) - before;
  CHECK(left >= 15 * 60 - 60);
  CHECK(left <= 15 * 60 + 60);
}

TEST_CASE("ordering refuses: no id, signed out, unknown, reserved; sellers may order their own") {
  auto seller = contract_client("seller");
  auto buyer = contract_client("buyer");
  const Errors required{"TicketId must be provided (ticketId)"};
  CHECK(contract_client().post("/api/orders", Json::object()).errors() == not_authorized);
  CHECK(buyer.post("/api/orders", Json::object()).errors() == required);
  CHECK(buyer.post("/api/orders", {{"ticketId", ""}}).errors() == required);
  const auto malformed = buyer.post("/api/orders", {{"ticketId", "nonsense"}});
  CHECK(malformed.status == 400);
  CHECK(malformed.errors() == required);
  const auto unknown = buyer.post("/api/orders", {{"ticketId", unknown_id}});
  CHECK(unknown.status == 404);
  CHECK(unknown.errors() == not_found);

  const auto ticket = seller.offer();
  CHECK_FALSE(seller.reserve(ticket).empty());
  const auto reserved = buyer.post("/api/orders", {{"ticketId", ticket}});
  CHECK(reserved.status == 400);
  CHECK(reserved.errors() == Errors{"Ticket is already reserved"});
}

TEST_CASE("reading orders: one's own, in every status, in order of creation") {
  auto seller = contract_client("seller");
  auto buyer = contract_client("reader of orders");
  std::vector<std::string> orders;
  for (int i = 0; i < 3; ++i) orders.push_back(buyer.reserve(seller.offer()));
  CHECK(buyer.del("/api/orders/" + orders[0]).status == 204);
  CHECK(buyer.pay(orders[1]).status == 201);
  const auto list = buyer.get("/api/orders").json();
  REQUIRE(list.size() == 3);
  const std::vector<std::string> statuses{"cancelled", "complete", "created"};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(list[i].at("id") == orders[i]);
    CHECK(list[i].at("status") == statuses[i]);
    CHECK(list[i].at("ticket").at("title") == "Concert");
  }
  CHECK(contract_client().get("/api/orders").errors() == not_authorized);
  CHECK(contract_client("stranger").get("/api/orders").text == "[]");

  const auto page = buyer.get("/api/orders?limit=2");
  CHECK(page.json().size() == 2);
  const auto link = page.header("link");
  REQUIRE(link.ends_with(">; rel=\"next\""));
  const auto rest = buyer.get(link.substr(1, link.find('>') - 1)).json();
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].at("id") == orders[2]);
}

TEST_CASE("one order: session, 404, owner") {
  auto buyer = contract_client("buyer");
  const auto target = "/api/orders/" + buyer.reserve(contract_client("seller").offer());
  CHECK(contract_client().get(target).status == 401);
  CHECK(buyer.get("/api/orders/" + unknown_id).errors() == not_found);
  CHECK(buyer.get("/api/orders/nonsense").status == 404);
  const auto stranger = contract_client("stranger").get(target);
  CHECK(stranger.status == 401);
  CHECK(stranger.errors() == not_authorized);
  CHECK(buyer.get(target).status == 200);
}

TEST_CASE("cancelling: 204 and empty, again 204, never a complete order, never another's") {
  auto buyer = contract_client("buyer");
  auto seller = contract_client("seller");
  const auto ticket = seller.offer();
  const auto order = buyer.reserve(ticket);
  const auto target = "/api/orders/" + order;
  CHECK(contract_client().del(target).status == 401);
  CHECK(buyer.del("/api/orders/" + unknown_id).status == 404);
  CHECK(contract_client("stranger").del(target).errors() == not_authorized);
  const auto done = buyer.del(target);
  CHECK(done.status == 204);
  CHECK(done.text == "");
  CHECK(buyer.get(target).json().at("status") == "cancelled");

  // The second cancellation must not free the ticket for whom holds it by now.
  const auto next = contract_client("next").reserve(ticket);
  REQUIRE_FALSE(next.empty());
  CHECK(buyer.del(target).status == 204);
  CHECK(seller.get("/api/tickets/" + ticket).json().at("orderId") == next);

  const auto bought = buyer.reserve(seller.offer());
  CHECK(buyer.pay(bought).status == 201);
  const auto complete = buyer.del("/api/orders/" + bought);
  CHECK(complete.status == 400);
  CHECK(complete.errors().size() == 1);
  CHECK(buyer.get("/api/orders/" + bought).json().at("status") == "complete");
}

TEST_CASE("If-Match on DELETE: 412 when stale") {
  auto buyer = contract_client("buyer");
  const auto target = "/api/orders/" + buyer.reserve(contract_client("seller").offer());
  const auto stale = buyer.del(target, {{"If-Match", "\"7\""}});
  CHECK(stale.status == 412);
  CHECK(stale.json().at("version") == 0);
  CHECK(buyer.del(target, {{"If-Match", "\"0\""}}).status == 204);
}

TEST_CASE("paying: 201 with an id, the order is complete, the ticket stays sold") {
  auto buyer = contract_client("buyer");
  auto seller = contract_client("seller");
  const auto ticket = seller.offer("Concert", "19.99");
  const auto order = buyer.reserve(ticket);
  const auto paid = buyer.pay(order);
  CHECK(paid.status == 201);
  CHECK(paid.json().size() == 1);
  CHECK(paid.json().at("id").get<std::string>().size() == 24);
  CHECK(buyer.get("/api/orders/" + order).json().at("status") == "complete");
  CHECK(seller.get("/api/tickets/" + ticket).json().contains("orderId"));
  const auto again = buyer.pay(order);
  CHECK(again.status == 400);
  CHECK(again.errors().size() == 1);
}

TEST_CASE("paying refuses in the contract's order: session, fields, 404, owner, state") {
  auto buyer = contract_client("buyer");
  auto stranger = contract_client("stranger");
  const auto order = buyer.reserve(contract_client("seller").offer());
  CHECK(contract_client().post("/api/payments", Json::object()).errors() == not_authorized);
  const auto empty = buyer.post("/api/payments", Json::object());
  CHECK(empty.status == 400);
  REQUIRE(empty.errors().size() == 2);
  CHECK(empty.errors()[0].ends_with("(token)"));
  CHECK(empty.errors()[1].ends_with("(orderId)"));
  CHECK(buyer.pay(unknown_id).errors() == not_found);
  CHECK(buyer.del("/api/orders/" + order).status == 204);
  CHECK(stranger.pay(order).errors() == not_authorized);  // before the state
  const auto cancelled = buyer.pay(order);
  CHECK(cancelled.status == 400);
  CHECK(cancelled.errors() == Errors{"Cannot pay for a cancelled order"});
}

TEST_CASE("Idempotency-Key on orders and payments: once, and the first answer again") {
  auto buyer = contract_client("repeating buyer");
  auto seller = contract_client("seller");
  const Json body{{"ticketId", seller.offer()}};
  const HeaderList key{{"Idempotency-Key", "buy-1"}};
  const auto first = buyer.post("/api/orders", body, key);
  REQUIRE(first.status == 201);
  const auto order = first.json().at("id").get<std::string>();
  const auto repeat = buyer.post("/api/orders", body, key);
  CHECK(repeat.status == 201);
  CHECK(repeat.json().at("id") == order);
  CHECK(buyer.get("/api/orders").json().size() == 1);
  CHECK(buyer.post("/api/orders", {{"ticketId", seller.offer()}}, key).status == 422);

  const Json card{{"orderId", order}, {"token", "tok_visa"}};
  const auto paid = buyer.post("/api/payments", card, key);
  REQUIRE(paid.status == 201);
  const auto paid_again = buyer.post("/api/payments", card, key);
  CHECK(paid_again.status == 201);
  CHECK(paid_again.text == paid.text);
  const Json other{{"orderId", order}, {"token", "tok_mastercard"}};
  CHECK(buyer.post("/api/payments", other, key).status == 422);
  CHECK(buyer.post("/api/payments", other).status == 400);  // complete
}
