// The router: which handler answers a method and a path.
#include "http/front/router.hpp"

#include <doctest/doctest.h>

#include <asio/awaitable.hpp>

namespace usher::http {
namespace {

asio::awaitable<Response> answer(const Request&) { co_return Response{}; }

Request request(std::string method, std::string path) {
  Request r;
  r.method = std::move(method);
  r.path = std::move(path);
  return r;
}

Router tickets() {
  Router router;
  router.on("GET", "/api/tickets", answer)
      .on("POST", "/api/tickets", answer)
      .on("GET", "/api/tickets/:id", answer)
      .on("PUT", "/api/tickets/:id", answer)
      .on("GET", "/api/tickets/mine", answer)
      .on("GET", "/api/tickets/:id/history", answer)
      .on("GET", "/", answer);
  return router;
}

std::string pattern(const Router& router, std::string method, std::string path) {
  auto r = request(std::move(method), std::move(path));
  const auto match = router.match(r);
  return match.handler ? std::string{match.pattern} : "";
}

TEST_CASE("a path is matched without case and with or without one trailing slash") {
  const Router router = tickets();
  for (const std::string path :
       {"/api/tickets", "/api/tickets/", "/API/Tickets", "/aPi/tickets/"}) {
    CAPTURE(path);
    CHECK(pattern(router, "GET", path) == "/api/tickets");
  }
  CHECK(pattern(router, "GET", "/") == "/");
  for (const std::string path : {"/api/tickets//", "//api/tickets", "/api", "/api/ticketsx", ""}) {
    CAPTURE(path);
    CHECK(pattern(router, "GET", path) == (path.empty() ? "/" : ""));
  }
}

TEST_CASE("a parameter takes one whole segment as it was sent") {
  const Router router = tickets();
  auto r = request("GET", "/api/tickets/5F2aBc/history");
  CHECK(router.match(r).pattern == "/api/tickets/:id/history");
  CHECK(r.path_param("id") == "5F2aBc");
  CHECK(r.path_param("other").empty());
  CHECK(pattern(router, "GET", "/api/tickets/a/b") == "");
}

TEST_CASE("a literal segment wins over a parameter, for the methods that it serves") {
  const Router router = tickets();
  CHECK(pattern(router, "GET", "/api/tickets/mine") == "/api/tickets/mine");
  CHECK(pattern(router, "GET", "/api/tickets/MINE/") == "/api/tickets/mine");
  CHECK(pattern(router, "PUT", "/api/tickets/mine") == "/api/tickets/:id");
  CHECK(pattern(router, "GET", "/api/tickets/mine/history") == "/api/tickets/:id/history");
}

TEST_CASE("a path that exists under other methods names them in Allow") {
  const Router router = tickets();
  auto r = request("DELETE", "/api/tickets/7");
  const auto match = router.match(r);
  CHECK(match.handler == nullptr);
  CHECK(match.pattern == "/api/tickets/:id");
  CHECK(match.allow == "GET, HEAD, OPTIONS, PUT");
}

TEST_CASE("HEAD is served by GET, unless it has a handler of its own") {
  Router router = tickets();
  CHECK(pattern(router, "HEAD", "/api/tickets/7") == "/api/tickets/:id");
  auto r = request("HEAD", "/x");
  router.on("POST", "/x", answer);
  CHECK(router.match(r).handler == nullptr);
}

TEST_CASE("an unknown path goes to otherwise when there is one") {
  Router router = tickets();
  auto r = request("GET", "/nothing");
  CHECK(router.match(r).handler == nullptr);
  CHECK(router.match(r).allow.empty());
  router.otherwise(answer);
  CHECK(router.match(r).handler != nullptr);
  CHECK(router.match(r).pattern == "(otherwise)");
}

TEST_CASE("methods are compared with case, and a second handler for one route is refused") {
  Router router = tickets();
  CHECK(pattern(router, "get", "/api/tickets") == "");
  CHECK_THROWS_AS(router.on("GET", "/API/tickets", answer), std::logic_error);
}

TEST_CASE("header names are found without case, the first of several wins") {
  Headers headers;
  headers.add("Content-Type", "a");
  headers.add("content-type", "b");
  CHECK(headers.find("CONTENT-TYPE") == "a");
  CHECK_FALSE(headers.find("Content").has_value());
}

}  // namespace
}  // namespace usher::http
