// Health, metrics, settings, the operator's view, the page's initial state, and what is the same
// for every answer.
#include <fstream>
#include <limits>
#include <regex>
#include <set>
#include <sstream>

#include "http/requests/error_codes.hpp"
#include "http/routes/page.hpp"
#include "http/routes/page_head.hpp"
#include "tests/support/api_client.hpp"

using namespace usher;
using namespace usher::test;

TEST_CASE("healthz says that the process lives, readyz whether it takes work") {
  std::optional<std::string> reason;
  http::RouteServices services;
  services.not_ready_because = [&] { return reason; };
  ApiClient api{course_options(), services};
  CHECK(api.get("/healthz").status == 200);
  CHECK(api.get("/readyz").text == R"({"status":"ready"})");
  reason = "the journal does not take writes";
  const auto answer = api.get("/readyz");
  CHECK(answer.status == 503);
  CHECK(answer.errors() == Errors{"the journal does not take writes"});
  CHECK_FALSE(answer.header("Retry-After").empty());
  CHECK(api.get("/healthz").status == 200);
}

TEST_CASE("metrics count requests by route and status, and show the node's figures") {
  http::RouteServices services;
  services.collect = [] {
    return std::vector<http::Figure>{
        {"usher_shards", "Shards", 64, http::Figure::Kind::gauge, {{"node", "a\"b"}}},
        {"usher_appends_total", "Appends", 7, http::Figure::Kind::counter, {}},
        {"usher_shards", "Shards", 1, http::Figure::Kind::gauge, {{"node", "c"}}},
        {"usher_commit_seconds",
         "Commits",
         1.5,
         http::Figure::Kind::histogram,
         {},
         {{0.1, 3}, {0.5, 2}, {std::numeric_limits<double>::infinity(), 1}}}};
  };
  ApiClient api{course_options(), services};
  api.get("/api/tickets/" + unknown_id);
  api.get("/api/tickets");
  api.get("/api/tickets");
  api.get("/api/nothing");
  const auto metrics = api.get("/metrics");
  CHECK(metrics.status == 200);
  CHECK(metrics.header("Content-Type").starts_with("text/plain; version=0.0.4"));
  const auto has = [&](const std::string& line) {
    CAPTURE(line);
    CHECK(("\n" + metrics.text).find("\n" + line + "\n") != std::string::npos);
  };
  has(R"(usher_http_requests_total{method="GET",route="/api/tickets",status="200"} 2)");
  has(R"(usher_http_requests_total{method="GET",route="/api/tickets/:id",status="404"} 1)");
  has(R"x(usher_http_requests_total{method="*",route="(otherwise)",status="404"} 1)x");
  has(R"(usher_http_request_seconds_count{method="GET",route="/api/tickets"} 2)");
  has(R"(usher_shards{node="a\"b"} 64)");
  has(R"(usher_shards{node="c"} 1)");
  has("usher_appends_total 7");
  has(R"(usher_http_requests_total{method="GET",route="/api/tickets",status="503"} 0)");
  has("# TYPE usher_commit_seconds histogram");
  has(R"(usher_commit_seconds_bucket{le="0.1"} 3)");
  has(R"(usher_commit_seconds_bucket{le="0.5"} 5)");
  has(R"(usher_commit_seconds_bucket{le="+Inf"} 6)");
  has("usher_commit_seconds_count 6");
  has("usher_commit_seconds_sum 1.5");
  CHECK(metrics.text.find("# TYPE usher_appends_total counter") != std::string::npos);
  CHECK(metrics.text.find("# TYPE usher_shards gauge") ==
        metrics.text.rfind("# TYPE usher_shards"));
}

TEST_CASE("metrics can be kept for the operator") {
  auto options = course_options();
  options.metrics_are_public = false;
  ApiClient api{options};
  CHECK(api.get("/metrics").status == 401);
  CHECK(api.get("/metrics", {api.as_operator()}).status == 200);
}

