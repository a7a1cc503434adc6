// A sign-out ends its account's tokens, wherever they are held; ids without an account keep theirs.
#include "tests/support/api_client.hpp"

using namespace usher;
using namespace usher::test;

namespace {

const Json ada{{"email", "Ada@Example.com"}, {"password", "secret"}};
using Header = std::pair<std::string, std::string>;

http::RouteOptions looked_up() {
  auto options = course_options();
  options.auth.sign_out_delay_ms_max = 5'000;
  return options;
}

// A node of its own over a market that others serve, too, with a steady clock that the test sets.
struct Node {
  explicit Node(Market& market, http::RouteOptions options = looked_up()) {
    http::RouteServices services;
    services.steady_now_ms = [this] { return steady_ms; };
    context = http::add_routes(router, market, std::move(options), std::move(services));
  }
  http::Response ask(const std::string& method, const std::string& path, HeaderList headers = {}) {
    http::Request request;
    request.method = method;
    request.target = request.path = path;
    request.client = "203.0.113.9";
    request.headers.entries = std::move(headers);
    const auto match = router.match(request);
    REQUIRE(match.handler != nullptr);
    return run((*match.handler)(request));
  }
  TimeMs steady_ms = 1'000;
  http::Router router;
  std::shared_ptr<http::Context> context;
};

Header cookie_of(const Answer& answer) {
  const auto set = answer.header("Set-Cookie");
  return {"Cookie", set.substr(0, set.find(';'))};
}

Answer sign_in(ApiClient& api) { return api.post("/api/users/signin", ada); }

Json current_user(ApiClient& api, const Header& session) {
  return api.get("/api/users/currentuser", {session}).json().at("currentUser");
}

}  // namespace

TEST_CASE("a sign-out ends the sessions of all devices, and one that begins later holds") {
  ApiClient api{looked_up()};
  const auto phone = cookie_of(api.post("/api/users/signup", ada));
  const auto desk = cookie_of(sign_in(api));
  REQUIRE(api.get("/api/orders", {phone}).status == 200);
  REQUIRE(api.get("/api/orders", {desk}).status == 200);

  const auto out = api.post("/api/users/signout", Json::object(), {phone});
  CHECK(out.status == 200);
  CHECK(out.text == "{}");
  for (const auto& session : {phone, desk}) {
    CHECK(api.get("/api/orders", {session}).status == 401);
    CHECK(current_user(api, session) == nullptr);
    const Json ticket{{"title", "Concert"}, {"price", 20}};
    CHECK(api.post("/api/tickets", ticket, {session}).status == 401);
    CHECK_FALSE(api.get("/api/events", {session}).stream.value().filter.user);
  }
  const auto later = cookie_of(sign_in(api));
  CHECK(api.get("/api/orders", {later}).status == 200);
  // The phone's other tab, which still has the old cookie, ends nothing of it.
  CHECK(api.post("/api/users/signout", Json::object(), {phone}).status == 200);
  CHECK(api.get("/api/orders", {later}).status == 200);
}

TEST_CASE("another node notices within five seconds, and looks nobody up more often than that") {
  ApiClient here{looked_up()};
  Node there{here.market};
  const auto session = cookie_of(here.post("/api/users/signup", ada));
  CHECK(there.ask("GET", "/api/orders", {session}).status == 200);
  REQUIRE(here.post("/api/users/signout", Json::object(), {session}).status == 200);
  here.market.deadlines.clear();
  there.steady_ms += 4'999;
  CHECK(there.ask("GET", "/api/orders", {session}).status == 200);
  CHECK(here.market.deadlines.empty());  // nobody was asked
  there.steady_ms += 1;
  CHECK(there.ask("GET", "/api/orders", {session}).status == 401);
  CHECK(here.market.deadlines.size() == 1);
  CHECK(here.get("/api/orders", {session}).status == 401);  // at once, where it was said
}

TEST_CASE("a node that hears of a sign-out need not look it up, and ends the streams") {
  ApiClient here{looked_up()};
  Node there{here.market};
  const auto session = cookie_of(here.post("/api/users/signup", ada));
  const auto stream = there.ask("GET", "/api/events", {session}).stream.value();
  REQUIRE(stream.filter.user);
  REQUIRE(stream.has_ended);
  CHECK_FALSE(stream.has_ended());
  REQUIRE(here.post("/api/users/signout", Json::object(), {session}).status == 200);
  for (const auto& record : here.market.committed())
    if (const auto told = sign_out_in(record)) http::hear_of_sign_out(*there.context, *told);
  CHECK(stream.has_ended());
  CHECK(there.ask("GET", "/api/orders", {session}).status == 401);
  there.steady_ms += 60'000;
  CHECK(stream.has_ended());  // that it is over does not grow old
  CHECK_FALSE(here.get("/api/events").stream.value().has_ended);  // nobody's ends with nobody
}

