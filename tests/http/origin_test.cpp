// A form on somebody else's page signed visitors out, and in as whom it liked.
#include "http/requests/origin.hpp"

#include <doctest/doctest.h>

#include "tests/support/api_client.hpp"

using namespace usher;
using namespace usher::http;
using namespace usher::test;

namespace {

struct Sent {
  HeaderList headers;
  bool is_foreign;
};

Request request_with(const HeaderList& headers, const std::string& method = "POST") {
  Request request;
  request.method = method;
  request.headers.entries = headers;
  return request;
}

const std::pair<std::string, std::string> host{"Host", "shop.example"};

}  // namespace

TEST_CASE(
    "what changes something comes from our own pages, or says nothing about where it is from") {
  const Sent all[] = {
      {{host}, false},  // a program
      {{host, {"Origin", "https://shop.example"}}, false},
      {{host, {"Origin", "http://SHOP.example"}}, false},
      {{host, {"Origin", "https://shop.example:443"}}, false},
      {{{"Host", "shop.example:3000"}, {"Origin", "http://shop.example:3000"}}, false},
      {{{"Host", "[::1]:3000"}, {"Origin", "http://[::1]:3000"}}, false},
      {{host, {"Origin", "https://evil.example"}}, true},
      {{host, {"Origin", "https://shop.example.evil.example"}}, true},
      {{host, {"Origin", "https://shop.example@evil.example"}}, true},
      {{host, {"Origin", "https://shop.example:3000"}}, true},
      {{host, {"Origin", "https://sub.shop.example"}}, true},
      {{host, {"Origin", "null"}}, true},
      {{host, {"Origin", ""}}, true},
      {{host, {"Origin", "file://shop.example"}}, true},
      {{{"Origin", "https://shop.example"}}, true},  // whose?
      {{host, {"Sec-Fetch-Site", "same-origin"}}, false},
      {{host, {"Sec-Fetch-Site", "none"}}, false},
      {{host, {"Sec-Fetch-Site", "same-site"}}, true},
      {{host, {"Sec-Fetch-Site", "cross-site"}}, true},
      {{host, {"Sec-Fetch-Site", ""}}, true},
      // A proxy that rewrites Host; and a page that lies about what it can, but not about this.
      {{{"Host", "10.0.0.1"},
        {"Origin", "https://shop.example"},
        {"Sec-Fetch-Site", "same-origin"}},
       false},
      {{host, {"Origin", "https://shop.example"}, {"Sec-Fetch-Site", "cross-site"}}, true},
  };
  for (const auto& [headers, foreign] : all) {
    CAPTURE(headers.back().second);
    CHECK(is_foreign({}, request_with(headers)) == foreign);
    CHECK_FALSE(is_foreign({}, request_with(headers, "GET")));
    CHECK_FALSE(is_foreign({.is_checked = false, .further = {}}, request_with(headers)));
  }
}

TEST_CASE("over TLS only a page that came over TLS is ours") {
  auto request = request_with({host, {"Origin", "http://shop.example"}});
  CHECK_FALSE(is_foreign({}, request));
  request.secure = true;
  CHECK(is_foreign({}, request));
}

TEST_CASE("further origins are allowed as they are spelled") {
  const OriginRules rules{.is_checked = true, .further = {"https://app.example"}};
  CHECK_FALSE(is_foreign(rules, request_with({host, {"Origin", "https://app.example"}})));
  CHECK_FALSE(is_foreign(
      rules,
      request_with({host, {"Origin", "https://app.example"}, {"Sec-Fetch-Site", "cross-site"}})));
  CHECK(is_foreign(rules, request_with({host, {"Origin", "http://app.example"}})));
  CHECK(is_foreign(rules, request_with({host, {"Sec-Fetch-Site", "cross-site"}})));
}

TEST_CASE("a foreign page changes nothing, neither signs anybody in nor out") {
  ApiClient api;
  const std::pair<std::string, std::string> foreign{"Origin", "https://evil.example"};
  const Json ada{{"email", "ada@example.com"}, {"password", "secret"}};
  CHECK(api.post("/api/users/signup", ada, {host, foreign}).status == 403);
  REQUIRE(api.post("/api/users/signup", ada, {host}).status == 201);
  const auto ticket = api.offer("seller");
  const auto order = api.reserve("bob", ticket);
  const auto refused = [&](const Answer& answer) {
    CHECK(answer.status == 403);
    CHECK(answer.header("Set-Cookie").empty());
    CHECK(answer.errors() == Errors{"Requests of other sites' pages are not accepted"});
  };
  refused(api.post("/api/users/signin", ada, {host, foreign}));
  refused(api.post("/api/users/signout", Json::object(), {host, foreign, api.as("bob")}));
  refused(api.call("DELETE", "/api/orders/" + order, {host, foreign, api.as("bob")}));
  refused(api.put("/api/tickets/" + ticket, {{"title", "T"}, {"price", 1}},
                  {host, foreign, api.as("seller")}));
  refused(api.post("/api/payments", {{"orderId", order}, {"token", "tok_visa"}},
                   {host, foreign, api.as("bob")}));
  CHECK(api.get("/api/tickets", {host, foreign}).status == 200);
  CHECK(api.get("/api/orders/" + order, {host, api.as("bob")}).json().at("status") == "created");
}

TEST_CASE("in the course profile pages of any site may act") {
  auto options = course_options();
  options.origins.is_checked = false;
  ApiClient api{options};
  const Json ada{{"email", "ada@example.com"}, {"password", "secret"}};
  CHECK(api.post("/api/users/signup", ada, {host, {"Origin", "https://evil.example"}}).status ==
        201);
}