TEST_CASE("the operator's figures need the operator's token") {
  http::RouteServices services;
  services.collect = [] {
    return std::vector<http::Figure>{{"usher_lag", "Lag", 1.5, http::Figure::Kind::gauge, {}},
                                     {"usher_bad", "Bad", 0.0 / 0.0 * 1, {}, {}}};
  };
  ApiClient api{course_options(), services};
  CHECK(api.get("/api/admin/stats").status == 401);
  CHECK(api.get("/api/admin/stats", {api.as("ada")}).status == 401);
  CHECK(api.get("/api/admin/stats", {{"Authorization", "Bearer guess"}}).status == 401);
  api.get("/api/tickets/" + unknown_id);
  const auto stats = api.get("/api/admin/stats", {api.as_operator()}).json();
  CHECK(stats.at("serverTime") == "2024-01-13T02:09:06.123Z");
  CHECK(stats.at("figures")[0].at("value") == 1.5);
  CHECK(stats.at("figures")[1].at("value").is_null());
  Json ticket;
  const auto routes = stats.at("routes");
  for (const auto& route : routes)
    if (route.at("route") == "/api/tickets/:id" && route.at("method") == "GET") ticket = route;
  CHECK(ticket.at("requests") == 1);
  CHECK(ticket.at("clientErrors") == 1);
  CHECK(ticket.at("serverErrors") == 0);
  CHECK(ticket.at("p99Ms") > 0);
}

TEST_CASE("without an operator token configured nobody is the operator") {
  auto options = course_options();
  options.auth.operator_token = "";
  ApiClient api{options};
  CHECK(api.get("/api/admin/stats", {{"Authorization", "Bearer "}}).status == 401);
  CHECK(api.get("/api/admin/stats").status == 401);
}

TEST_CASE("the operator makes a backup of the running node") {
  Answered<std::string> made = "backups/7";
  http::RouteServices services;
  services.backup = [&](Callback<std::string> done) { done(made); };
  ApiClient api{course_options(), services};
  CHECK(api.call("POST", "/api/admin/backup").status == 401);
  const auto answer = api.call("POST", "/api/admin/backup", {api.as_operator()});
  CHECK(answer.status == 201);
  CHECK(answer.json() == Json{{"folder", "backups/7"}});
  made = tl::unexpected{Refusal{Failure::unavailable, 0, "the disk is full"}};
  const auto failed = api.call("POST", "/api/admin/backup", {api.as_operator()});
  CHECK(failed.status == 503);
  CHECK(failed.errors() == Errors{"the disk is full"});
  ApiClient without;
  CHECK(without.call("POST", "/api/admin/backup", {without.as_operator()}).status == 404);
}

TEST_CASE("the configuration is what a web client has to know, and no secret") {
  auto options = course_options();
  options.gateway = "stripe";
  options.stripe_publishable_key = "pk_test_1";
  ApiClient api{options};
  const auto config = api.get("/api/config");
  CHECK(config.json() == Json{{"currency", "usd"},
                              {"currencyDecimals", 2},
                              {"gateway", "stripe"},
                              {"stripePublishableKey", "pk_test_1"},
                              {"orderLifetimeMs", 900000},
                              {"priceMin", 0.01},
                              {"priceMax", 1000000},
                              {"priceStep", 0.01},
                              {"titleLengthMax", 200},
                              {"passwordLengthMin", 4},
                              {"passwordLengthMax", 20},
                              {"pageLimitMax", 200}});
  CHECK(config.text.find(options.auth.key) == std::string::npos);
  CHECK(ApiClient{}.get("/api/config").json().at("stripePublishableKey").is_null());
}

TEST_CASE("unknown paths under /api are 404 in the shape of every error") {
  ApiClient api;
  for (const std::string path : {"/api", "/api/", "/api/nothing", "/API/users/x", "/nothing"}) {
    CAPTURE(path);
    const auto answer = api.get(path);
    CHECK(answer.status == 404);
    CHECK(answer.text == R"({"errors":[{"message":"Not Found"}]})");
  }
}

TEST_CASE("what is not the API's goes to the page") {
  ApiClient api;
  const auto handler =
      http::api_or(api.context, [](const http::Request&) -> asio::awaitable<http::Response> {
        http::Response page;
        page.body = "page";
        co_return page;
      });
  const auto body_of = [&](const std::string& path) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    return run(handler(request)).body;
  };
  CHECK(body_of("/") == "page");
  CHECK(body_of("/apiary") == "page");
  CHECK(body_of("/api/x") != "page");
}