TEST_CASE("ids without an account hold until their token ends, signed out or not") {
  ApiClient api{looked_up()};
  const auto bob = api.as("bob");
  CHECK(api.get("/api/orders", {bob}).status == 200);
  CHECK(api.post("/api/users/signout", Json::object(), {bob}).status == 200);
  CHECK(api.get("/api/orders", {bob}).status == 200);

  // Nor does somebody else's account with this address end them.
  REQUIRE(api.post("/api/users/signup", {{"email", "bob@example.com"}, {"password", "secret"}})
              .status == 201);
  CHECK(api.post("/api/users/signout", Json::object(), {bob}).status == 200);
  CHECK(api.get("/api/orders", {bob}).status == 200);
}

TEST_CASE("a sign-out that could not be recorded says so, and leaves the cookie for another try") {
  ApiClient api{looked_up()};
  const auto session = cookie_of(api.post("/api/users/signup", ada));
  REQUIRE(api.get("/api/orders", {session}).status == 200);
  api.market.refuse_next = Refusal{Failure::unavailable, 0, {}};
  const auto failed = api.post("/api/users/signout", Json::object(), {session});
  CHECK(failed.status == 503);
  CHECK(failed.header("Set-Cookie").empty());
  CHECK(api.get("/api/orders", {session}).status == 200);
  CHECK(api.post("/api/users/signout", Json::object(), {session}).status == 200);
  CHECK(api.get("/api/orders", {session}).status == 401);
}

TEST_CASE("while an account can't be asked its sessions are neither good nor bad") {
  ApiClient here{looked_up()};
  Node there{here.market};
  const auto session = cookie_of(here.post("/api/users/signup", ada));
  for (const std::string path : {"/api/orders", "/api/users/currentuser", "/api/events"}) {
    CAPTURE(path);
    here.market.refuse_next = Refusal{Failure::unavailable, 0, {}};
    there.steady_ms += 5'000;
    CHECK(there.ask("GET", path, {session}).status == 503);
    CHECK(there.ask("GET", path, {session}).status == 200);
  }
  there.steady_ms += 5'000;
  here.market.refuse_next = Refusal{Failure::unavailable, 0, {}};
  CHECK(there.ask("GET", "/api/orders").status == 401);  // nobody has to be looked up
  here.market.refuse_next.reset();
}

TEST_CASE("in the course profile nobody is looked up, and a sign-out only takes the cookie") {
  ApiClient api;
  const auto session = cookie_of(api.post("/api/users/signup", ada));
  api.market.deadlines.clear();
  CHECK(api.get("/api/users/currentuser", {session}).status == 200);
  const auto out = api.post("/api/users/signout", Json::object(), {session});
  CHECK(out.header("Set-Cookie").starts_with("express:sess=;"));
  CHECK(current_user(api, session) != nullptr);
  CHECK(api.market.deadlines.empty());
  CHECK_FALSE(api.get("/api/events", {session}).stream.value().has_ended);
}

TEST_CASE("session versions: bounded, never going back, and old look-ups do not count") {
  constexpr TimeMs now = 50'000;
  http::SessionVersions versions{5'000, 8};
  const auto user = [](int n) { return UserId{"u" + std::to_string(n)}; };
  versions.learn(user(0), 3, now);
  CHECK(versions.find(user(0), now + 4'999) == 3);
  CHECK_FALSE(versions.find(user(0), now + 5'000));
  versions.learn(user(0), 2, now + 5'000);  // began before the sign-out that made it 3
  CHECK(versions.find(user(0), now + 5'000) == 3);
  CHECK(versions.has_ended(user(0), 2));
  CHECK_FALSE(versions.has_ended(user(0), 3));
  CHECK_FALSE(versions.has_ended(user(0), 4));
  for (int n = 1; n < 1'000; ++n) {
    versions.learn(user(n), 1, now);
    CHECK(versions.has_ended(user(0), 2));  // used all the time, so it stays
    CHECK(versions.size() <= 8);
  }
  CHECK_FALSE(versions.find(user(1), now));
}
