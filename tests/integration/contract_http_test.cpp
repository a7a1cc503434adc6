// docs/contract.md, section 1 and the rest of section 6: errors, caches, paths, health, the
// operator's door.
#include <doctest/doctest.h>

#include "tests/integration/support/contract_server.hpp"

using namespace usher::integration;

TEST_CASE("unknown routes answer in the contract's error shape") {
  auto client = contract_client();
  for (const char* target : {"/api/nonsense", "/api", "/api/tickets/1/2/3", "/api/users"}) {
    CAPTURE(target);
    const auto answer = client.get(target);
    CHECK(answer.status == 404);
    CHECK(answer.text == R"({"errors":[{"message":"Not Found"}]})");
    CHECK(answer.header("content-type") == "application/json; charset=utf-8");
  }
  const auto method = client.call("PATCH", "/api/tickets");
  CHECK((method.status == 404 || method.status == 405));
  CHECK(method.errors().size() == 1);
}

TEST_CASE("a body that is too large or too deep is refused and changes nothing") {
  auto client = contract_client("large");
  const auto large = client.post("/api/tickets", {{"title", std::string(300'000, 'x')}});
  CHECK(large.status == 413);
  CHECK(large.errors().size() == 1);
  auto other = contract_client("large");
  std::string deep(200, '[');
  deep += std::string(200, ']');
  const auto answer =
      other.call("POST", "/api/tickets", {{"Content-Type", "application/json"}}, deep);
  CHECK(answer.status == 400);
  CHECK(answer.errors().size() == 1);
  CHECK(other.get("/api/tickets/mine").text == "[]");
}

TEST_CASE("a GET carries an ETag, and the one who has it gets 304 without a body") {
  auto client = contract_client("cacher");
  const auto id = client.offer();
  for (const auto& target : {"/api/tickets/" + id, std::string{"/api/tickets"},
                             std::string{"/api/tickets/mine"}, "/api/tickets/" + id + "/history"}) {
    CAPTURE(target);
    const auto etag = client.get(target).header("etag");
    REQUIRE_FALSE(etag.empty());
    // cpp-httplib's client waits for a body behind a 304 until the connection ends.
    const auto same = client.get(target, {{"If-None-Match", etag}, {"Connection", "close"}});
    CHECK(same.status == 304);
    CHECK(same.text == "");
    CHECK(same.header("etag") == etag);
  }
  const auto before = client.get("/api/tickets/" + id).header("etag");
  CHECK(before == "\"0\"");
  client.put("/api/tickets/" + id, {{"title", "t"}, {"price", 2}});
  CHECK(client.get("/api/tickets/" + id, {{"If-None-Match", before}}).status == 200);
}

TEST_CASE("a trailing slash is accepted, and paths are case-insensitive") {
  auto client = contract_client("slasher");
  const auto id = client.offer();
  CHECK(client.get("/api/tickets/").status == 200);
  CHECK(client.get("/API/Tickets/" + id + "/").json().at("id") == id);
  CHECK(client.get("/api/Users/CurrentUser/").json().at("currentUser").at("id") == "slasher");
}

TEST_CASE("HEAD answers as GET, without the body") {
  auto client = contract_client("header");
  const auto target = "/api/tickets/" + client.offer();
  const auto get = client.get(target);
  const auto head = client.call("HEAD", target);
  CHECK(head.status == 200);
  CHECK(head.text == "");
  CHECK(head.header("etag") == get.header("etag"));
  CHECK(head.header("content-length") == get.header("content-length"));
}

TEST_CASE("health, readiness and metrics") {
  auto client = contract_client();
  CHECK(client.get("/healthz").status == 200);
  CHECK(client.get("/readyz").status == 200);
  const auto metrics = client.get("/metrics");
  CHECK(metrics.status == 200);
  CHECK(metrics.header("content-type").starts_with("text/plain"));
  CHECK(metrics.text.find("usher_http_requests_total") != std::string::npos);
  CHECK(metrics.text.find("# TYPE") != std::string::npos);
}

TEST_CASE("the operator's door opens to the operator's token only") {
  auto client = contract_client("user");
  const std::string target = "/api/admin/stats";
  CHECK(client.get(target).status == 401);
  CHECK(client.get(target, {{"Authorization", "Bearer wrong"}}).status == 401);
  const auto stats = client.get(target, {{"Authorization", "Bearer " + operator_token}});
  CHECK(stats.status == 200);
  CHECK(stats.json().is_object());
}
