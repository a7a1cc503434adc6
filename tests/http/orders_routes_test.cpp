// docs/contract.md, section 2, orders, and what section 6 adds to them.
#include "tests/support/api_client.hpp"

using namespace usher;
using namespace usher::test;

namespace {

constexpr DurationMs quarter_hour_ms = 15 * 60'000;

Answer order_of(ApiClient& api, const std::string& user, const std::string& id) {
  return api.get("/api/orders/" + id, {api.as(user)});
}

}  // namespace

TEST_CASE("a reservation holds the ticket for a quarter of an hour") {
  ApiClient api;
  const auto ticket = api.offer("ada", "Concert", "19.99");
  const auto answer = api.post("/api/orders", {{"ticketId", ticket}}, {api.as("bob")});
  CHECK(answer.status == 201);
  const std::string id = answer.json().at("id");
  CHECK(answer.text ==
        R"({"userId":"bob","status":"created","expiresAt":"2024-01-13T02:24:06.123Z",)"
        R"("expiresInMs":900000,"ticket":{"title":"Concert","price":19.99,"version":0,"id":")" +
            ticket + R"("},"version":0,"id":")" + id + "\"}");
  CHECK(answer.header("Location") == "/api/orders/" + id);
  CHECK(order_of(api, "bob", id).text == answer.text);
}

TEST_CASE("the order has the slot of its ticket") {
  ApiClient api;
  const auto ticket = api.offer("ada");
  const auto order = api.reserve("bob", ticket);
  CHECK(OrderId::parse(order)->slot() == TicketId::parse(ticket)->slot());
}

TEST_CASE("the checks of POST orders come in this order: JSON, session, body, 404, reserved") {
  ApiClient api;
  const auto post = [&](const Json& body) {
    return api.post("/api/orders", body, {api.as("bob")});
  };
  CHECK(api.send("POST", "/api/orders", "[").status == 400);
  CHECK(api.post("/api/orders", Json::object()).status == 401);
  for (const Json& id : {Json{}, Json{""}, Json{"abc"}, Json{12}, Json{true}, Json::object()}) {
    CAPTURE(id);
    const auto answer = post({{"ticketId", id}});
    CHECK(answer.status == 400);
    CHECK(answer.errors() == Errors{"TicketId must be provided (ticketId)"});
  }
  CHECK(post({{"ticketId", unknown_id}}).status == 404);
  const auto ticket = api.offer("ada");
  api.reserve("eve", ticket);
  const auto late = post({{"ticketId", ticket}});
  CHECK(late.status == 400);
  CHECK(late.text == R"({"errors":[{"message":"Ticket is already reserved"}]})");
}

TEST_CASE("sellers may order their own ticket") {
  ApiClient api;
  CHECK(api.reserve("ada", api.offer("ada")).size() == 24);
}

TEST_CASE("the list has the caller's orders in every status, oldest first") {
  ApiClient api;
  CHECK(api.get("/api/orders").status == 401);
  const auto cancelled = api.reserve("bob", api.offer("ada", "A"));
  api.call("DELETE", "/api/orders/" + cancelled, {api.as("bob")});
  const auto complete = api.reserve("bob", api.offer("ada", "B"));
  api.pay("bob", complete);
  api.reserve("eve", api.offer("ada", "C"));
  const auto open = api.reserve("bob", api.offer("ada", "D"));
  const auto list = api.get("/api/orders", {api.as("bob")});
  const auto orders = list.json();
  REQUIRE(orders.size() == 3);
  CHECK(orders[0].at("status") == "cancelled");
  CHECK(orders[0].at("expiresInMs") == 0);
  CHECK(orders[1].at("status") == "complete");
  CHECK(orders[1].at("ticket").at("title") == "B");
  CHECK(orders[2].at("id") == open);
  const auto page = api.get("/api/orders?limit=2", {api.as("bob")});
  CHECK(page.json().size() == 2);
  // The digits name the list, so that the cursor holds in no other.
  CHECK(page.header("Link") == R"(</api/orders?limit=2&after=0b09d111.2>; rel="next")");
}

TEST_CASE("reading an order: session, 404, another's is 401") {
  ApiClient api;
  const auto id = api.reserve("bob", api.offer("ada"));
  CHECK(api.get("/api/orders/" + id).status == 401);
  CHECK(order_of(api, "bob", unknown_id).status == 404);
  CHECK(order_of(api, "bob", "mine").status == 404);
  CHECK(order_of(api, "ada", id).status == 401);
  CHECK(order_of(api, "bob", id).status == 200);
}

