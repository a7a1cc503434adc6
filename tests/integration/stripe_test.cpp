// The real binary with the gateway "stripe", and a server that stands in for Stripe.
#include <doctest/doctest.h>
#include <httplib.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;

namespace {

// Charges once per idempotency key, as Stripe does; `trouble` may answer instead, or after it. Its
// search finds every charge.
class Stripe {
 public:
  using Trouble = std::function<bool(const httplib::Request&, httplib::Response&, int nth)>;

  explicit Stripe(Trouble trouble) : trouble_(std::move(trouble)) {
    server_.Post(
        "/v1/charges", [this](const httplib::Request& request, httplib::Response& response) {
          const auto key = request.get_header_value("Idempotency-Key");
          int nth = 0;
          {
            const std::lock_guard lock{mutex_};
            nth = ++asked_[key];
            keys_seen_.insert(request.get_header_value("Authorization"));
          }
          if (trouble_(request, response, nth)) return;
          response.set_content(R"({"id":")" + charge(request) + R"(","paid":true,"captured":true})",
                               "application/json");
        });
    server_.Get(
        "/v1/charges/search", [this](const httplib::Request& request, httplib::Response& response) {
          const std::lock_guard lock{mutex_};
          ++searches_;
          const auto query = request.get_param_value("query");
          std::string found;
          for (const auto& [key, id] : charges_) {
            const auto payment = key.substr(std::string{"usher-charge-"}.size());
            if (query.find(payment) != std::string::npos)
              found = R"({"id":")" + id + R"(","metadata":{"payment":")" + payment + R"("}})";
          }
          response.set_content("{\"data\":[" + found + "]}", "application/json");
        });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread{[this] { server_.listen_after_bind(); }};
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Stripe() {
    server_.stop();
    thread_.join();
  }
  Stripe(const Stripe&) = delete;
  Stripe& operator=(const Stripe&) = delete;

  // Takes the money, for `trouble` that loses the answer.
  std::string charge(const httplib::Request& request) {
    const std::lock_guard lock{mutex_};
    const auto key = request.get_header_value("Idempotency-Key");
    amount_ = request.get_param_value("amount");
    currency_ = request.get_param_value("currency");
    return charges_.try_emplace(key, "ch_" + std::to_string(charges_.size() + 1)).first->second;
  }

  [[nodiscard]] int asked() const {
    const std::lock_guard lock{mutex_};
    int times = 0;
    for (const auto& [key, count] : asked_) times += count;
    return times;
  }
  [[nodiscard]] int searches() const {
    const std::lock_guard lock{mutex_};
    return searches_;
  }
  [[nodiscard]] std::string currency() const {
    const std::lock_guard lock{mutex_};
    return currency_;
  }
  [[nodiscard]] std::size_t charges() const {
    const std::lock_guard lock{mutex_};
    return charges_.size();
  }
  [[nodiscard]] std::string amount() const {
    const std::lock_guard lock{mutex_};
    return amount_;
  }
  [[nodiscard]] std::set<std::string> keys_seen() const {
    const std::lock_guard lock{mutex_};
    return keys_seen_;
  }
  // A node that is its customer.
  [[nodiscard]] Arguments arguments(const Arguments& settings = {}) const {
    Arguments all{"--set", "payments.gateway=stripe",
                  "--set", "payments.stripe_base_url=http://127.0.0.1:" + std::to_string(port_),
                  "--set", "payments.stripe_timeout=300ms",
                  "--set", "payments.wait=15s",
                  "--set", "payments.settle_retry_min=50ms",
                  "--set", "payments.settle_retry_max=200ms"};
    for (const auto& setting : settings) {
      all.emplace_back("--set");
      all.push_back(setting);
    }
    return all;
  }

 private:
  Trouble trouble_;
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> charges_;  // by idempotency key
  std::map<std::string, int> asked_;
  std::set<std::string> keys_seen_;
  std::string amount_;
  std::string currency_;
  int searches_ = 0;
};

bool answer(httplib::Response& response, int status, const std::string& json) {
  response.status = status;
  response.set_content(json, "application/json");
  return true;
}

Environment with_stripe_key() {
  auto environment = test_secrets();
  for (auto& [name, value] : environment)
    if (name == "STRIPE_KEY") value = "sk_test_of_ours";
  return environment;
}

bool comes_free(Client& client, const std::string& ticket) {
  return eventually(
      [&] { return !client.get("/api/tickets/" + ticket).json().contains("orderId"); });
}
double figure(Client& client, const std::string& name) {
  const auto text = "\n" + client.get("/metrics").text;
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + 2 + name.size()));
}

}  // namespace