TEST_CASE("every answer carries the headers that keep browsers out of trouble") {
  ApiClient api;
  for (const auto& answer : {api.get("/api/tickets"), api.get("/api/nothing"),
                             api.post("/api/users/signin", Json::object())}) {
    CHECK(answer.header("X-Content-Type-Options") == "nosniff");
    CHECK(answer.header("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'");
    CHECK(answer.header("Referrer-Policy") == "no-referrer");
    CHECK(answer.header("Strict-Transport-Security").empty());  // only over TLS
    CHECK_FALSE(answer.header("Cache-Control").empty());
  }
  CHECK(api.get("/api/users/currentuser").header("Cache-Control") == "private, no-store");
}

TEST_CASE("an exception inside a route is one failed request, without its words") {
  http::RouteServices services;
  services.collect = []() -> std::vector<http::Figure> { throw std::runtime_error("inner words"); };
  ApiClient api{course_options(), services};
  const auto answer = api.get("/metrics");
  CHECK(answer.status == 500);
  CHECK(answer.text == R"({"errors":[{"message":"Something went wrong"}]})");
  CHECK(api.get("/healthz").status == 200);
}

TEST_CASE("routes without a signing key do not start") {
  FakeMarket market;
  http::Router router;
  CHECK_THROWS_AS(http::add_routes(router, market, {}, {}), std::logic_error);
}

TEST_CASE("the page starts with what its first requests would bring") {
  ApiClient api;
  for (int i = 0; i < 25; ++i) api.offer("ada", "Ticket " + std::to_string(i));
  http::Request request;
  request.headers.entries = {api.as("bob")};
  const auto text = run(http::page_state(*api.context, request));
  const auto state = Json::parse(text);
  const auto page = api.get("/api/tickets?limit=24&sort=-created");
  CHECK(state.at("tickets").at("rows") == page.json());
  CHECK(page.header("Link").find("after=" + state.at("tickets").at("next").get<std::string>() +
                                 "&") != std::string::npos);
  CHECK(state.at("currentUser") ==
        api.get("/api/users/currentuser", {api.as("bob")}).json().at("currentUser"));
  CHECK(state.at("config") == api.get("/api/config").json());
  CHECK(state.at("serverTime") == "2024-01-13T02:09:06.123Z");
}

TEST_CASE("no title can end the script element that holds the page's state") {
  ApiClient api;
  const std::string title = "</script><script>alert(1)</script><!--";
  api.offer("ada", title);
  const auto text = run(http::page_state(*api.context, {}));
  CHECK(text.find('<') == std::string::npos);
  CHECK(Json::parse(text).at("tickets").at("rows")[0].at("title") == title);
  CHECK(Json::parse(text).at("currentUser").is_null());
  CHECK(Json::parse(text).at("tickets").at("next").is_null());
}

TEST_CASE("whoever runs no script is told what a ticket's address is about") {
  auto options = course_options();
  options.validation.title_length_max = 1'000;
  ApiClient api{options};
  const auto ticket = api.offer("ada", "Rock & \"Roll\" <b>'n</b>", 38.5);
  const auto head = [&](const std::string& path, HeaderList headers = {}, bool secure = false) {
    http::Request request;
    request.path = path;
    request.headers.entries = std::move(headers);
    request.secure = secure;
    return run(http::page_head(*api.context, request));
  };
  const auto has = [](const std::string& text, const std::string& part) {
    CAPTURE(text);
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  };
  const std::string escaped = "Rock &amp; &quot;Roll&quot; &lt;b&gt;&#39;n&lt;/b&gt;";
  const HeaderList host{{"Host", "tickets.example:8443"}};
  const auto about = head("/tickets/" + ticket, host, true);
  has(about, "<title>" + escaped + " \u00b7 Usher</title>");
  has(about, "<meta property=\"og:title\" content=\"" + escaped + "\" />");
  has(about, "<meta property=\"og:description\" content=\"38.50 USD. For sale now.\" />");
  has(about, "<meta property=\"og:url\" content=\"https://tickets.example:8443/tickets/" + ticket);
  has(about, "<meta property=\"og:image\" content=\"https://tickets.example:8443/card.png\" />");
  CHECK(about.find("<b>") == std::string::npos);

  const auto order = api.reserve("bob", ticket);
  has(head("/TICKETS/" + ticket + "/"), "38.50 USD. On hold for a buyer.");
  api.post("/api/payments", {{"orderId", order}, {"token", "tok_visa"}}, {api.as("bob")});
  has(head("/tickets/" + ticket), "38.50 USD. Sold.");

  const std::string shop = "<meta property=\"og:title\" content=\"Tickets for sale\" />";
  for (const std::string path :
       {std::string{"/"}, std::string{"/orders/x"}, "/tickets/" + unknown_id,
        "/tickets/" + ticket + "/edit", std::string{"/tickets/x"}})
    has(head(path), shop);
  api.market.refuse_next = Refusal{Failure::overloaded, 0, {}};
  has(head("/tickets/" + ticket), shop);

  // A host that is none says nothing here.
  for (const std::string name : {"", "evil.example/\"><script>", "a b", "me@evil.example"}) {
    const auto text = head("/", {{"Host", name}});
    CHECK(text.find("og:url") == std::string::npos);
    CHECK(text.find("evil") == std::string::npos);
  }
  CHECK(head("/a\"<b", host).find("\"<") == std::string::npos);

  std::string endless;
  for (int i = 0; i < 300; ++i) endless += "\u00e9";
  const auto long_one = head("/tickets/" + api.offer("ada", endless));
  CHECK(long_one.find(endless.substr(0, 2 * 199) + "\u2026 \u00b7 Usher") != std::string::npos);
}

TEST_CASE("the page starts without tickets when they cannot be read") {
  ApiClient api;
  api.market.refuse_next = Refusal{Failure::overloaded, 0, {}};
  CHECK(Json::parse(run(http::page_state(*api.context, {}))).at("tickets").is_null());
}

TEST_CASE("errors have a code beside their message, but for clients of the course's services") {
  ApiClient strict{strict_options()};
  const auto both = strict.post("/api/tickets", {{"price", -1}}, {strict.as("ada")});
  CHECK(both.text ==
        R"({"errors":[{"message":"Title is required","field":"title","code":"title_required"},)"
        R"({"message":"Price must be greater than 0","field":"price","code":"invalid_price"}]})");
  CHECK(strict.get("/api/nope").codes() == Errors{"not_found"});
  CHECK(strict.get("/api/orders").codes() == Errors{"not_authorized"});
  const auto id = strict.offer("ada");
  strict.reserve("bob", id);
  CHECK(strict.post("/api/orders", {{"ticketId", id}}, {strict.as("eve")}).codes() ==
        Errors{"ticket_reserved"});
  const auto stale = strict.put("/api/tickets/" + id, {{"title", "B"}, {"price", 5}},
                                {strict.as("ada"), {"If-Match", "\"0\""}});
  CHECK(stale.codes() == Errors{"stale_version"});
  CHECK(stale.json().at("version") == 1);
  strict.market.refuse_next = Refusal{Failure::overloaded, 0, {}};
  CHECK(strict.get("/api/tickets").codes() == Errors{"overloaded"});
  CHECK(strict.call("POST", "/api/users/signin", {}, "email=a").status == 415);

  ApiClient course;
  CHECK(course.get("/api/nope").text == R"({"errors":[{"message":"Not Found"}]})");
  CHECK(course.call("POST", "/api/users/signin", {}, "email=a").errors() ==
        Errors{"Email must be valid (email)", "You must supply a password (password)"});
}

TEST_CASE("docs/openapi.yaml explains every code, each once, and no other") {
  std::set<std::string> ours;
  // Read, not listed: a list could leave one out.
  const std::regex a_code{R"re(ErrorCode (\w+)\{("?)([\w:]+)"?\};)re"};
  for (const std::string header :
       {"/http/front/error_codes.hpp", "/http/requests/error_codes.hpp"}) {
    std::ifstream file{USHER_SOURCE_DIR + header};
    for (std::string line; std::getline(file, line);) {
      if (line.find("constexpr ErrorCode") == std::string::npos) continue;
      CAPTURE(line);
      std::smatch found;
      REQUIRE(std::regex_search(line, found, a_code));
      CHECK(found[3] == (found[2].length() > 0 ? found.str(1) : "decline::" + found.str(1)));
      CHECK(ours.insert(found[1]).second);
    }
  }
  CHECK(ours.contains(std::string{http::code::not_found.text}));
  CHECK(ours.contains(std::string{http::code::card_declined.text}));
  std::ifstream file{USHER_SOURCE_DIR "/docs/openapi.yaml"};
  std::set<std::string> documented;
  bool is_inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "    ErrorCode:") {
      is_inside = true;
    } else if (is_inside && line.starts_with("    ") && line[4] != ' ') {
      break;
    } else if (is_inside && line.starts_with("        - `")) {
      documented.insert(line.substr(11, line.find('`', 11) - 11));
    }
  }
  CHECK(documented == ours);
}

