// What an operator sees and says of payments that nobody else can settle.
#include "tests/support/api_client.hpp"

using namespace usher;
using namespace usher::test;

namespace {

const std::string list_path = "/api/admin/payments/unsettled";

// An order of Bob's whose gateway is silent.
std::string unanswered(ApiClient& api) {
  const auto order = api.reserve("bob", api.offer("ada"));
  CHECK(api.pay("bob", order, FakeMarket::silent_token).status == 503);
  return order;
}

Json listed(ApiClient& api) { return api.get(list_path, {api.as_operator()}).json(); }

std::string path_of(const Json& row) {
  return "/api/admin/payments/" + row.at("paymentId").get<std::string>() + "/settle";
}

}  // namespace

TEST_CASE("only the operator sees and settles payments") {
  ApiClient api;
  unanswered(api);
  CHECK(api.get(list_path).status == 401);
  CHECK(api.get(list_path, {api.as("bob")}).status == 401);
  const auto row = listed(api).at(0);
  CHECK(api.post(path_of(row), {}, {api.as("bob")}).status == 401);
}

TEST_CASE("a payment without an outcome is listed with what is needed to look it up") {
  ApiClient api;
  CHECK(listed(api) == Json::array());
  const auto order = unanswered(api);
  const auto rows = listed(api);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].at("orderId") == order);
  CHECK(rows[0].at("paymentStatus") == "started");
  CHECK(rows[0].at("orderStatus") == "awaiting:payment");
  CHECK(rows[0].at("amount") == 20);
  CHECK(rows[0].at("currency") == "usd");
  CHECK(rows[0].at("userId") == "bob");
  CHECK_FALSE(rows[0].contains("charge"));
}

TEST_CASE("a verdict is recorded and settles the order") {
  ApiClient api;
  const auto order = unanswered(api);
  const auto row = listed(api).at(0);
  const auto answer = api.post(
      path_of(row),
      {{"orderId", order}, {"verdict", "captured"}, {"charge", "ch_7"}, {"note", "dashboard"}},
      {api.as_operator()});
  CHECK(answer.status == 200);
  CHECK(answer.json().at("paymentStatus") == "captured");
  CHECK(answer.json().at("charge") == "ch_7");
  CHECK(api.get("/api/orders/" + order, {api.as("bob")}).json().at("status") == "complete");
  CHECK(listed(api) == Json::array());
  const auto otherwise =
      api.post(path_of(row), {{"orderId", order}, {"verdict", "not_charged"}, {"note", "no, wait"}},
               {api.as_operator()});
  CHECK(otherwise.status == 400);
}

TEST_CASE("what was written off stays listed while it is looked at") {
  ApiClient api;
  const auto order = unanswered(api);
  const auto row = listed(api).at(0);
  CHECK(api.post(path_of(row), {{"orderId", order}, {"verdict", "not_charged"}, {"note", "n"}},
                 {api.as_operator()})
            .json()
            .at("paymentStatus") == "written_off");
  CHECK(api.get("/api/orders/" + order, {api.as("bob")}).json().at("status") == "created");
  CHECK(listed(api).at(0).at("paymentStatus") == "written_off");
}

TEST_CASE("a verdict says which, of what, by which charge, and how it is known") {
  ApiClient api;
  const auto order = unanswered(api);
  const auto row = listed(api).at(0);
  const auto errors = [&](const Json& body) {
    const auto answer = api.post(path_of(row), body, {api.as_operator()});
    CHECK(answer.status == 400);
    return answer.errors();
  };
  CHECK(errors(Json::object()) ==
        Errors{"OrderId must be provided (orderId)",
               "Verdict must be captured, not_charged or refunded (verdict)",
               "A note must say how you know (note)"});
  CHECK(errors({{"orderId", order}, {"verdict", "captured"}, {"note", "n"}}) ==
        Errors{"The gateway's name of the charge must be provided (charge)"});
  CHECK(
      errors({{"orderId", order}, {"verdict", "not_charged"}, {"note", std::string(1'001, 'n')}}) ==
      Errors{"Note is too long (note)"});
  CHECK(errors({{"orderId", order},
                {"verdict", "captured"},
                {"charge", std::string(256, 'c')},
                {"note", "n"}}) == Errors{"Charge is too long (charge)"});
  const auto unknown = [&](const std::string& path, const std::string& of) {
    return api
        .post(path, {{"orderId", of}, {"verdict", "not_charged"}, {"note", "n"}},
              {api.as_operator()})
        .status;
  };
  CHECK(unknown("/api/admin/payments/abc/settle", order) == 404);
  CHECK(unknown("/api/admin/payments/" + unknown_id + "/settle", order) == 404);
  CHECK(unknown(path_of(row), unknown_id) == 404);
}
