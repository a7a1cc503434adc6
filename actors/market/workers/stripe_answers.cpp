#include "actors/market/workers/stripe_answers.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "actors/market/domain/decline.hpp"
#include "base/text.hpp"

namespace usher {
namespace {

using Json = nlohmann::json;

constexpr std::size_t shown_bytes_max = 100;  // of a body or a field, in the log
constexpr std::size_t words_bytes_max = 500;  // for the buyer
constexpr std::size_t charge_id_bytes_max = 255;
constexpr int depth_max = 32;  // of nested JSON; writing it for the log takes stack for each

constexpr std::string_view too_small =
    "This price is below what our payment service can charge. Nothing was charged.";
constexpr std::string_view too_large =
    "This price is above what our payment service can charge. Nothing was charged.";

// ---- reading JSON that may be anything

const Json* member(const Json& json, const char* name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() ? nullptr : &*found;
}

// Empty unless it is there and a text.
std::string text_at(const Json& json, const char* name) {
  const auto* found = member(json, name);
  return found && found->is_string() ? found->get<std::string>() : std::string{};
}

// It is kept in an event, shown to the operator and sent back: a word without blanks.
bool is_charge_id(std::string_view text) {
  return !text.empty() && text.size() <= charge_id_bytes_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_absent(const Json& json, const char* name) { return member(json, name) == nullptr; }
bool is_true(const Json& json, const char* name) {
  const auto* found = member(json, name);
  return found && found->is_boolean() && found->get<bool>();
}
bool is_false_or_absent(const Json& json, const char* name) {
  const auto* found = member(json, name);
  return !found || (found->is_boolean() && !found->get<bool>());
}
bool is_absent_or(const Json& json, const char* name, std::string_view text) {
  return is_absent(json, name) || text_at(json, name) == text;
}
bool is_absent_or(const Json& json, const char* name, std::int64_t number) {
  const auto* found = member(json, name);
  return !found || (found->is_number_integer() && *found == number);
}

// ---- for the log: nothing secret, nothing of the buyer's, one short line

std::string shown(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, shown_bytes_max)) out += c >= ' ' && c <= '~' ? c : '?';
  if (bytes.size() > shown_bytes_max) out += "...";
  // Stripe repeats parts of a wrong key.
  for (const std::string_view key : {"sk_", "rk_", "whsec_"})
    for (auto at = out.find(key); at != std::string::npos; at = out.find(key, at)) {
      const auto end = out.find_first_of(" \"',.;:)", at);
      out.replace(at, end == std::string::npos ? end : end - at, "(a key)");
    }
  return out;
}

std::string shown_json(const Json& json) {
  return shown(json.dump(-1, ' ', true, Json::error_handler_t::replace));
}

std::string field(const Json& json, const char* name) {
  const auto* found = member(json, name);
  return found ? std::string{" "} + name + "=" + shown_json(*found) : std::string{};
}

std::string describe(const HttpsAnswer& answer, const Json& body) {
  std::string out = "the gateway answered " + std::to_string(answer.status);
  if (!body.is_object())
    return out + " with " + std::to_string(answer.body.size()) +
           " bytes that are no object: " + shown(answer.body);
  const auto* error = member(body, "error");
  const auto& told = error ? *error : body;
  if (!told.is_object()) return out + ": " + shown_json(told);
  for (const char* name : {"type", "code", "decline_code", "param", "message", "object", "id",
                           "paid", "captured", "status", "amount", "currency"})
    out += field(told, name);
  return out;
}

// Discarded, so no object, when it is no JSON or nested deeper than anything of Stripe's.
Json parsed(const HttpsAnswer& answer) {
  bool is_deep = false;
  auto keep = [&is_deep](int depth, Json::parse_event_t, const Json&) {
    is_deep = is_deep || depth > depth_max;
    return !is_deep;
  };
  auto json = Json::parse(answer.body, keep, /*allow_exceptions=*/false);
  return is_deep ? Json{Json::value_t::discarded} : json;
}

// ---- errors

struct Error {
  std::string type, code, decline_code, message, param;
};

// Stripe's words for it; everything else is `otherwise`. It advises not to tell a buyer of some
// (stolen_card, fraudulent, ...): those are a card that was declined.
std::string as_code(std::string_view text, std::string_view otherwise) {
  struct Alias {
    std::string_view stripe, ours;
  };
  static constexpr std::array<Alias, 12> aliases = {{
      {"card_declined", decline::card_declined},
      {"insufficient_funds", decline::insufficient_funds},
      {"expired_card", decline::expired_card},
      {"invalid_expiry_month", decline::expired_card},
      {"invalid_expiry_year", decline::expired_card},
      {"incorrect_number", decline::incorrect_number},
      {"invalid_number", decline::incorrect_number},
      {"incorrect_cvc", decline::incorrect_cvc},
      {"invalid_cvc", decline::incorrect_cvc},
      {"processing_error", decline::processing_error},
      {"authentication_required", decline::authentication_required},
      {"card_not_supported", decline::card_unusable},
  }};
  const auto found = std::find_if(aliases.begin(), aliases.end(),
                                  [&](const Alias& alias) { return alias.stripe == text; });
  return std::string{found == aliases.end() ? otherwise : found->ours};
}

std::optional<Error> error_of(const Json& body) {
  const auto* error = member(body, "error");
  if (!error || !error->is_object()) return std::nullopt;
  return Error{text_at(*error, "type"), text_at(*error, "code"), text_at(*error, "decline_code"),
               text_at(*error, "message"), text_at(*error, "param")};
}

std::string words(const std::string& message, std::string_view otherwise) {
  const bool is_fit =
      !message.empty() && message.size() <= words_bytes_max && !fault_of_line(message);
  return is_fit ? message : std::string{otherwise};
}

Order::Refused declined(const Error& error) {
  const auto by_code = as_code(error.code, decline::card_declined);
  auto code = as_code(error.decline_code, by_code);  // the bank's word says more
  if (code == decline::authentication_required || by_code == decline::authentication_required)
    return {std::string{needs_bank_words}, std::string{decline::authentication_required}};
  return {words(error.message, "Your card was declined."), std::move(code)};
}

bool is_about_the_card(const Error& error) {
  static constexpr std::array<std::string_view, 5> parameters = {"source", "card", "token",
                                                                 "payment_method", "number"};
  static constexpr std::array<std::string_view, 13> codes = {"charge_exceeds_source_limit",
                                                             "expired_card",
                                                             "incorrect_cvc",
                                                             "incorrect_number",
                                                             "incorrect_zip",
                                                             "invalid_card_type",
                                                             "invalid_cvc",
                                                             "invalid_expiry_month",
                                                             "invalid_expiry_year",
                                                             "invalid_number",
                                                             "invalid_source_usage",
                                                             "token_already_used",
                                                             "token_card_network_invalid"};
  const auto parameter = std::string_view{error.param}.substr(0, error.param.find('['));
  return std::find(parameters.begin(), parameters.end(), parameter) != parameters.end() ||
         std::find(codes.begin(), codes.end(), error.code) != codes.end();
}

// Says nothing about whether the request was carried out, or will be: it is asked again.
bool is_passing(int status, const Error& error) {
  if (status < 400 || status >= 500) return true;
  static constexpr std::array<int, 5> statuses = {408, 409, 424, 425, 429};
  if (std::find(statuses.begin(), statuses.end(), status) != statuses.end()) return true;
  return error.type == "api_error" || error.type == "api_connection_error" ||
         error.type == "rate_limit_error" || error.code == "rate_limit" ||
         error.code == "lock_timeout" || error.code == "idempotency_key_in_use" ||
         error.code == "token_in_use";
}

ChargeOutcome read_refusal(const HttpsAnswer& answer, const Json& body, const AskedCharge& asked) {
  const auto error = error_of(body).value_or(Error{});
  auto why = describe(answer, body);
  if (error.type == "idempotency_error" && error.code != "idempotency_key_in_use")
    return Unknown{std::move(why), /*key_is_spent=*/true};
  if (is_passing(answer.status, error)) return Unknown{std::move(why)};
  if (answer.status == 402 || error.type == "card_error") return declined(error);
  if (answer.status != 401 && answer.status != 403) {
    if (error.code == "amount_too_small")
      return Order::Refused{std::string{too_small}, std::string{decline::amount_too_small}};
    if (error.code == "amount_too_large")
      return Order::Refused{std::string{too_large}, std::string{decline::amount_too_large}};
    // It may be our own earlier attempt that has used it.
    if (error.code == "token_already_used" && asked.may_be_charged) return Unknown{std::move(why)};
    if (is_about_the_card(error))
      return Order::Refused{words(error.message, "The card could not be used."),
                            as_code(error.code, decline::card_unusable)};
  }
  if (asked.may_be_charged) return Unknown{std::move(why), false, /*misconfigured=*/true};
  return Misconfigured{std::move(why)};
}

// ---- charges

// Of this payment: as its metadata says, if that is shown.
bool is_of(const Json& charge, const PaymentId& payment) {
  const auto* metadata = member(charge, "metadata");
  return !metadata || (metadata->is_object() && is_absent_or(*metadata, "payment", payment.hex()));
}

bool is_what_was_asked(const Json& charge, const AskedCharge& asked) {
  return is_absent_or(charge, "object", "charge") && is_of(charge, asked.payment) &&
         is_absent_or(charge, "amount", asked.amount) &&
         is_absent_or(charge, "currency", asked.currency);
}

// nullopt: it says neither yes nor no, or speaks of something else.
std::optional<std::variant<Order::Captured, Order::Refused>> outcome_of(const Json& charge,
                                                                        const AskedCharge& asked) {
  const auto id = text_at(charge, "id");
  const auto status = text_at(charge, "status");
  if (!is_charge_id(id) || !is_absent(charge, "error")) return std::nullopt;
  if (!is_what_was_asked(charge, asked)) return std::nullopt;
  // Somebody has given it back by hand already.
  if (is_true(charge, "refunded"))
    return Order::Refused{"The payment was given back.", std::string{decline::payment_refunded}};
  if (!is_false_or_absent(charge, "refunded")) return std::nullopt;
  if (status == "failed")
    return is_true(charge, "paid")
               ? std::nullopt  // it contradicts itself
               : std::optional{Order::Refused{
                     words(text_at(charge, "failure_message"), "Your card was declined."),
                     as_code(text_at(charge, "failure_code"), decline::card_declined)}};
  const bool paid = is_absent(charge, "paid") || is_true(charge, "paid");
  const bool captured = is_absent(charge, "captured") || is_true(charge, "captured");
  const bool succeeded = is_absent_or(charge, "status", "succeeded");
  if (!paid || !captured || !succeeded) return std::nullopt;
  return Order::Captured{id};
}

// Which of the charges on a page are of a payment; nullopt: who knows.
std::optional<bool> is_marked(const Json& charge, const PaymentId& payment) {
  if (!charge.is_object()) return std::nullopt;
  const auto* metadata = member(charge, "metadata");
  if (!metadata) return false;
  if (!metadata->is_object()) return std::nullopt;
  const auto* mark = member(*metadata, "payment");
  if (!mark) return false;
  if (!mark->is_string()) return std::nullopt;
  return mark->get<std::string>() == payment.hex();
}

}  // namespace