TEST_CASE(
    "given Stripe, when an order is paid, then one charge of its price is made and it is "
    "complete") {
  const Stripe stripe{[](auto&, auto&, int) { return false; }};
  const TempDir folder;
  const ServerProcess server{folder / "data", stripe.arguments(), with_stripe_key()};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto order = buyer.reserve(seller.offer("Concert", 19.99));
  const auto paid = buyer.pay(order);
  CHECK(paid.status == 201);
  CHECK(status_of(buyer, order) == "complete");
  CHECK(stripe.charges() == 1);
  CHECK(stripe.amount() == "1999");
  CHECK(stripe.keys_seen() == std::set<std::string>{"Bearer sk_test_of_ours"});
  CHECK(server.log().find("sk_test_of_ours") == std::string::npos);
}

TEST_CASE("given a card that Stripe declines, then the buyer reads why and may pay with another") {
  const Stripe stripe{[](const httplib::Request& request, httplib::Response& response, int) {
    if (request.get_param_value("source") != "tok_declined") return false;
    response.status = 402;
    response.set_content(R"({"error":{"message":"Your card has insufficient funds."}})",
                         "application/json");
    return true;
  }};
  const TempDir folder;
  const ServerProcess server{folder / "data", stripe.arguments(), with_stripe_key()};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto order = buyer.reserve(seller.offer());
  const auto declined = buyer.pay(order, "tok_declined");
  CHECK(declined.status == 402);
  CHECK(declined.text.find("Your card has insufficient funds.") != std::string::npos);
  CHECK(stripe.charges() == 0);
  CHECK(buyer.pay(order, "tok_visa").status == 201);
  CHECK(status_of(buyer, order) == "complete");
  CHECK(stripe.charges() == 1);
}

TEST_CASE(
    "given answers that are lost after the charge, then the order is paid by that one charge") {
  // Charged, but the answer comes after the client has given up, five times: past one call's
  // attempts, so that the order itself asks again.
  const Stripe stripe{[](const httplib::Request&, httplib::Response& response, int nth) {
    if (nth > 5) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{500});  // a slow gateway
    if (nth % 2 != 0) return false;                               // charged, and told too late
    response.status = 500;
    return true;
  }};
  const TempDir folder;
  const ServerProcess server{folder / "data", stripe.arguments(), with_stripe_key()};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  buyer.time_out_after(std::chrono::seconds{30});
  const auto order = buyer.reserve(seller.offer());
  CHECK(buyer.pay(order).status == 201);
  CHECK(status_of(buyer, order) == "complete");
  CHECK(stripe.charges() == 1);
}

// Found in use: 503, the order awaiting:payment past its deadline, DELETE 400, the ticket held for
// ever. A price that the gateway does not take came from a listing of before its limit was known.
TEST_CASE("given an amount that Stripe refuses, then the buyer is told and the ticket comes free") {
  for (const std::string code : {"amount_too_small", "amount_too_large"}) {
    CAPTURE(code);
    const Stripe stripe{[&](const httplib::Request&, httplib::Response& response, int) {
      return answer(response, 400,
                    R"({"error":{"type":"invalid_request_error","code":")" + code + "\"}}");
    }};
    const TempDir folder;
    const ServerProcess server{folder / "data", stripe.arguments({"payments.amount_minor_min=1"}),
                               with_stripe_key()};
    Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
    const auto ticket = seller.offer("Concert", 0.30);
    const auto order = buyer.reserve(ticket);
    const auto refused = buyer.pay(order);
    CHECK(refused.status == 402);
    CHECK(refused.text.find("Nothing was charged") != std::string::npos);
    CHECK(status_of(buyer, order) == "created");
    CHECK(buyer.del("/api/orders/" + order).status == 204);
    CHECK(comes_free(buyer, ticket));
    CHECK(stripe.asked() == 1);
  }
}

