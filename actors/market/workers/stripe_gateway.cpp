// Stripe's charges API. A definite answer is a charge (captured) or HTTP 402 (refused, with the
// card's error). Everything else, time-outs, 409, 429, 5xx, answers that cannot be read, is
// Unknown: the same idempotency key asks again. A 400 or 401 is our mistake (a bad token, a wrong
// key): a bad token is refused; the rest stays Unknown, so that a wrong key declines nobody.
#include <httplib.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/market/workers/payment_gateway.hpp"

namespace usher {
namespace {

using Json = nlohmann::json;

std::string text_at(const Json& json, const char* outer, const char* inner) {
  if (!json.is_object() || !json.contains(outer)) return {};
  const auto& object = json[outer];
  if (!object.is_object() || !object.contains(inner) || !object[inner].is_string()) return {};
  return object[inner].get<std::string>();
}

std::string id_of(const Json& json) {
  if (!json.is_object() || !json.contains("id") || !json["id"].is_string()) return {};
  return json["id"].get<std::string>();
}

ChargeOutcome read_charge(int status, const Json& body) {
  const auto id = id_of(body);
  if (status == 200 && !id.empty()) {
    const bool paid = body.value("paid", true) && body.value("captured", true);
    if (paid) return Order::Captured{id};
    return Unknown{"the charge is neither paid nor refused"};
  }
  const auto message = text_at(body, "error", "message");
  if (status == 402) return Order::Refused{message.empty() ? "Your card was declined." : message};
  const auto parameter = text_at(body, "error", "param");
  if (status == 400 && (parameter == "source" || parameter == "card"))
    return Order::Refused{message.empty() ? "The card could not be used." : message};
  return Unknown{"the gateway answered " + std::to_string(status)};
}

class StripeGateway final : public PaymentGateway {
 public:
  explicit StripeGateway(StripeOptions options) : options_(std::move(options)) {}

  ChargeOutcome charge(const Order::ChargeCard& charge) override {
    const httplib::Params form{{"amount", std::to_string(charge.amount.minor)},
                               {"currency", options_.currency},
                               {"source", charge.token},
                               {"metadata[payment]", charge.payment.hex()}};
    ChargeOutcome outcome = Unknown{};
    ask(
        "/v1/charges", "usher-charge-" + charge.payment.hex(), form,
        [&](int status, const Json& body) {
          outcome = read_charge(status, body);
          return !std::holds_alternative<Unknown>(outcome);
        },
        [&](std::string why) { outcome = Unknown{std::move(why)}; });
    return outcome;
  }

  RefundOutcome refund(const Order::GiveBack& refund) override {
    const httplib::Params form{{"charge", refund.charge},
                               {"amount", std::to_string(refund.amount.minor)}};
    RefundOutcome outcome = Unknown{};
    ask(
        "/v1/refunds", "usher-refund-" + refund.payment.hex(), form,
        [&](int status, const Json& body) {
          const bool already = text_at(body, "error", "code") == "charge_already_refunded";
          if ((status == 200 && !id_of(body).empty()) || already)
            outcome = RefundDone{};
          else
            outcome = Unknown{"the gateway answered " + std::to_string(status)};
          return std::holds_alternative<RefundDone>(outcome);
        },
        [&](std::string why) { outcome = Unknown{std::move(why)}; });
    return outcome;
  }

 private:
  // Until `read` says that the answer is definite, at most attempts_max times, with growing pauses.
  template <class Read, class Failed>
  void ask(const char* path, const std::string& key, const httplib::Params& form, Read read,
           Failed failed) {
    DurationMs pause_ms = options_.backoff_ms;
    for (int attempt = 1; attempt <= options_.attempts_max; ++attempt) {
      if (attempt > 1) {
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
        pause_ms *= 2;
      }
      // One client a call: httplib's is not made for several threads.
      httplib::Client client{options_.base_url};
      const auto timeout = std::chrono::milliseconds(options_.timeout_ms);
      client.set_connection_timeout(timeout);
      client.set_read_timeout(timeout);
      client.set_write_timeout(timeout);
      client.enable_server_certificate_verification(true);
      if (!options_.ca_file.empty()) client.set_ca_cert_path(options_.ca_file);
      const httplib::Headers headers{{"Authorization", "Bearer " + options_.secret_key},
                                     {"Idempotency-Key", key}};
      const auto result = client.Post(path, headers, form);
      if (!result) {
        failed("no answer: " + httplib::to_string(result.error()));
        continue;
      }
      const auto body = Json::parse(result->body, nullptr, /*allow_exceptions=*/false);
      if (read(result->status, body)) return;
    }
  }

  StripeOptions options_;
};

}  // namespace

std::unique_ptr<PaymentGateway> make_stripe_gateway(StripeOptions options) {
  return std::make_unique<StripeGateway>(std::move(options));
}

}  // namespace usher