ChargeOutcome read_charge(const HttpsAnswer& answer, const AskedCharge& asked) {
  const auto body = parsed(answer);
  if (answer.status != 200) return read_refusal(answer, body, asked);
  if (const auto outcome = outcome_of(body, asked))
    return std::visit([](const auto& known) -> ChargeOutcome { return known; }, *outcome);
  return Unknown{describe(answer, body)};
}

// "Nothing known" lets an order go on without this money, so it takes a page that is one all over.
ChargesPage read_charges(const HttpsAnswer& answer, const AskedCharge& asked) {
  const auto body = parsed(answer);
  const auto* data = member(body, "data");
  const bool has_more = is_true(body, "has_more");
  const bool is_page = answer.status == 200 && data && data->is_array() &&
                       is_absent(body, "error") &&
                       (has_more || is_false_or_absent(body, "has_more"));
  if (!is_page) {
    const bool ours = answer.status == 401 || answer.status == 403;
    return {Unknown{describe(answer, body), false, ours}, {}, false};
  }
  ChargesPage page{NothingKnown{}, {}, has_more};
  for (const auto& charge : *data) {
    page.last_id = text_at(charge, "id");
    const auto is_ours = is_marked(charge, asked.payment);
    if (!is_ours) return {Unknown{describe(answer, charge)}, {}, false};
    if (!*is_ours) continue;
    const auto outcome = outcome_of(charge, asked);
    if (!outcome) return {Unknown{describe(answer, charge)}, {}, false};
    page.outcome = std::visit([](const auto& known) -> LookUpOutcome { return known; }, *outcome);
    if (std::holds_alternative<Order::Captured>(*outcome)) break;  // stronger than a failed try
  }
  return page;
}