TEST_CASE("given a price that could never be paid, then it is refused when it is offered") {
  const Stripe stripe{[](auto&, auto&, int) { return false; }};
  const TempDir folder;
  const ServerProcess server{
      folder / "data",
      stripe.arguments({"payments.amounts=checked", "tickets.price_minor_max=9000000000000"}),
      with_stripe_key()};
  Client seller{server.port(), "seller"};
  const auto offered = [&](const Json& price) {
    return seller.post("/api/tickets", {{"title", "Concert"}, {"price", price}});
  };
  CHECK(offered(0.49).errors() == Errors{"Price must be at least 0.5 (price)"});
  CHECK(offered(0.5).status == 201);
  CHECK(offered(1'000'000).errors() == Errors{"Price must be at most 999999.99 (price)"});
  CHECK(offered(999'999.99).status == 201);
  const auto ticket = seller.offer("Concert", 1);
  CHECK(seller.put("/api/tickets/" + ticket, {{"title", "Concert"}, {"price", 0.3}}).errors() ==
        Errors{"Price must be at least 0.5 (price)"});
  const auto config = seller.get("/api/config").json();
  CHECK(config.at("priceMin") == 0.5);
  CHECK(config.at("priceMax") == 999'999.99);
}

// Found in use: each such answer ended a worker's thread; after the eighth no payment was made any
// more, with nothing in the log and /readyz saying ready, again after a restart.
TEST_CASE("given poisonous answers for one order, then others are paid, and so is that one later") {
  std::atomic<bool> is_ill{true};
  const Stripe stripe{[&](const httplib::Request& request, httplib::Response& response, int nth) {
    if (!is_ill || request.get_param_value("source") != "tok_poison") return false;
    const std::vector<std::string> poison = {R"({"id":"ch_9","paid":null,"captured":true})",
                                             R"({"id":7,"paid":true})",
                                             R"({"id":"ch_9","paid":"yes"})",
                                             R"([{"id":"ch_9"}])",
                                             R"({"id":"ch_9","captured":{}})",
                                             "\xff\xfe{"};
    return answer(response, 200, poison[static_cast<std::size_t>(nth) % poison.size()]);
  }};
  const TempDir folder;
  const ServerProcess server{folder / "data",
                             stripe.arguments({"payments.workers=2", "payments.wait=500ms"}),
                             with_stripe_key()};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto poisoned = buyer.reserve(seller.offer());
  CHECK(buyer.pay(poisoned, "tok_poison").status == 503);
  REQUIRE(eventually([&] { return stripe.asked() >= 20; }));
  for (int i = 0; i < 5; ++i) {
    const auto order = buyer.reserve(seller.offer());
    CHECK(buyer.pay(order).status == 201);
  }
  CHECK(server.logs("paid=null"));
  CHECK(figure(buyer, "usher_gateway_unknown_total") >= 5);
  CHECK(figure(buyer, "usher_oldest_unsettled_payment_seconds") > 0);
  is_ill = false;
  CHECK(becomes(buyer, poisoned, "complete"));
}

TEST_CASE("given 3-D Secure or a wrong key, then the buyer reads what to do and nothing is held") {
  const Stripe stripe{[](const httplib::Request& request, httplib::Response& response, int) {
    if (request.get_param_value("source") == "tok_european")
      return answer(response, 402,
                    R"({"error":{"type":"card_error","code":"authentication_required"}})");
    if (request.get_param_value("source") == "tok_wrong_key")
      return answer(response, 401, R"({"error":{"message":"Invalid API Key: sk_test_of_ours"}})");
    return false;
  }};
  const TempDir folder;
  const ServerProcess server{folder / "data", stripe.arguments(), with_stripe_key()};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto order = buyer.reserve(seller.offer());
  const auto european = buyer.pay(order, "tok_european");
  CHECK(european.status == 402);
  CHECK(european.text.find("3-D Secure") != std::string::npos);
  const auto wrong_key = buyer.pay(order, "tok_wrong_key");
  CHECK(wrong_key.status == 402);
  CHECK(wrong_key.text.find("Payments cannot be taken at the moment") != std::string::npos);
  CHECK(server.logs("NO PAYMENT CAN BE TAKEN"));
  CHECK(server.log().find("sk_test_of_ours") == std::string::npos);
  CHECK(figure(buyer, "usher_gateway_misconfigured_total") == 1);
  CHECK(buyer.pay(order).status == 201);
}

// Found in use: a thousand yen were charged as 100,000, and 1000.50 yen were accepted.
TEST_CASE("given another currency, then prices have its decimals wherever they stand") {
  const Stripe stripe{[](auto&, auto&, int) { return false; }};
  const TempDir folder;
  {
    ServerProcess server{folder / "data",
                         stripe.arguments({"payments.amounts=checked", "payments.currency=jpy"}),
                         with_stripe_key()};
    Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
    const auto half = seller.post("/api/tickets", {{"title", "Concert"}, {"price", 1000.5}});
    CHECK(half.errors() == Errors{"Price must be a whole number (price)"});
    const auto ticket = seller.offer("Concert", 1000);
    CHECK(seller.get("/api/tickets/" + ticket).text.find("\"price\":1000,") != std::string::npos);
    CHECK(seller.get("/api/tickets").text.find("\"price\":1000,") != std::string::npos);
    CHECK(seller.get("/api/tickets/" + ticket + "/history").text.find("\"price\":1000,") !=
          std::string::npos);
    const auto order = buyer.reserve(ticket);
    CHECK(buyer.get("/api/orders/" + order).text.find("\"price\":1000,") != std::string::npos);
    CHECK(buyer.pay(order).status == 201);
    CHECK(stripe.amount() == "1000");
    CHECK(stripe.currency() == "jpy");
    const auto events = buyer.get("/api/events?after=0", {{"Accept", "application/json"}});
    CHECK(events.text.find("\"price\":1000,") != std::string::npos);
    const auto config = buyer.get("/api/config").json();
    CHECK(config.at("currency") == "jpy");
    CHECK(config.at("currencyDecimals") == 0);
    CHECK(config.at("priceMin") == 50);
    server.terminate();
    CHECK(server.wait() == 0);
  }
  const auto exported = run_usher({"export", (folder / "data").string()});
  CHECK(exported.status == 0);
  CHECK(exported.out.find("\"price\":1000,") != std::string::npos);
  // What is a thousand yen there must not become ten dollars.
  const auto refused = run_usher({"serve", "--data", (folder / "data").string(), "--listen",
                                  "127.0.0.1:0", "--set", "payments.currency=usd"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("created with currency jpy") != std::string::npos);
  const auto unknown =
      run_usher({"serve", "--data", (folder / "other").string(), "--set", "payments.currency=clf"});
  CHECK(unknown.status == 2);
  CHECK(unknown.err.find("payments.currency") != std::string::npos);
}

TEST_CASE("given a charge whose answer is lost and whose key is forgotten, then it is looked up") {
  Stripe* self = nullptr;
  Stripe stripe{[&](const httplib::Request& request, httplib::Response& response, int) {
    (void)self->charge(request);
    return answer(response, 500, "{}");
  }};
  self = &stripe;
  const TempDir folder;
  const ServerProcess server{folder / "data",
                             stripe.arguments({"payments.gateway_key_life=1s",
                                               "payments.look_up_after=1s", "payments.wait=100ms"}),
                             with_stripe_key()};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto order = buyer.reserve(seller.offer());
  CHECK(buyer.pay(order).status == 503);
  CHECK(becomes(buyer, order, "complete"));
  CHECK(stripe.searches() >= 1);
  CHECK(stripe.charges() == 1);
}

TEST_CASE("given a payment that nobody can settle, then the operator does, and it is on record") {
  const Stripe stripe{[](const httplib::Request&, httplib::Response& response, int) {
    return answer(response, 500, "{}");
  }};
  const TempDir folder;
  const ServerProcess server{folder / "data", stripe.arguments({"payments.wait=100ms"}),
                             with_stripe_key()};
  Client seller{server.port(), "seller"}, buyer{server.port(), "buyer"};
  const auto ticket = seller.offer();
  const auto order = buyer.reserve(ticket);
  CHECK(buyer.pay(order).status == 503);
  CHECK(status_of(buyer, order) == "awaiting:payment");

  CHECK(buyer.get("/api/admin/payments/unsettled").status == 401);
  const auto listed = run_usher({"payments", "--node", server.address()});
  REQUIRE(listed.status == 0);
  const auto row = Json::parse(listed.out);
  CHECK(row.at("orderId") == order);
  CHECK(row.at("paymentStatus") == "started");
  CHECK(row.at("amount") == 20);
  const std::string payment = row.at("paymentId");
  CHECK(
      run_usher({"payments", "--node", server.address()}, {{"USHER_OPERATOR_TOKEN", ""}}).status ==
      1);

  const auto settle = [&](const std::string& verdict, const Arguments& more = {}) {
    Arguments all{"settle",           "--node", server.address(), "--order", order,
                  "--payment",        payment,  "--verdict",      verdict,   "--note",
                  "seen in the books"};
    all.insert(all.end(), more.begin(), more.end());
    return run_usher(all);
  };
  CHECK(settle("captured").status == 1);  // by which charge?
  CHECK(settle("refunded").status == 1);
  const auto settled = settle("captured", {"--charge", "ch_seen"});
  CHECK(settled.status == 0);
  CHECK(Json::parse(settled.out).at("paymentStatus") == "captured");
  CHECK(status_of(buyer, order) == "complete");
  CHECK(run_usher({"payments", "--node", server.address()}).out.empty());
  CHECK(settle("not_charged").status == 1);
  const auto history = buyer.get("/api/orders/" + order + "/history").text;
  CHECK(history.find("settled_by_operator") != std::string::npos);
  CHECK(history.find("\"verdict\":\"captured\"") != std::string::npos);
  CHECK(history.find("seen in the books") == std::string::npos);  // not the buyer's
}
