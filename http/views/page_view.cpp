#include "http/views/page_view.hpp"

#include "base/json_writer.hpp"

namespace usher::http {

std::string current_user_json(const std::optional<Session>& session) {
  if (!session) return "null";
  return json_of([&](JsonWriter& json) {
    json.begin_object().field("id", session->user.text);
    if (session->email) json.field("email", *session->email);
    if (session->issued_s) json.field("iat", *session->issued_s);
    json.end_object();
  });
}

std::string config_json(const RouteOptions& options) {
  const auto& validation = options.validation;
  return json_of([&](JsonWriter& json) {
    json.begin_object();
    const auto price = [&](std::int64_t minor) {
      return to_decimal(Money{minor}, validation.currency);
    };
    json.field("currency", options.currency().code);
    json.field("currencyDecimals", options.currency().decimals);
    json.field("gateway", options.gateway);
    json.field("stripePublishableKey", options.stripe_publishable_key);
    json.field("orderLifetimeMs", options.order_lifetime_ms);
    json.key("priceMin").raw(price(validation.price_minor_min));
    json.key("priceMax").raw(price(validation.price_minor_max));
    json.key("priceStep").raw(price(validation.price_minor_step));
    json.field("titleLengthMax", validation.title_length_max);
    json.field("passwordLengthMin", validation.password_length_min);
    json.field("passwordLengthMax", validation.password_length_max);
    json.field("pageLimitMax", options.pages.rows_max);
    json.end_object();
  });
}

std::string escaped_for_script(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

}  // namespace usher::http