TEST_CASE("the API describes itself: to programs, and to people without a script or a stranger") {
  ApiClient api;
  std::ifstream file{USHER_SOURCE_DIR "/docs/openapi.yaml"};
  std::ostringstream ours;
  ours << file.rdbuf();
  const auto yaml = api.get("/openapi.yaml");
  CHECK(yaml.status == 200);
  CHECK(yaml.header("Content-Type") == "application/yaml; charset=utf-8");
  CHECK(yaml.text == ours.str());

  const auto page = api.get("/docs");
  CHECK(page.status == 200);
  CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
  const auto policy = page.header("Content-Security-Policy");
  CHECK(policy.starts_with("default-src 'none'; style-src 'sha256-"));
  CHECK(policy.find("unsafe") == std::string::npos);
  for (const std::string foreign : {"<script", "style=", "src=", "http://", "https://", "<link"}) {
    CAPTURE(foreign);
    CHECK(page.text.find(foreign) == std::string::npos);
  }
  const auto routes = api.get("/api/admin/stats", {api.as_operator()}).json().at("routes");
  for (const auto& route : routes) {
    if (route.at("route").get<std::string>().starts_with("(")) continue;
    auto path = route.at("route").get<std::string>();
    if (const auto at = path.find(":id"); at != std::string::npos) path.replace(at, 3, "{id}");
    const auto title = "<code>" + route.at("method").get<std::string>() + " " + path + "</code>";
    CAPTURE(title);
    CHECK(page.text.find(title) != std::string::npos);
  }
  CHECK(page.text.find("<li><code>ticket_reserved</code>: ") != std::string::npos);
  CHECK(api.get("/docs", {{"If-None-Match", page.header("ETag")}}).status == 304);
}

