// docs/contract.md, section 2, accounts.
#include "tests/support/api_client.hpp"

using namespace usher;
using namespace usher::test;

namespace {

const Json ada{{"email", "Ada@Example.com"}, {"password", "secret"}};

std::string cookie_of(const Answer& answer) {
  const auto set = answer.header("Set-Cookie");
  return set.substr(0, set.find(';'));
}

}  // namespace

TEST_CASE("sign-up opens an account and signs in") {
  ApiClient api;
  const auto answer = api.post("/api/users/signup", ada);
  CHECK(answer.status == 201);
  const std::string id = answer.json().at("id");
  CHECK(TicketId::parse(id).has_value());  // the form of every id
  CHECK(answer.text == R"({"email":"Ada@Example.com","id":")" + id + "\"}");
  const auto current =
      api.get("/api/users/currentuser", {{"Cookie", cookie_of(answer)}}).json().at("currentUser");
  CHECK(current == Json{{"id", id}, {"email", "Ada@Example.com"}, {"iat", 1705111746}});
}

TEST_CASE("the cookie of the course profile, byte for byte") {
  ApiClient api;
  const auto answer = api.post("/api/users/signup", ada);
  const auto set = answer.header("Set-Cookie");
  CHECK(set.starts_with("express:sess=eyJqd3QiOiJ"));  // base64 of {"jwt":"
  CHECK(set.ends_with("; path=/; httponly"));
  CHECK(set.find("secure") == std::string::npos);
  CHECK(set.find("samesite") == std::string::npos);
}

TEST_CASE("one account for each normalised address") {
  ApiClient api;
  CHECK(api.post("/api/users/signup", ada).status == 201);
  for (const std::string email : {"Ada@Example.com", "ada@example.com", "ADA@EXAMPLE.COM"}) {
    CAPTURE(email);
    const auto again = api.post("/api/users/signup", {{"email", email}, {"password", "other1"}});
    CHECK(again.status == 400);
    CHECK(again.text == R"({"errors":[{"message":"Email in use"}]})");
    CHECK(again.header("Set-Cookie").empty());
  }
}

TEST_CASE("the account decides when two sign-ups are as fast as each other") {
  ApiClient api;
  api.post("/api/users/signup", ada);
  // The look-up before the hash has not seen the other one.
  api.market.refuse_next = Refusal{Rejection::not_found, 0, {}};
  const auto second = api.post("/api/users/signup", ada);
  CHECK(second.status == 400);
  CHECK(second.errors() == Errors{"Email in use"});
}

TEST_CASE("sign-up names every field that is wrong") {
  ApiClient api;
  const auto answer = api.post("/api/users/signup", Json::object());
  CHECK(answer.status == 400);
  CHECK(answer.text ==
        R"({"errors":[{"message":"Email must be valid","field":"email"},)"
        R"({"message":"Password must be between 4 and 20 characters","field":"password"}]})");
  CHECK(api.send("POST", "/api/users/signup", "{\"email\":").status == 400);
}

TEST_CASE("sign-in with the right password, blanks around it or not") {
  ApiClient api;
  const std::string id = api.post("/api/users/signup", ada).json().at("id");
  for (const std::string password : {"secret", "  secret "}) {
    const auto answer =
        api.post("/api/users/signin", {{"email", "ada@example.com"}, {"password", password}});
    CHECK(answer.status == 200);
    CHECK(answer.text == R"({"email":"Ada@Example.com","id":")" + id + "\"}");
    CHECK(answer.header("Set-Cookie").starts_with("express:sess="));
  }
}

TEST_CASE("a number as password is taken as text") {
  ApiClient api;
  api.post("/api/users/signup", {{"email", "n@x.co"}, {"password", 12345}});
  CHECK(api.post("/api/users/signin", {{"email", "n@x.co"}, {"password", "12345"}}).status == 200);
}

TEST_CASE("an unknown address and a wrong password look the same and cost the same") {
  ApiClient api;
  api.post("/api/users/signup", ada);
  const auto wrong =
      api.post("/api/users/signin", {{"email", "ada@example.com"}, {"password", "wrong"}});
  const auto unknown =
      api.post("/api/users/signin", {{"email", "bob@example.com"}, {"password", "secret"}});
  CHECK(wrong.status == 400);
  CHECK(unknown.status == 400);
  CHECK(wrong.text == R"({"errors":[{"message":"Invalid credentials"}]})");
  CHECK(unknown.text == wrong.text);
  CHECK(wrong.header("Set-Cookie").empty());
  CHECK(api.market.verified_hashes == std::vector<std::string>{"hash of secret", ""});
}

TEST_CASE("sign-in wants a valid address and some password") {
  ApiClient api;
  const auto answer = api.post("/api/users/signin", {{"email", "nobody"}, {"password", "  "}});
  CHECK(answer.status == 400);
  CHECK(answer.errors() ==
        Errors{"Email must be valid (email)", "You must supply a password (password)"});
}

TEST_CASE("sign-out clears the cookie, signed in or not, byte for byte") {
  ApiClient api;
  for (const HeaderList& headers : {HeaderList{}, HeaderList{api.as("ada")}}) {
    const auto answer = api.post("/api/users/signout", Json::object(), headers);
    CHECK(answer.status == 200);
    CHECK(answer.text == "{}");
    CHECK(answer.header("Set-Cookie") ==
          "express:sess=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly");
  }
}