TEST_CASE("cancelling frees the ticket, and again is no error") {
  ApiClient api;
  const auto ticket = api.offer("ada");
  const auto id = api.reserve("bob", ticket);
  const auto cancel = [&](const std::string& user) {
    return api.call("DELETE", "/api/orders/" + id, {api.as(user)});
  };
  CHECK(api.call("DELETE", "/api/orders/" + id).status == 401);
  CHECK(cancel("eve").status == 401);
  CHECK(api.call("DELETE", "/api/orders/" + unknown_id, {api.as("bob")}).status == 404);
  const auto answer = cancel("bob");
  CHECK(answer.status == 204);
  CHECK(answer.text.empty());
  CHECK(order_of(api, "bob", id).json().at("status") == "cancelled");
  CHECK(order_of(api, "bob", id).json().at("version") == 1);

  const auto next = api.reserve("eve", ticket);
  CHECK(cancel("bob").status == 204);  // must not free what eve holds by now
  CHECK(api.get("/api/tickets/" + ticket).json().at("orderId") == next);
}

TEST_CASE("a complete order cannot be cancelled") {
  ApiClient api;
  const auto id = api.reserve("bob", api.offer("ada"));
  api.pay("bob", id);
  const auto answer = api.call("DELETE", "/api/orders/" + id, {api.as("bob")});
  CHECK(answer.status == 400);
  CHECK(answer.errors() == Errors{"Order is already complete"});
}

TEST_CASE("If-Match on DELETE refuses a stale version") {
  ApiClient api;
  const auto id = api.reserve("bob", api.offer("ada"));
  api.pay("bob", id, FakeMarket::declined_token);  // two events more
  const auto with = [&](const std::string& tag) {
    return api.call("DELETE", "/api/orders/" + id, {api.as("bob"), {"If-Match", tag}});
  };
  const auto stale = with("\"0\"");
  CHECK(stale.status == 412);
  CHECK(stale.json().at("version") == 2);
  CHECK(with(order_of(api, "bob", id).header("ETag")).status == 204);
}

