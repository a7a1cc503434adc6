// Any body: it is refused, or every rule answers, and what a rule lets through keeps its promise.
#include <cstdint>
#include <cstdlib>

#include "http/front/text.hpp"
#include "http/requests/validation.hpp"

namespace {

using namespace usher;
using namespace usher::http;

void demand(bool promise) {
  if (!promise) std::abort();
}

template <class T>
void demand_complaints(const Validated<T>& result) {
  if (result) return;
  demand(!result.error().empty());
  for (const auto& complaint : result.error())
    demand(!complaint.message.empty() && !complaint.field.empty());
}

void check_credentials(const JsonBody& body, const ValidationLimits& limits) {
  const auto credentials = validate_sign_up(body, limits);
  demand_complaints(credentials);
  demand_complaints(validate_sign_in(body));
  if (!credentials) return;
  const auto length = count_code_points(credentials->password);
  demand(length >= limits.password_length_min && length <= limits.password_length_max);
  demand(without_blanks(credentials->password) == credentials->password);
  demand(is_email(credentials->account.text));
  demand(account_name(credentials->account.text) == credentials->account);
}

void check_offer(const JsonBody& body, const ValidationLimits& limits) {
  const auto offer = validate_offer(body, limits, OfferRule::create);
  demand_complaints(offer);
  if (!offer) return;
  demand(!offer->title.empty() && is_utf8(offer->title));
  demand(count_code_points(offer->title) <= limits.title_length_max);
  demand(offer->price.minor > 0 && offer->price.minor <= limits.price_minor_max);
  demand(parse_money(to_decimal(offer->price, usd), usd) == offer->price);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Request request;
  request.headers.add("Content-Type", "application/json");
  request.body.assign(reinterpret_cast<const char*>(data), size);
  const auto body = parse_body(request, {.depth_max = 8});
  if (!body) {
    demand(body.error().status == 400 && !body.error().complaint.message.empty());
    return 0;
  }
  demand(is_utf8(request.body));
  const ValidationLimits limits{.title_length_max = 10, .price_minor_max = 1'000'000};
  for (const auto& [name, field] : body->fields) demand(is_utf8(field.as_text().value_or("")));
  check_credentials(*body, limits);
  check_offer(*body, limits);
  demand_complaints(validate_order(*body));
  demand_complaints(validate_payment(*body, limits));
  return 0;
}
