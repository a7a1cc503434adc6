// The real binary with the gateway "stripe", and a server that stands in for Stripe.
#include <doctest/doctest.h>
#include <httplib.h>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "tests/integration/support/client.hpp"
#include "tests/integration/support/server_process.hpp"

using namespace usher::integration;

namespace {

// Charges once per idempotency key, as Stripe does; `trouble` may answer instead, or after it.
class Stripe {
 public:
  using Trouble = std::function<bool(const httplib::Request&, httplib::Response&, int nth)>;

  explicit Stripe(Trouble trouble) : trouble_(std::move(trouble)) {
    server_.Post("/v1/charges", [this](const httplib::Request& request,
                                       httplib::Response& response) {
      const auto key = request.get_header_value("Idempotency-Key");
      int nth = 0;
      {
        const std::lock_guard lock{mutex_};
        nth = ++asked_[key];
        keys_seen_.insert(request.get_header_value("Authorization"));
      }
      if (trouble_(request, response, nth)) return;
      const std::lock_guard lock{mutex_};
      const auto id = charges_.try_emplace(key, "ch_" + std::to_string(charges_.size() + 1));
      amount_ = request.get_param_value("amount");
      response.set_content(R"({"id":")" + id.first->second + R"(","paid":true,"captured":true})",
                           "application/json");
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
  [[nodiscard]] Arguments arguments() const {
    return {"--set", "payments.gateway=stripe",
            "--set", "payments.stripe_base_url=http://127.0.0.1:" + std::to_string(port_),
            "--set", "payments.stripe_timeout=300ms",
            "--set", "payments.wait=15s",
            "--set", "payments.settle_retry_min=50ms"};
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
};

Environment with_stripe_key() {
  auto environment = test_secrets();
  for (auto& [name, value] : environment)
    if (name == "STRIPE_KEY") value = "sk_test_of_ours";
  return environment;
}

std::string status_of(Client& client, const std::string& order) {
  return client.get("/api/orders/" + order).json().at("status");
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
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    if (nth % 2 != 0) return false;  // charged, and told too late
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