TEST_CASE("the remaining time runs down to zero, and then the order is cancelled") {
  ApiClient api;
  const auto ticket = api.offer("ada");
  const auto id = api.reserve("bob", ticket);
  api.market.clock += 60'000;
  CHECK(order_of(api, "bob", id).json().at("expiresInMs") == quarter_hour_ms - 60'000);
  api.market.clock += quarter_hour_ms;
  CHECK(order_of(api, "bob", id).json().at("expiresInMs") == 0);
  CHECK(order_of(api, "bob", id).json().at("status") == "created");  // its reminder is late
  api.market.expire_due_orders();
  CHECK(order_of(api, "bob", id).json().at("status") == "cancelled");
  CHECK(api.get("/api/tickets").json().size() == 1);
}

TEST_CASE("the lifetime is configurable") {
  auto options = course_options();
  options.order_lifetime_ms = 1'500;
  ApiClient api{options};
  const auto id = api.reserve("bob", api.offer("ada"));
  CHECK(order_of(api, "bob", id).json().at("expiresInMs") == 1'500);
}

TEST_CASE("an order is 304 while it is the same, and is never stored by a cache") {
  ApiClient api;
  const auto id = api.reserve("bob", api.offer("ada"));
  const auto open = order_of(api, "bob", id);
  CHECK(open.header("ETag") == "W/\"0\"");  // weak: the time that is left runs on
  CHECK(open.header("Cache-Control") == "private, no-store");
  const auto same = [&](const std::string& target, const std::string& etag) {
    return api.get(target, {api.as("bob"), {"If-None-Match", etag}}).status == 304;
  };
  CHECK(same("/api/orders/" + id, "W/\"0\""));
  const auto list = api.get("/api/orders", {api.as("bob")}).header("ETag");
  api.market.clock += 1'000;
  CHECK(same("/api/orders", list));
  api.pay("bob", id);
  CHECK_FALSE(same("/api/orders", list));
  CHECK_FALSE(same("/api/orders/" + id, "W/\"0\""));
  CHECK(order_of(api, "bob", id).header("ETag") == "\"2\"");
}

TEST_CASE("a repeated reservation gets the first answer and no second order") {
  ApiClient api;
  const auto ticket = api.offer("ada");
  const HeaderList headers{api.as("bob"), {"Idempotency-Key", "one"}};
  const auto first = api.post("/api/orders", {{"ticketId", ticket}}, headers);
  CHECK(first.status == 201);
  const std::string id = first.json().at("id");
  const auto repeat = [&] { return api.post("/api/orders", {{"ticketId", ticket}}, headers); };
  CHECK(repeat().text == first.text);

  SUBCASE("also when the order is complete") { api.pay("bob", id); }
  SUBCASE("also when it was cancelled, and the ticket is not reserved again") {
    api.call("DELETE", "/api/orders/" + id, {api.as("bob")});
    CHECK(repeat().status == 201);
    CHECK_FALSE(api.get("/api/tickets/" + ticket).json().contains("orderId"));
  }
  SUBCASE("also when somebody else holds the ticket by now") {
    api.call("DELETE", "/api/orders/" + id, {api.as("bob")});
    api.reserve("eve", ticket);
  }
  CHECK(repeat().status == 201);
  CHECK(repeat().text == first.text);
  CHECK(api.get("/api/orders", {api.as("bob")}).json().size() == 1);
}

TEST_CASE("a reservation that was refused may succeed under the same key later") {
  ApiClient api;
  const auto ticket = api.offer("ada");
  const auto other = api.reserve("eve", ticket);
  const HeaderList headers{api.as("bob"), {"Idempotency-Key", "one"}};
  CHECK(api.post("/api/orders", {{"ticketId", ticket}}, headers).status == 400);
  api.call("DELETE", "/api/orders/" + other, {api.as("eve")});
  CHECK(api.post("/api/orders", {{"ticketId", ticket}}, headers).status == 201);
  CHECK(api.post("/api/orders", {{"ticketId", unknown_id}}, headers).status == 422);
}

TEST_CASE("an order id that is taken is drawn again") {
  ApiClient api;
  const auto taken = *OrderId::parse(api.reserve("bob", api.offer("ada")));
  const auto ticket = api.offer("ada");
  api.market.next_order_ids = {taken};
  const auto order = api.reserve("bob", ticket);
  CHECK(order != taken.hex());
}

TEST_CASE("the history of an order is for its owner") {
  ApiClient api;
  const auto id = api.reserve("bob", api.offer("ada"));
  const auto path = "/api/orders/" + id + "/history";
  api.pay("bob", id, FakeMarket::declined_token);
  const std::string payment = api.pay("bob", id).json().at("id");
  CHECK(api.get(path).status == 401);
  CHECK(api.get(path, {api.as("ada")}).status == 401);
  CHECK(api.get("/api/orders/" + unknown_id + "/history", {api.as("bob")}).status == 404);
  const auto answer = api.get(path, {api.as("bob")});
  const auto entries = answer.json();
  std::vector<std::string> events;
  for (const auto& entry : entries) events.push_back(entry.at("event"));
  CHECK(events == std::vector<std::string>{"placed", "payment_started", "payment_declined",
                                           "payment_started", "paid"});
  CHECK(entries[2].at("reason") == FakeMarket::declined_words);
  CHECK(entries[4].at("paymentId") == payment);
  CHECK(entries[4].at("order").at("status") == "complete");
  CHECK(answer.text.find("tok_") == std::string::npos);  // no card token leaves
  const auto page = api.get(path + "?after=2&limit=1", {api.as("bob")});
  CHECK(page.json()[0].at("version") == 3);
  CHECK(page.header("Link") == "<" + path + R"(?limit=1&after=3>; rel="next")");
  CHECK(api.get(path, {api.as("bob"), {"If-None-Match", answer.header("ETag")}}).status == 304);
}

TEST_CASE("every ask carries a deadline in the future") {
  ApiClient api;
  api.pay("bob", api.reserve("bob", api.offer("ada")));
  CHECK_FALSE(api.market.deadlines.empty());
  for (const auto deadline : api.market.deadlines) CHECK(deadline > api.market.clock);
}

TEST_CASE("each failure of the market is 503 with Retry-After") {
  ApiClient api;
  const auto ticket = api.offer("ada");
  for (const auto failure :
       {Failure::timed_out, Failure::overloaded, Failure::unknown, Failure::unavailable}) {
    api.market.refuse_next = Refusal{failure, 0, "the disk at /secret/path"};
    const auto answer = api.post("/api/orders", {{"ticketId", ticket}}, {api.as("bob")});
    CHECK(answer.status == 503);
    CHECK(std::stoi(answer.header("Retry-After")) >= 1);
    CHECK(answer.errors().size() == 1);
    CHECK(answer.text.find("secret") == std::string::npos);
  }
  CHECK(api.get("/api/tickets").json().size() == 1);
}
