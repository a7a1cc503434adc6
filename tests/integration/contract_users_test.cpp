// docs/contract.md, sections 1 and 2, accounts and sessions, by HTTP.
#include <doctest/doctest.h>

#include "tests/integration/support/contract_server.hpp"

using namespace usher::integration;

namespace {

const std::string invalid_email = "Email must be valid (email)";
const std::string invalid_password = "Password must be between 4 and 20 characters (password)";

Answer sign_up(Client& client, const Json& email, const Json& password) {
  return client.post("/api/users/signup", {{"email", email}, {"password", password}});
}

Json current_user(Client& client) {
  return client.get("/api/users/currentuser").json().at("currentUser");
}

}  // namespace

TEST_CASE("sign-up: 201 with email and id, and a session cookie byte for byte") {
  auto client = contract_client();
  const auto answer = sign_up(client, "ann@example.com", "secret");
  CHECK(answer.status == 201);
  CHECK(answer.header("content-type") == "application/json; charset=utf-8");
  const auto json = answer.json();
  CHECK(json.size() == 2);
  CHECK(json.at("email") == "ann@example.com");
  const std::string id = json.at("id");
  CHECK(id.size() == 24);
  CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);

  const auto set = answer.header("set-cookie");
  const std::string value = client.cookies().at("express:sess");
  CHECK(set == "express:sess=" + value + "; path=/; httponly");
  CHECK(value.size() % 4 == 0);

  const auto user = current_user(client);
  CHECK(user.size() == 3);
  CHECK(user.at("id") == id);
  CHECK(user.at("email") == "ann@example.com");
  CHECK(user.at("iat").is_number_integer());
}

TEST_CASE("sign-up refuses what is no address or no password, one entry for each rule") {
  auto client = contract_client();
  CHECK(sign_up(client, "nonsense", "secret").errors() == Errors{invalid_email});
  CHECK(sign_up(client, "a@localhost", "secret").errors() == Errors{invalid_email});
  CHECK(sign_up(client, " b@example.com", "secret").errors() == Errors{invalid_email});
  CHECK(sign_up(client, std::string(65, 'a') + "@example.com", "secret").errors() ==
        Errors{invalid_email});
  CHECK(sign_up(client, "c@example.com", "abc").errors() == Errors{invalid_password});
  CHECK(sign_up(client, "c@example.com", "  abc  ").errors() == Errors{invalid_password});
  CHECK(sign_up(client, "c@example.com", std::string(21, 'p')).errors() ==
        Errors{invalid_password});
  const auto empty = client.post("/api/users/signup", Json::object());
  CHECK(empty.status == 400);
  CHECK(empty.errors() == Errors{invalid_email, invalid_password});
  CHECK(empty.header("set-cookie") == "");
}

TEST_CASE("sign-up takes plus signs, four to twenty characters, and numbers as text") {
  auto client = contract_client();
  CHECK(sign_up(client, "a+b@x.co", "four").status == 201);
  CHECK(sign_up(client, "twenty@example.com", std::string(20, 'p')).status == 201);
  CHECK(sign_up(client, "number@example.com", 12345).status == 201);
}

TEST_CASE("one account for an address, however it is written") {
  auto client = contract_client();
  CHECK(sign_up(client, "once@example.com", "secret").status == 201);
  const auto again = sign_up(client, "once@example.com", "other");
  CHECK(again.status == 400);
  CHECK(again.errors() == Errors{"Email in use"});
  CHECK(sign_up(client, "ONCE@Example.COM", "other").status == 400);
}

TEST_CASE("sign-in: 200 with the same id; one text for every wrong guess") {
  auto client = contract_client();
  const auto up = sign_up(client, "in@example.com", "secret");
  REQUIRE(up.status == 201);
  auto other = contract_client();
  auto sign_in = [&](const Json& email, const Json& password) {
    return other.post("/api/users/signin", {{"email", email}, {"password", password}});
  };
  const auto wrong = sign_in("in@example.com", "wrong");
  const auto unknown = sign_in("unknown@example.com", "wrong");
  CHECK(wrong.status == 400);
  CHECK(wrong.errors() == Errors{"Invalid credentials"});
  CHECK(unknown.status == 400);
  CHECK(unknown.text == wrong.text);
  CHECK(sign_in("nonsense", "").errors() ==
        Errors{invalid_email, "You must supply a password (password)"});
  CHECK(current_user(other).is_null());

  const auto in = sign_in("in@example.com", "secret");
  CHECK(in.status == 200);
  CHECK(in.json() == up.json());
  CHECK(current_user(other).at("id") == up.json().at("id"));
}

TEST_CASE("sign-out: 200 {} and exactly the clearing cookie, signed in or not") {
  const std::string clearing =
      "express:sess=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly";
  for (const std::string user : {"", "somebody"}) {
    auto client = contract_client(user);
    const auto answer = client.post("/api/users/signout", Json::object());
    CHECK(answer.status == 200);
    CHECK(answer.text == "{}");
    CHECK(answer.header("set-cookie") == clearing);
    CHECK(current_user(client).is_null());
  }
}

TEST_CASE("a signature is enough: any id, no account; the other cookie name is read too") {
  auto client = contract_client("any text as an id");
  CHECK(current_user(client).at("id") == "any text as an id");
  auto other = contract_client();
  const auto value = cookie_value(forged_token("u1", jwt_key));
  const auto answer = other.get("/api/users/currentuser", {{"Cookie", "session=" + value}});
  CHECK(answer.json().at("currentUser").at("id") == "u1");
}

TEST_CASE("what can't be verified means signed out, never an error") {
  auto client = contract_client();
  const std::string none = "eyJhbGciOiJub25lIn0.eyJpZCI6InUxIiwiZW1haWwiOiJhQGIuY28ifQ.";
  for (const auto& value : {cookie_value(forged_token("u1", "another key")), cookie_value(none),
                            cookie_value(""), base64("{}"), std::string{"no base64 at all"}}) {
    CAPTURE(value);
    const HeaderList cookie{{"Cookie", "express:sess=" + value}};
    const auto answer = client.get("/api/users/currentuser", cookie);
    CHECK(answer.status == 200);
    CHECK(answer.text == R"({"currentUser":null})");
    CHECK(client.post("/api/tickets", {{"title", "x"}, {"price", 1}}, cookie).status == 401);
  }
}
