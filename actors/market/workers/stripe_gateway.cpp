// Stripe's charges API: which calls are made, and how often. What answers mean: stripe_answers.hpp.
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "actors/market/domain/decline.hpp"
#include "actors/market/workers/https_call.hpp"
#include "actors/market/workers/payment_gateway.hpp"
#include "actors/market/workers/stripe_amounts.hpp"
#include "actors/market/workers/stripe_answers.hpp"

namespace usher {
namespace {

// Charges are looked for from a little before the payment began (two clocks are compared) to when
// no attempt can have been carried out any more.
constexpr std::int64_t clocks_differ_s = 600;
constexpr std::int64_t tried_s = 26 * 3'600;
constexpr int list_pages_max = 10;
constexpr const char* list_page_charges = "100";

class StripeGateway final : public PaymentGateway {
 public:
  explicit StripeGateway(StripeOptions options) : options_(std::move(options)) {}

  AmountLimits limits() const override { return stripe_limits(options_.currency); }

  ChargeOutcome charge(const Order::ChargeCard& charge) override {
    // Listed before prices were checked, or under another gateway: rounding would charge something
    // else than the price.
    if (charge.amount.minor % limits().step != 0)
      return Order::Refused{"This price cannot be charged exactly. Nothing was charged.",
                            std::string{decline::payment_unavailable}};
    auto asked = asked_for(charge);
    const Form form{{"amount", std::to_string(asked.amount)},
                    {"currency", std::string{options_.currency.code}},
                    {"source", charge.token},
                    {"metadata[payment]", charge.payment.hex()}};
    ChargeOutcome outcome = Unknown{};
    for_each_attempt([&] {
      const auto answer = post("/v1/charges", "usher-charge-" + charge.payment.hex(), form);
      outcome = answer ? read_charge(*answer, asked)
                       : ChargeOutcome{Unknown{"no answer: " + answer.error().why}};
      const auto* unknown = std::get_if<Unknown>(&outcome);
      // Too many requests: refused at the door. Everything else unclear may have been carried out.
      const bool turned_away = answer ? answer->status == 429 : !answer.error().was_sent;
      if (unknown && !turned_away) asked.may_be_charged = true;
      return unknown && !unknown->key_is_spent && !unknown->misconfigured;
    });
    return outcome;
  }

  LookUpOutcome look_up(const Order::ChargeCard& charge) override {
    const auto asked = asked_for(charge);
    const auto found = get("/v1/charges/search",
                           {{"query", "metadata[\"payment\"]:\"" + charge.payment.hex() + "\""},
                            {"limit", list_page_charges}});
    if (!found) return Unknown{"no answer: " + found.error().why};
    // Not every account can search. Then its charges of the time are looked through.
    const bool can_search = found->status != 400 && found->status != 404;
    if (!can_search) return look_through(charge, asked);
    auto page = read_charges(*found, asked);
    if (std::holds_alternative<NothingKnown>(page.outcome) && page.has_more)
      return Unknown{"the gateway's search found too many charges"};
    return std::move(page.outcome);
  }

  RefundOutcome refund(const Order::GiveBack& refund) override {
    const AskedRefund asked{refund.charge, stripe_amount(refund.amount, options_.currency),
                            options_.currency.code};
    const Form form{{"charge", asked.charge}, {"amount", std::to_string(asked.amount)}};
    RefundOutcome outcome = Unknown{};
    for_each_attempt([&] {
      const auto answer = post("/v1/refunds", "usher-refund-" + refund.payment.hex(), form);
      outcome = answer ? read_refund(*answer, asked)
                       : RefundOutcome{Unknown{"no answer: " + answer.error().why}};
      const auto* unknown = std::get_if<Unknown>(&outcome);
      return unknown && !unknown->misconfigured;
    });
    return outcome;
  }

 private:
  AskedCharge asked_for(const Order::ChargeCard& charge) const {
    return {charge.payment, stripe_amount(charge.amount, options_.currency), options_.currency.code,
            charge.again};
  }

  LookUpOutcome look_through(const Order::ChargeCard& charge, const AskedCharge& asked) const {
    const auto began_s = charge.started_at / 1'000;
    Form query{{"created[gte]", std::to_string(began_s - clocks_differ_s)},
               {"created[lte]", std::to_string(began_s + tried_s)},
               {"limit", list_page_charges}};
    for (int pages = 0; pages < list_pages_max; ++pages) {
      const auto answer = get("/v1/charges", query);
      if (!answer) return Unknown{"no answer: " + answer.error().why};
      auto page = read_charges(*answer, asked);
      if (!std::holds_alternative<NothingKnown>(page.outcome)) return std::move(page.outcome);
      if (!page.has_more) return NothingKnown{};
      if (page.last_id.empty()) break;
      if (pages > 0) query.pop_back();
      query.emplace_back("starting_after", page.last_id);
    }
    return Unknown{"there are more charges than are looked through"};
  }

  // At most attempts_max times, with growing pauses, for as long as `attempt` wants another one.
  template <class Attempt>
  void for_each_attempt(Attempt attempt) const {
    DurationMs pause_ms = options_.backoff_ms;
    for (int nth = 1; attempt() && nth < options_.attempts_max; ++nth) {
      std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
      pause_ms *= 2;
    }
  }

  HttpsCall call_of(std::string target) const {
    HttpsCall request;
    request.url = options_.base_url + std::move(target);
    request.headers = {"Authorization: Bearer " + options_.secret_key};
    request.timeout_ms = options_.timeout_ms;
    request.ca_file = options_.ca_file;
    return request;
  }

  tl::expected<HttpsAnswer, NoAnswer> post(const char* path, const std::string& key,
                                           const Form& form) const {
    auto request = call_of(path);
    request.headers.push_back("Idempotency-Key: " + key);
    request.post = &form;
    return call(request);
  }
  tl::expected<HttpsAnswer, NoAnswer> get(const std::string& path, const Form& query) const {
    return call(call_of(path + "?" + url_encoded(query)));
  }

  StripeOptions options_;
};

}  // namespace

std::unique_ptr<PaymentGateway> make_stripe_gateway(StripeOptions options) {
  return std::make_unique<StripeGateway>(std::move(options));
}

}  // namespace usher
