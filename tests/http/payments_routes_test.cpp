// docs/contract.md, section 2, payments.
#include "tests/support/api_client.hpp"

using namespace usher;
using namespace usher::test;

namespace {

std::string status_of(ApiClient& api, const std::string& user, const std::string& order) {
  return api.get("/api/orders/" + order, {api.as(user)}).json().at("status");
}

}  // namespace

TEST_CASE("a paid order is complete in the same instant") {
  ApiClient api;
  const auto order = api.reserve("bob", api.offer("ada"));
  const auto answer = api.pay("bob", order);
  CHECK(answer.status == 201);
  const std::string id = answer.json().at("id");
  CHECK(answer.text == R"({"id":")" + id + "\"}");
  CHECK(PaymentId::parse(id)->slot() == OrderId::parse(order)->slot());
  CHECK(status_of(api, "bob", order) == "complete");
  CHECK(api.market.charges == 1);
}

TEST_CASE("the checks of POST payments: JSON, session, body, 404, owner, state") {
  ApiClient api;
  const auto order = api.reserve("bob", api.offer("ada"));
  CHECK(api.send("POST", "/api/payments", "}").status == 400);
  CHECK(api.post("/api/payments", Json::object()).status == 401);
  const auto empty = api.post("/api/payments", {{"token", ""}}, {api.as("bob")});
  CHECK(empty.status == 400);
  CHECK(empty.errors() ==
        Errors{"Token must be provided (token)", "OrderId must be provided (orderId)"});
  CHECK(api.pay("bob", unknown_id).status == 404);
  CHECK(api.pay("eve", order).status == 401);
  api.call("DELETE", "/api/orders/" + order, {api.as("bob")});
  CHECK(api.pay("eve", order).status == 401);  // the owner first, then the state
  const auto cancelled = api.pay("bob", order);
  CHECK(cancelled.status == 400);
  CHECK(cancelled.text == R"({"errors":[{"message":"Cannot pay for a cancelled order"}]})");
  CHECK(api.market.charges == 0);
}

TEST_CASE("a malformed order id or an endless token is 400 and names the field") {
  ApiClient api;
  const auto errors = [&](const Json& body) {
    const auto answer = api.post("/api/payments", body, {api.as("bob")});
    CHECK(answer.status == 400);
    return answer.errors();
  };
  CHECK(errors({{"token", "t"}, {"orderId", "abc"}}) ==
        Errors{"OrderId must be provided (orderId)"});
  CHECK(errors({{"token", std::string(513, 't')}, {"orderId", unknown_id}}) ==
        Errors{"Token is too long (token)"});
}

TEST_CASE("an order is paid once") {
  ApiClient api;
  const auto order = api.reserve("bob", api.offer("ada"));
  CHECK(api.pay("bob", order).status == 201);
  const auto again = api.pay("bob", order);
  CHECK(again.status == 400);
  CHECK(again.errors() == Errors{"Order is already complete"});
  CHECK(api.market.charges == 1);
}

TEST_CASE("a declined card is 402 with the gateway's words, and another card may be tried") {
  ApiClient api;
  const auto order = api.reserve("bob", api.offer("ada"));
  const auto declined = api.pay("bob", order, FakeMarket::declined_token);
  CHECK(declined.status == 402);
  CHECK(declined.text == R"({"errors":[{"message":"Your card was declined."}]})");
  CHECK(status_of(api, "bob", order) == "created");
  CHECK(api.pay("bob", order).status == 201);
}

TEST_CASE("after the deadline no payment starts") {
  ApiClient api;
  const auto order = api.reserve("bob", api.offer("ada"));
  api.market.clock += 15 * 60'000;
  const auto late = api.pay("bob", order);
  CHECK(late.status == 400);
  CHECK(late.errors() == Errors{"Cannot pay for an expired order"});
  CHECK(api.market.charges == 0);
}

TEST_CASE("while the gateway is silent the order waits, and nothing else starts") {
  ApiClient api;
  const auto order = api.reserve("bob", api.offer("ada"));
  const HeaderList headers{api.as("bob"), {"Idempotency-Key", "one"}};
  const Json body{{"orderId", order}, {"token", FakeMarket::silent_token}};
  const auto unknown = api.post("/api/payments", body, headers);
  CHECK(unknown.status == 503);
  CHECK_FALSE(unknown.header("Retry-After").empty());
  CHECK(status_of(api, "bob", order) == "awaiting:payment");

  const auto second = api.pay("bob", order);
  CHECK(second.status == 400);
  CHECK_FALSE(second.header("Retry-After").empty());
  CHECK(second.errors() == Errors{"A payment for this order is being processed"});
  CHECK(api.call("DELETE", "/api/orders/" + order, {api.as("bob")}).status == 400);

  api.market.settle(*OrderId::parse(order));
  const auto repeat = api.post("/api/payments", body, headers);
  CHECK(repeat.status == 201);
  CHECK(status_of(api, "bob", order) == "complete");
  CHECK(api.market.charges == 1);
}

TEST_CASE("a repeat under an Idempotency-Key meets the first outcome") {
  ApiClient api;
  const auto order = api.reserve("bob", api.offer("ada"));
  const HeaderList headers{api.as("bob"), {"Idempotency-Key", "one"}};
  SUBCASE("captured: the same payment, charged once") {
    const Json body{{"orderId", order}, {"token", "tok_visa"}};
    const auto first = api.post("/api/payments", body, headers);
    CHECK(first.status == 201);
    const auto repeat = api.post("/api/payments", body, headers);
    CHECK(repeat.status == 201);
    CHECK(repeat.text == first.text);
    CHECK(api.market.charges == 1);
  }
  SUBCASE("declined: the same words") {
    const Json body{{"orderId", order}, {"token", FakeMarket::declined_token}};
    CHECK(api.post("/api/payments", body, headers).status == 402);
    const auto repeat = api.post("/api/payments", body, headers);
    CHECK(repeat.status == 402);
    CHECK(repeat.errors() == Errors{FakeMarket::declined_words});
  }
  SUBCASE("another token under the key is refused") {
    const auto post = [&](const std::string& token) {
      return api.post("/api/payments", {{"orderId", order}, {"token", token}}, headers).status;
    };
    CHECK(post("tok_visa") == 201);
    CHECK(post("tok_amex") == 422);
  }
}

TEST_CASE("a payment waits for its outcome longer than other questions for their answer") {
  auto options = course_options();
  options.ask_deadline_ms = 1'000;
  options.payment_wait_ms = 30'000;
  ApiClient api{options};
  const auto order = api.reserve("bob", api.offer("ada"));
  api.pay("bob", order);
  CHECK(api.market.deadlines.back() == api.market.clock + 30'000);
}