TEST_CASE("the page's own paths are those that the page has") {
  std::ifstream file{USHER_SOURCE_DIR "/web/src/app/App.tsx"};
  std::vector<std::string> of_the_page;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("  ['/")) of_the_page.push_back(line.substr(4, line.find('\'', 4) - 4));
  CHECK(of_the_page == http::page_paths());
}

TEST_CASE("every operation of docs/openapi.yaml is served, and nothing else") {
  std::ifstream file{USHER_SOURCE_DIR "/docs/openapi.yaml"};
  REQUIRE(file.good());
  ApiClient api;
  std::vector<std::string> documented;
  std::string path;
  for (std::string line; std::getline(file, line) && line != "components:";) {
    if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
    for (const std::string method : {"get", "post", "put", "delete"}) {
      if (line != "    " + method + ":") continue;
      http::Request request;
      request.path = path;
      for (auto at = request.path.find("{id}"); at != std::string::npos;
           at = request.path.find("{id}"))
        request.path.replace(at, 4, unknown_id);
      for (const char c : method) request.method += static_cast<char>(c - 'a' + 'A');
      CAPTURE(path);
      CAPTURE(method);
      const auto match = api.router.match(request);
      CHECK(match.handler != nullptr);
      CHECK(match.pattern != "(otherwise)");
      documented.push_back(request.method + " " + std::string{match.pattern});
    }
  }
  std::vector<std::string> served;
  const auto routes = api.get("/api/admin/stats", {api.as_operator()}).json().at("routes");
  for (const auto& route : routes)
    if (!route.at("route").get<std::string>().starts_with("("))
      served.push_back(route.at("method").get<std::string>() + " " +
                       route.at("route").get<std::string>());
  std::sort(documented.begin(), documented.end());
  std::sort(served.begin(), served.end());
  CHECK(documented.size() > 20);
  CHECK(documented == served);
}

TEST_CASE("a stream is counted by what the front says of it, once it does") {
  ApiClient api;
  auto opened = api.get("/api/events").stream.value();
  auto refused = api.get("/api/events").stream.value();
  const auto counted = [&](const std::string& status) {
    const std::string line =
        R"(usher_http_requests_total{method="GET",route="/api/events",status=")" + status +
        "\"} 1\n";
    return api.get("/metrics").text.find(line) != std::string::npos;
  };
  CHECK_FALSE(counted("200"));
  opened.answered(200);
  refused.answered(503);
  CHECK(counted("200"));
  CHECK(counted("503"));
}
