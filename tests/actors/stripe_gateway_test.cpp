// The client of Stripe's charges API, against an HTTP(S) server that stands in for Stripe.
#include <doctest/doctest.h>
#include <httplib.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actors/market/workers/payment_gateway.hpp"

using namespace usher;

namespace {

struct Asked {
  std::string path, authorization, idempotency_key;
  httplib::Params form;
};

// What it is asked, and what it answers the first, second, ... time; the last answer stays.
class StandIn {
 public:
  using Answer = std::function<void(httplib::Response&)>;

  explicit StandIn(std::vector<Answer> answers)
      : StandIn(std::make_unique<httplib::Server>(), std::move(answers), "http://127.0.0.1:") {}
  StandIn(std::unique_ptr<httplib::Server> server, std::vector<Answer> answers, std::string scheme)
      : server_(std::move(server)), answers_(std::move(answers)) {
    const auto answer = [this](const httplib::Request& request, httplib::Response& response) {
      std::size_t at = 0;
      {
        const std::lock_guard lock{mutex_};
        asked_.push_back({request.path, request.get_header_value("Authorization"),
                          request.get_header_value("Idempotency-Key"), request.params});
        at = std::min(asked_.size(), answers_.size()) - 1;
      }
      answers_[at](response);
    };
    server_->Post(R"(/v1/.*)", answer).Get(R"(/v1/.*)", answer);
    address_ = std::move(scheme) + std::to_string(server_->bind_to_any_port("127.0.0.1"));
    thread_ = std::thread{[this] { server_->listen_after_bind(); }};
    while (!server_->is_running()) std::this_thread::yield();
  }
  ~StandIn() {
    server_->stop();
    thread_.join();
  }
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::vector<Asked> asked() const {
    const std::lock_guard lock{mutex_};
    return asked_;
  }