TEST_CASE("currentuser answers null to whoever cannot be verified, never an error") {
  ApiClient api;
  const auto answer_to = [&](HeaderList headers) {
    const auto answer = api.get("/api/users/currentuser", std::move(headers));
    CHECK(answer.status == 200);
    CHECK(answer.header("Set-Cookie").empty());
    return answer.text;
  };
  const std::string nobody = R"({"currentUser":null})";
  CHECK(answer_to({}) == nobody);
  CHECK(answer_to({{"Cookie", "express:sess=garbage"}}) == nobody);
  CHECK(answer_to({{"Cookie", "express:sess="}}) == nobody);
  CHECK(answer_to({{"Cookie", "express:sess=eyJqd3QiOjF9"}}) == nobody);  // {"jwt":1}
  CHECK(answer_to({{"Authorization", "Bearer x.y.z"}}) == nobody);
}

TEST_CASE("a forged token of a user who never signed up is a session") {
  ApiClient api;
  const auto current =
      api.get("/api/users/currentuser", {api.as("anybody")}).json().at("currentUser");
  CHECK(current.at("id") == "anybody");
  CHECK(api.offer("anybody").size() == 24);
}

TEST_CASE("what is asked for in one user's name is never done as another, nor as nobody") {
  ApiClient api;
  const auto acts_for = [](std::string user) {
    return std::pair{std::string{http::acts_for_header}, std::move(user)};
  };
  const auto ticket = api.offer("seller");
  const auto order = api.reserve("ada", ticket);
  const auto other = api.offer("seller");
  const Json buy{{"ticketId", other}};
  const Json listing{{"title", "Opera"}, {"price", 20}};

  // The tab shows ada; meanwhile bob has signed in with another one, or everybody has left.
  for (const auto& [session, message] : std::vector<std::pair<HeaderList, std::string>>{
           {{api.as("bob")}, "Signed in as somebody else"}, {{}, "Not authorized"}}) {
    auto headers = session;
    headers.push_back(acts_for("ada"));
    for (const auto& answer :
         {api.post("/api/orders", buy, headers), api.post("/api/tickets", listing, headers),
          api.put("/api/tickets/" + other, listing, headers),
          api.post("/api/payments", {{"orderId", order}, {"token", "tok_visa"}}, headers),
          api.call("DELETE", "/api/orders/" + order, headers), api.get("/api/orders", headers),
          api.get("/api/tickets/mine", headers), api.get("/api/events", headers),
          api.post("/api/users/signout", Json::object(), headers)}) {
      CHECK(answer.status == 401);
      CHECK(answer.errors() == Errors{message});
      CHECK(answer.header("Set-Cookie").empty());
    }
  }
  CHECK(api.get("/api/orders", {api.as("bob")}).json().empty());
  CHECK(api.get("/api/tickets/mine", {api.as("bob")}).json().empty());
  CHECK(api.get("/api/orders/" + order, {api.as("ada")}).json().at("status") == "created");

  CHECK(api.post("/api/orders", buy, {api.as("ada"), acts_for("ada")}).status == 201);
  CHECK(api.post("/api/tickets", listing, {api.as("bob")}).status == 201);  // the course's clients
  // Ids are text of any kind in tokens of others.
  CHECK(api.get("/api/orders", {api.as("a/\xC3\xA9"), acts_for("a%2F%C3%A9")}).status == 200);
}

TEST_CASE("a busy password worker is 503 with Retry-After") {
  ApiClient api;
  api.post("/api/users/signup", ada);
  api.market.refuse_next = Refusal{Failure::overloaded, 0, {}};
  const auto answer =
      api.post("/api/users/signin", {{"email", "ada@example.com"}, {"password", "secret"}});
  CHECK(answer.status == 503);
  CHECK(answer.header("Retry-After") == "1");
}

TEST_CASE("sign-ins are limited for each client, and the bucket fills again") {
  auto options = course_options();
  options.sign_ins = {.per_second = 0.5, .burst = 2};
  ApiClient api{options};
  const auto status = [&] {
    return api.post("/api/users/signin", {{"email", "a@x.co"}, {"password", "p"}}).status;
  };
  CHECK(status() == 400);
  CHECK(status() == 400);
  const auto limited = api.post("/api/users/signin", Json::object());
  CHECK(limited.status == 429);
  CHECK(limited.header("Retry-After") == "2");
  CHECK(limited.errors() == Errors{"Too many requests"});
  CHECK(api.get("/api/users/currentuser").status == 200);
  api.client_address = "203.0.113.8";
  CHECK(status() == 400);
  api.client_address = "203.0.113.7";
  CHECK(status() == 429);
  api.market.clock += 2000;
  CHECK(status() == 400);
}

TEST_CASE("all requests of a client can be limited") {
  auto options = course_options();
  options.requests = {.per_second = 1, .burst = 1};
  ApiClient api{options};
  CHECK(api.get("/api/tickets").status == 200);
  CHECK(api.get("/api/tickets").status == 429);
}
