// config/course.toml stays what it is, whatever becomes of the defaults: clients, suites and load
// scripts of the course know nothing of our codes, statuses, checks and limits.
#include <doctest/doctest.h>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;

namespace {

const std::pair<std::string, std::string> as_json{"Content-Type", "application/json"};

// What it says is in the contract's shape, and nothing more.
void check_plain(const Answer& answer, int status, const Errors& errors) {
  CHECK(answer.status == status);
  CHECK(answer.errors() == errors);
  CHECK(answer.text.find("\"code\"") == std::string::npos);
  for (const auto& error : answer.json().at("errors"))
    for (const auto& [name, value] : error.items()) CHECK((name == "message" || name == "field"));
}

}  // namespace

TEST_CASE("the course profile: no code, no 405, no 415") {
  const TempDir folder;
  const ServerProcess server{folder / "data"};
  Client ada{server.port(), "ada"}, nobody{server.port()};
  const auto ticket = ada.offer();
  const std::string path = "/api/tickets/" + ticket;

  check_plain(nobody.get("/api/nope"), 404, {"Not Found"});
  check_plain(nobody.get("/api/orders"), 401, {"Not authorized"});
  check_plain(ada.post("/api/tickets", {{"price", -1}}), 400,
              {"Title is required (title)", "Price must be greater than 0 (price)"});
  check_plain(ada.call("POST", "/api/tickets", {as_json}, "{"), 400, {"Malformed JSON"});
  check_plain(ada.put(path, {{"title", "B"}, {"price", 5}}, {{"If-Match", "\"7\""}}), 412,
              {"It was changed meanwhile"});

  for (const std::string method : {"PATCH", "DELETE", "PROPFIND", "BREW", "TRACE"}) {
    CAPTURE(method);
    const auto answer = ada.call(method, "/api/tickets");
    CHECK(answer.header("allow").empty());
    check_plain(answer, 404, {"Not Found"});
  }
  check_plain(ada.call("PATCH", path), 404, {"Not Found"});
  check_plain(ada.call("POST", "/"), 404, {"Not Found"});

  // What is not JSON counts as {}.
  const Errors nothing_sent{"Email must be valid (email)", "You must supply a password (password)"};
  for (const std::string type : {"text/plain", "application/x-www-form-urlencoded", ""}) {
    CAPTURE(type);
    check_plain(nobody.call("POST", "/api/users/signin", {{"Content-Type", type}}, "email=a@b.co"),
                400, nothing_sent);
  }
  CHECK(ada.call("POST", "/api/tickets", {as_json, {"Content-Encoding", "gzip"}},
                 R"({"title":"A","price":1})")
            .status == 201);
  CHECK(ada.call("POST", "/api/tickets", {{"Content-Type", "application/json; charset=iso-8859-1"}},
                 R"({"title":"A","price":1})")
            .status == 400);
}

TEST_CASE("the course profile: no Origin check, no look-up of a session, no age of a token") {
  const TempDir folder;
  const ServerProcess server{folder / "data"};
  for (const HeaderList& foreign :
       {HeaderList{{"Origin", "https://elsewhere.example"}},
        HeaderList{{"Sec-Fetch-Site", "cross-site"}}, HeaderList{{"Origin", "null"}}}) {
    CAPTURE(foreign.front().second);
    Client ada{server.port(), "ada"};  // a token of nobody who has signed up, without `exp`
    CHECK(ada.post("/api/tickets", {{"title", "A"}, {"price", 1}}, foreign).status == 201);
    CHECK(ada.post("/api/users/signout", Json::object(), foreign).status == 200);
  }
  // Signing out ends no token, and neither does another sign-in.
  Client eve{server.port()};
  CHECK(eve.post("/api/users/signup", {{"email", "eve@x.co"}, {"password", "secret"}}).status ==
        201);
  const auto kept = eve.cookies();
  REQUIRE(kept.contains("express:sess"));
  CHECK(eve.post("/api/users/signout", Json::object()).status == 200);
  Client again{server.port()};
  const HeaderList cookie{{"Cookie", "express:sess=" + kept.at("express:sess")}};
  CHECK(again.get("/api/users/currentuser", cookie).json().at("currentUser").is_object());
}

TEST_CASE("the course profile: no limit by buyer, account or address") {
  const TempDir folder;
  const ServerProcess server{folder / "data"};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  for (int i = 0; i < 30; ++i) {
    CAPTURE(i);
    CHECK_FALSE(buyer.reserve(seller.offer()).empty());
  }
  Client eve{server.port()};
  REQUIRE(eve.post("/api/users/signup", {{"email", "eve@x.co"}, {"password", "secret"}}).status ==
          201);
  for (int i = 0; i < 30; ++i) {
    CAPTURE(i);
    const auto wrong =
        eve.post("/api/users/signin", {{"email", "eve@x.co"}, {"password", "wrong"}});
    CHECK(wrong.status == 400);
  }
  CHECK(eve.post("/api/users/signin", {{"email", "eve@x.co"}, {"password", "secret"}}).status ==
        200);
}

TEST_CASE("the course profile: any title that is not empty, and any price") {
  const TempDir folder;
  const ServerProcess server{folder / "data"};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  for (const std::string& title :
       {std::string{" "}, std::string{"\t\n"}, std::string{"a\0b", 3}, std::string{"\x01\x1b"},
        std::string{"\xE2\x80\x8B"}, std::string{"\xE2\x80\xAE"}, std::string(5'000, 'x')}) {
    CAPTURE(title);
    const auto offered = seller.post("/api/tickets", {{"title", title}, {"price", 1}});
    CHECK(offered.status == 201);
    CHECK(offered.json().value("title", "") == title);
  }
  // No smallest charge of a gateway, and nothing but JSON's own end.
  for (const std::string price : {"0.01", "0.49", "1000000.01", "90071992547409.91"}) {
    CAPTURE(price);
    const auto ticket = seller.offer("T", price);
    REQUIRE_FALSE(ticket.empty());
    CHECK(buyer.pay(buyer.reserve(ticket)).status == 201);
  }
  check_plain(seller.post("/api/tickets", {{"title", "T"}, {"price", "90071992547409.92"}}), 400,
              {"Price must be at most 90071992547409.91 (price)"});
}