// Of what was asked for, and of nothing else.
static bool is_that_refund(const Json& refund, const AskedRefund& asked) {
  return is_charge_id(text_at(refund, "id")) && is_absent(refund, "error") &&
         is_absent_or(refund, "object", "refund") && is_absent_or(refund, "charge", asked.charge) &&
         is_absent_or(refund, "amount", asked.amount) &&
         is_absent_or(refund, "currency", asked.currency);
}

RefundOutcome read_refund(const HttpsAnswer& answer, const AskedRefund& asked) {
  const auto body = parsed(answer);
  auto why = describe(answer, body);
  if (answer.status == 200) {
    const auto status = text_at(body, "status");
    if (!is_that_refund(body, asked)) return Unknown{std::move(why)};
    if (is_absent(body, "status") || status == "succeeded") return RefundDone{};
    if (status == "pending") return RefundDone{/*is_pending=*/true};
    if (status == "failed" || status == "canceled" || status == "requires_action")
      return RefundRefused{std::move(why)};
    return Unknown{std::move(why)};
  }
  const auto known = error_of(body);
  const auto error = known.value_or(Error{});
  if (error.code == "charge_already_refunded") return RefundDone{};
  if (is_passing(answer.status, error)) return Unknown{std::move(why)};
  // The account has no money now, or the key is wrong: an operator mends it, then it goes through.
  const bool ours = answer.status == 401 || answer.status == 403 || !known ||
                    error.type == "idempotency_error" || error.code == "balance_insufficient" ||
                    error.code == "insufficient_funds";
  if (ours) return Unknown{std::move(why), false, /*misconfigured=*/true};
  return RefundRefused{std::move(why)};
}

}  // namespace usher
