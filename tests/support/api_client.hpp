// Calls the routes as a client would, without sockets: a router over a FakeMarket, one request at
// a time, and a few users with sessions.
#pragma once

#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/front/ascii.hpp"
#include "http/routes/context.hpp"
#include "tests/support/fake_market.hpp"

namespace usher::test {

using Json = nlohmann::json;
using HeaderList = std::vector<std::pair<std::string, std::string>>;

// As config/course.toml has it: tokens without an end, cookies without samesite, errors without a
// code, and a body that is not JSON counts as {}.
inline http::RouteOptions course_options() {
  http::RouteOptions options;
  options.auth.key = "a key for tests only";
  options.auth.token_ttl_ms = 0;
  options.auth.cookie_samesite = "off";
  options.auth.operator_token = "the operator's token";
  options.error_codes = false;
  options.body.json_only = false;
  return options;
}
// As every other profile has it.
inline http::RouteOptions strict_options() {
  auto options = course_options();
  options.error_codes = true;
  options.body.json_only = true;
  return options;
}

// Runs a coroutine to its end; the market answers at once, so nothing is left waiting.
template <class T>
T run(asio::awaitable<T> coroutine) {
  asio::io_context io;
  std::optional<T> result;
  asio::co_spawn(io, std::move(coroutine), [&](const std::exception_ptr& error, T value) {
    if (error) std::rethrow_exception(error);
    result = std::move(value);
  });
  io.run();
  REQUIRE(result.has_value());
  return std::move(*result);
}

struct Answer {
  int status = 0;
  http::Headers headers;
  std::string text;
  std::optional<http::OpenStream> stream;

  [[nodiscard]] Json json() const { return Json::parse(text); }
  [[nodiscard]] std::string header(std::string_view name) const {
    return std::string{headers.find(name).value_or("")};
  }
  // "message" or "message (field)", one for each entry.
  [[nodiscard]] std::vector<std::string> errors() const {
    std::vector<std::string> out;
    const auto body = json();
    for (const auto& error : body.at("errors")) {
      std::string line = error.at("message");
      if (error.contains("field")) line += " (" + error.at("field").get<std::string>() + ")";
      out.push_back(std::move(line));
    }
    return out;
  }
  [[nodiscard]] std::vector<std::string> codes() const {
    std::vector<std::string> out;
    const auto body = json();
    for (const auto& error : body.at("errors")) out.push_back(error.at("code"));
    return out;
  }
};
using Errors = std::vector<std::string>;

class ApiClient {
 public:
  explicit ApiClient(http::RouteOptions options = course_options(),
                     http::RouteServices services = {}) {
    context = http::add_routes(router, market, std::move(options), std::move(services));
    router.otherwise(http::api_or(context, nullptr));
  }

  FakeMarket market;
  http::Router router;
  std::shared_ptr<http::Context> context;
  std::string client_address = "203.0.113.7";

  Answer call(std::string method, std::string_view target, HeaderList headers = {},
              std::string body = {}) {
    http::Request request;
    request.method = std::move(method);
    request.target = target;
    request.client = client_address;
    request.id = "test";
    const auto question = target.find('?');
    request.path = *http::percent_decoded(target.substr(0, question), false);
    if (question != std::string_view::npos) read_query(request, target.substr(question + 1));
    for (auto& [name, value] : headers) request.headers.add(name, value);
    request.body = std::move(body);
    const auto match = router.match(request);
    REQUIRE(match.handler != nullptr);
    auto response = run((*match.handler)(request));
    return {response.status, response.headers, response.body, response.stream};
  }

  Answer get(std::string_view target, HeaderList headers = {}) {
    return call("GET", target, std::move(headers));
  }
  Answer post(std::string_view target, const Json& body, HeaderList headers = {}) {
    return send("POST", target, body.dump(), std::move(headers));
  }
  Answer put(std::string_view target, const Json& body, HeaderList headers = {}) {
    return send("PUT", target, body.dump(), std::move(headers));
  }
  Answer send(std::string method, std::string_view target, std::string body,
              HeaderList headers = {}) {
    headers.emplace_back("Content-Type", "application/json");
    return call(std::move(method), target, std::move(headers), std::move(body));
  }

  // A session for any user, forged as existing suites do: nobody has signed up.
  [[nodiscard]] std::pair<std::string, std::string> as(const std::string& user) const {
    const auto& auth = context->options.auth;
    const http::Session session{UserId{user}, user + "@example.com", std::nullopt};
    const auto cookie = http::session_cookie(auth, http::issue_token(auth, session, market.clock));
    return {"Cookie", cookie.substr(0, cookie.find(';'))};
  }
  [[nodiscard]] std::pair<std::string, std::string> as_operator() const {
    return {"Authorization", "Bearer " + context->options.auth.operator_token};
  }

  // Shorthands for what most tests need first.
  std::string offer(const std::string& seller, const std::string& title = "Concert",
                    const Json& price = 20) {
    const auto answer = post("/api/tickets", {{"title", title}, {"price", price}}, {as(seller)});
    REQUIRE(answer.status == 201);
    return answer.json().at("id");
  }
  std::string reserve(const std::string& buyer, const std::string& ticket) {
    const auto answer = post("/api/orders", {{"ticketId", ticket}}, {as(buyer)});
    REQUIRE(answer.status == 201);
    return answer.json().at("id");
  }
  Answer pay(const std::string& buyer, const std::string& order,
             const std::string& token = "tok_visa") {
    return post("/api/payments", {{"orderId", order}, {"token", token}}, {as(buyer)});
  }

 private:
  static void read_query(http::Request& request, std::string_view query) {
    while (!query.empty()) {
      const auto end = query.find('&');
      const auto pair = query.substr(0, end);
      const auto equals = pair.find('=');
      const auto value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
      request.query.emplace_back(*http::percent_decoded(pair.substr(0, equals), true),
                                 *http::percent_decoded(value, true));
      query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    }
  }
};

inline const std::string unknown_id = "65a1f0c2b3d4e5f60718293a";

}  // namespace usher::test