 private:
  std::unique_ptr<httplib::Server> server_;
  std::vector<Answer> answers_;
  std::string address_;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
};

StandIn::Answer says(int status, std::string json) {
  return [status, json = std::move(json)](httplib::Response& response) {
    response.status = status;
    response.set_content(json, "application/json");
  };
}

StandIn::Answer hangs(std::chrono::milliseconds time) {
  return [time](httplib::Response& response) {
    std::this_thread::sleep_for(time);  // a slow gateway
    response.set_content(R"({"id":"ch_late","paid":true,"captured":true})", "application/json");
  };
}

const StandIn::Answer charged = says(200, R"({"id":"ch_1","paid":true,"captured":true})");

StripeOptions options_for(const std::string& address) {
  StripeOptions options;
  options.base_url = address;
  options.secret_key = "sk_test_secret";
  options.timeout_ms = 300;
  options.backoff_ms = 1;
  return options;
}

const PaymentId payment = *PaymentId::parse("65a1f0c2b3d4e5f60718293a");
const Order::ChargeCard ten_dollars{payment, Money{1'000}, "tok_visa", 1'700'000'000'000, false};

ChargeOutcome charge_at(const StandIn& stripe) {
  return make_stripe_gateway(options_for(stripe.address()))->charge(ten_dollars);
}

std::string charge_id(const ChargeOutcome& outcome) {
  const auto* captured = std::get_if<Order::Captured>(&outcome);
  return captured ? captured->charge : "";
}

// A self-signed certificate for 127.0.0.1.
struct Certificate {
  Certificate() {
    std::string name = (std::filesystem::temp_directory_path() / "usher-stripe-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
    const std::string made =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout " +
        key() + " -out " + file() + " 2>/dev/null";
    REQUIRE(std::system(made.c_str()) == 0);
  }
  ~Certificate() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  [[nodiscard]] std::string file() const { return (folder / "cert.pem").string(); }
  [[nodiscard]] std::string key() const { return (folder / "key.pem").string(); }
  std::filesystem::path folder;
};

}  // namespace

TEST_CASE("a charge is asked for in Stripe's form, with the secret key and an idempotency key") {
  const StandIn stripe{{charged}};
  CHECK(charge_id(charge_at(stripe)) == "ch_1");
  const auto asked = stripe.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].path == "/v1/charges");
  CHECK(asked[0].authorization == "Bearer sk_test_secret");
  CHECK(asked[0].idempotency_key == "usher-charge-65a1f0c2b3d4e5f60718293a");
  CHECK(asked[0].form == httplib::Params{{"amount", "1000"},
                                         {"currency", "usd"},
                                         {"metadata[payment]", "65a1f0c2b3d4e5f60718293a"},
                                         {"source", "tok_visa"}});
}

TEST_CASE("a declined card, and a token that is none, are refused with Stripe's words, once") {
  for (const auto& answer :
       {says(402, R"({"error":{"message":"Your card has expired.","code":"expired_card"}})"),
        says(400, R"({"error":{"message":"Your card has expired.","param":"source"}})")}) {
    const StandIn stripe{{answer}};
    const auto outcome = charge_at(stripe);
    const auto* refused = std::get_if<Order::Refused>(&outcome);
    REQUIRE(refused != nullptr);
    CHECK(refused->reason == "Your card has expired.");
    CHECK(stripe.asked().size() == 1);
  }
}

TEST_CASE("what says neither yes nor no is asked again under the same idempotency key") {
  for (const auto& unclear :
       {says(500, "{}"), says(503, ""), says(429, R"({"error":{"message":"slow down"}})"),
        says(409, R"({"error":{"code":"idempotency_key_in_use"}})"), says(200, "not json"),
        says(200, R"({"paid":true})"), hangs(std::chrono::milliseconds{600})}) {
    const StandIn stripe{{unclear, unclear, charged}};
    CHECK(charge_id(charge_at(stripe)) == "ch_1");
    const auto asked = stripe.asked();
    REQUIRE(asked.size() == 3);
    CHECK(asked[1].idempotency_key == asked[0].idempotency_key);
    CHECK(asked[2].idempotency_key == asked[0].idempotency_key);
  }
}

TEST_CASE("what asking again cannot mend is asked once, and names no secret") {
  for (const auto& ours :
       {says(401, R"({"error":{"message":"Invalid API Key: sk_test_secret"}})"),
        says(400, R"({"error":{"message":"Invalid currency","param":"currency"}})")}) {
    const StandIn stripe{{ours}};
    const auto outcome = charge_at(stripe);
    const auto* wrong = std::get_if<Misconfigured>(&outcome);
    REQUIRE(wrong != nullptr);
    CHECK(wrong->why.find("sk_test") == std::string::npos);
    CHECK(stripe.asked().size() == 1);
  }
}

TEST_CASE("a wrong key says nothing about an attempt before it") {
  const StandIn stripe{{says(500, "{}"), says(401, "{}")}};
  CHECK(std::holds_alternative<Unknown>(charge_at(stripe)));
  CHECK(stripe.asked().size() == 2);
  // But one that was turned away at the door was not carried out.
  const StandIn busy{{says(429, "{}"), says(401, "{}")}};
  CHECK(std::holds_alternative<Misconfigured>(charge_at(busy)));
}

TEST_CASE(
    "a server that drips, and one that never ends, hold a worker no longer than a silent one") {
  const StandIn drips{{[](httplib::Response& response) {
    response.set_content_provider(
        1'000'000, "application/json", [](std::size_t, std::size_t, httplib::DataSink& sink) {
          std::this_thread::sleep_for(std::chrono::milliseconds(50));  // it drips
          return sink.write(" ", 1);
        });
  }}};
  CHECK(std::holds_alternative<Unknown>(charge_at(drips)));
  CHECK(drips.asked().size() == 3);
  const StandIn floods{{[](httplib::Response& response) {
    response.set_chunked_content_provider("application/json",
                                          [](std::size_t, httplib::DataSink& sink) {
                                            const std::string block(100'000, ' ');
                                            return sink.write(block.data(), block.size());
                                          });
  }}};
  auto options = options_for(floods.address());
  options.timeout_ms = 60'000;  // its size alone ends it
  CHECK(std::holds_alternative<Unknown>(make_stripe_gateway(options)->charge(ten_dollars)));
}

TEST_CASE(
    "a look-up asks for the payment and charges nothing; where none can search, it reads on") {
  const auto charge = [](const std::string& id, const PaymentId& of) {
    return R"({"id":")" + id + R"(","metadata":{"payment":")" + of.hex() + R"("}})";
  };
  const auto other = *PaymentId::parse("000000000000000000000001");
  const StandIn found{{says(200, "{\"data\":[" + charge("ch_7", payment) + "]}")}};
  const auto known = make_stripe_gateway(options_for(found.address()))->look_up(ten_dollars);
  REQUIRE(std::holds_alternative<Order::Captured>(known));
  CHECK(std::get<Order::Captured>(known).charge == "ch_7");
  REQUIRE(found.asked().size() == 1);
  CHECK(found.asked()[0].path == "/v1/charges/search");
  CHECK(found.asked()[0].idempotency_key.empty());
  CHECK(found.asked()[0].form.find("query")->second ==
        "metadata[\"payment\"]:\"65a1f0c2b3d4e5f60718293a\"");

  const StandIn cannot_search{
      {says(400, "{}"), says(200, "{\"data\":[" + charge("ch_5", other) + "],\"has_more\":true}"),
       says(200, "{\"data\":[" + charge("ch_7", payment) + "]}")}};
  const auto read_on =
      make_stripe_gateway(options_for(cannot_search.address()))->look_up(ten_dollars);
  REQUIRE(std::holds_alternative<Order::Captured>(read_on));
  const auto asked = cannot_search.asked();
  REQUIRE(asked.size() == 3);
  CHECK(asked[1].path == "/v1/charges");
  CHECK(asked[2].form.find("starting_after")->second == "ch_5");

  const StandIn nothing{{says(200, R"({"data":[]})")}};
  CHECK(std::holds_alternative<NothingKnown>(
      make_stripe_gateway(options_for(nothing.address()))->look_up(ten_dollars)));
  for (const auto& unclear : {says(500, "{}"), says(401, "{}"), says(200, R"({"data":null})")}) {
    const StandIn stripe{{unclear}};
    CHECK(std::holds_alternative<Unknown>(
        make_stripe_gateway(options_for(stripe.address()))->look_up(ten_dollars)));
  }
}

TEST_CASE("a redirect is not followed: the key and the card go nowhere else") {
  const StandIn elsewhere{{charged}};
  const StandIn stripe{{[&](httplib::Response& response) {
    response.status = 307;
    response.set_header("Location", elsewhere.address() + "/v1/charges");
  }}};
  CHECK(std::holds_alternative<Unknown>(charge_at(stripe)));
  CHECK(elsewhere.asked().empty());
}

TEST_CASE("an answer that breaks off, or that is not there, is unknown") {
  const auto breaks_off = [](httplib::Response& response) {
    response.set_content_provider(1'000, "application/json",
                                  [](std::size_t, std::size_t, httplib::DataSink& sink) {
                                    const std::string whole = R"({"id":"ch_1"})";
                                    sink.write(whole.data(), whole.size());
                                    return false;
                                  });
  };
  for (const auto& answer : {StandIn::Answer{breaks_off}, says(200, ""), says(204, "")}) {
    const StandIn stripe{{answer}};
    CHECK(std::holds_alternative<Unknown>(charge_at(stripe)));
    CHECK(stripe.asked().size() == 3);
  }
}

TEST_CASE("a price that Stripe has no amount for is refused, and never rounded") {
  const StandIn stripe{{charged}};
  auto options = options_for(stripe.address());
  options.currency = *find_currency("mga");  // Stripe's ariary has no parts
  const auto gateway = make_stripe_gateway(options);
  auto odd = ten_dollars;
  odd.amount = Money{100'050};
  const auto outcome = gateway->charge(odd);
  REQUIRE(std::holds_alternative<Order::Refused>(outcome));
  CHECK(std::get<Order::Refused>(outcome).code == "payment_unavailable");
  CHECK(stripe.asked().empty());
  odd.amount = Money{100'000};
  CHECK(charge_id(gateway->charge(odd)) == "ch_1");
  CHECK(stripe.asked().at(0).form.find("amount")->second == "1000");
}

TEST_CASE("after the last attempt the outcome is unknown, never declined, and names no secret") {
  for (const auto& unclear : {says(500, R"({"error":{"message":"sk_test_secret"}})"),
                              says(200, R"({"id":"ch_1","paid":false,"captured":true})"),
                              says(200, R"({"id":"ch_1","paid":true,"captured":false})"),
                              says(200, R"({"id":"ch_1","paid":null})")}) {
    const StandIn stripe{{unclear}};
    const auto outcome = charge_at(stripe);
    const auto* unknown = std::get_if<Unknown>(&outcome);
    REQUIRE(unknown != nullptr);
    CHECK(unknown->why.find("sk_test") == std::string::npos);
    CHECK(stripe.asked().size() == 3);
  }
}

TEST_CASE("nobody listens: the outcome is unknown") {
  std::string address;
  {
    const StandIn gone{{charged}};
    address = gone.address();
  }
  const auto outcome = make_stripe_gateway(options_for(address))->charge(ten_dollars);
  CHECK(std::holds_alternative<Unknown>(outcome));
}

TEST_CASE("a refund is done once, also when Stripe says that it was") {
  for (const auto& answer :
       {says(200, R"({"id":"re_1"})"),
        says(400, R"({"error":{"code":"charge_already_refunded","message":"already"}})")}) {
    const StandIn stripe{{says(500, "{}"), answer}};
    const auto gateway = make_stripe_gateway(options_for(stripe.address()));
    CHECK(std::holds_alternative<RefundDone>(gateway->refund({payment, Money{1'000}, "ch_1"})));
    const auto asked = stripe.asked();
    REQUIRE(asked.size() == 2);
    CHECK(asked[1].path == "/v1/refunds");
    CHECK(asked[1].idempotency_key == "usher-refund-65a1f0c2b3d4e5f60718293a");
    CHECK(asked[1].form == httplib::Params{{"amount", "1000"}, {"charge", "ch_1"}});
  }
}

TEST_CASE("over TLS the certificate is verified before anything is said") {
  const Certificate certificate;
  const StandIn stripe{
      std::make_unique<httplib::SSLServer>(certificate.file().c_str(), certificate.key().c_str()),
      {charged},
      "https://127.0.0.1:"};
  auto options = options_for(stripe.address());
  const auto outcome = make_stripe_gateway(options)->charge(ten_dollars);
  CHECK(std::holds_alternative<Unknown>(outcome));
  CHECK(stripe.asked().empty());
  options.ca_file = certificate.file();
  CHECK(charge_id(make_stripe_gateway(options)->charge(ten_dollars)) == "ch_1");
  CHECK(stripe.asked().size() == 1);
}
