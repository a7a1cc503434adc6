#include "http/routes/page_state.hpp"

#include <utility>

#include "http/front/json.hpp"
#include "http/routes/context.hpp"
#include "http/routes/queries.hpp"
#include "http/views/json_views.hpp"

namespace usher::http {

std::string current_user_json(const std::optional<Session>& session) {
  if (!session) return "null";
  std::string out = "{\"id\":";
  append_json(out, session->user.text);
  if (session->email) {
    out += ",\"email\":";
    append_json(out, *session->email);
  }
  if (session->issued_s) out += ",\"iat\":" + std::to_string(*session->issued_s);
  return out + '}';
}

std::string config_json(const Context& context) {
  const auto& options = context.options;
  const auto& validation = options.validation;
  std::string out = "{\"currency\":";
  append_json(out, options.currency);
  out += ",\"gateway\":";
  append_json(out, options.gateway);
  out += ",\"stripePublishableKey\":";
  if (options.stripe_publishable_key)
    append_json(out, *options.stripe_publishable_key);
  else
    out += "null";
  out += ",\"orderLifetimeMs\":" + std::to_string(options.order_lifetime_ms);
  out += ",\"priceMax\":" + to_decimal(Money{validation.price_minor_max});
  out += ",\"titleLengthMax\":" + std::to_string(validation.title_length_max);
  out += ",\"passwordLengthMin\":" + std::to_string(validation.password_length_min);
  out += ",\"passwordLengthMax\":" + std::to_string(validation.password_length_max);
  out += ",\"pageLimitMax\":" + std::to_string(options.pages.rows_max);
  return out + '}';
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

asio::awaitable<std::string> page_state(Context& context, const Request& request) {
  TicketSearch search{.sort = TicketSort::newest, .text = {}, .page = {}};
  search.page.limit = context.options.pages.first_page_rows;
  auto reading = tickets_for_sale(context.market, std::move(search));
  const auto page = co_await std::move(reading);

  std::string out = "{\"currentUser\":" + current_user_json(context.session(request));
  out += ",\"tickets\":";
  if (page) {
    out += "{\"rows\":" + json_array(page->rows) + ",\"next\":";
    if (page->next)
      append_json(out, *page->next);
    else
      out += "null";
    out += '}';
  } else {
    out += "null";
  }
  out += ",\"config\":" + config_json(context);
  out += ",\"serverTime\":\"" + iso_time(context.market.now()) + "\"}";
  co_return escaped_for_script(out);
}

}  // namespace usher::http
