// Reservations and purchases of the signed-in user: /api/orders.
#include <utility>

#include "http/front/errors.hpp"
#include "http/front/json.hpp"
#include "http/front/json_body.hpp"
#include "http/requests/ask.hpp"
#include "http/requests/idempotency.hpp"
#include "http/requests/validation.hpp"
#include "http/routes/context.hpp"
#include "http/routes/listing.hpp"
#include "http/routes/preconditions.hpp"
#include "http/routes/queries.hpp"
#include "http/routes/sessions.hpp"
#include "http/views/conditional.hpp"
#include "http/views/json_views.hpp"
#include "http/views/problem.hpp"

namespace usher::http {
namespace {

// The time that is left runs on: an order must not be taken from a cache by itself.
constexpr const char* never_stored = "private, no-store";

Response order_response(const Context& context, int status, const OrderId& id, Version version,
                        const Order::State& order) {
  auto response = json_response(status, json_of([&](JsonWriter& json) {
                                  write_order(json, id, version, order, context.market.now(),
                                              context.options.currency());
                                }));
  response.header("ETag", order_etag(version, order));
  response.header("Cache-Control", never_stored);
  return response;
}

asio::awaitable<Answered<Reservation>> reserve(Market& market, TicketId ticket, UserId buyer,
                                               DurationMs hold_ms, MadeOnce once) {
  auto start = [&market, ticket, buyer = std::move(buyer), hold_ms,
                once = std::move(once)](Callback<Reservation> done) mutable {
    market.reserve(ticket, std::move(buyer), hold_ms, std::move(once), std::move(done));
  };
  return answer_of<Reservation>(std::move(start));
}

// GET /api/orders?limit&after  ->  200 | 400 | 401 | 503
asio::awaitable<Response> list_orders(Context& context, const Request& request) {
  auto asking_who = signed_in(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return session.error();
  const auto& limits = context.options.pages;
  const auto scope = scope_of(request, "/api/orders", session->user.text);
  auto page_request = read_page(request, limits, scope);
  if (!page_request) co_return problem(page_request.error());
  auto reading = orders_of(context.market, session->user, std::move(*page_request));
  const auto page = co_await std::move(reading);
  if (!page) co_return list_problem(page.error());
  auto response =
      json_response(200, json_array(page->rows, context.market.now(), context.options.currency()));
  response.header("ETag", list_etag(*page));
  response.header("Cache-Control", never_stored);
  add_next_link(response, request, "/api/orders", scope, page->next, limits);
  co_return response;
}

// POST /api/orders {ticketId}  ->  201 | 400 | 401 | 404 | 422 | 503
asio::awaitable<Response> post_order(Context& context, const Request& request) {
  const auto body = parse_body(request, context.options.body);
  if (!body) co_return problem(body.error());
  auto asking_who = signed_in(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return session.error();
  const auto ticket_id = validate_order(*body);
  if (!ticket_id) co_return problem(ticket_id.error());
  auto key = key_of(request, context.options.idempotency_key_length_max);
  if (!key) co_return problem(Complaints{key.error()});

  auto once = once_of(*key, request, session->user.text, "POST /api/orders", {ticket_id->hex()},
                      context.deadline());
  auto reserving = reserve(context.market, *ticket_id, session->user,
                           context.options.order_lifetime_ms, std::move(once));
  const auto reserved = co_await std::move(reserving);
  if (!reserved) co_return problem(reserved.error());
  auto response = json_response(201, json_of([&](JsonWriter& json) {
                                  write_reservation(json, *reserved, context.market.now(),
                                                    context.options.currency());
                                }));
  response.header("ETag", "W/" + version_etag(1));  // the time that is left runs on
  response.header("Cache-Control", never_stored);
  response.header("Location", "/api/orders/" + reserved->order.hex());
  co_return response;
}

// GET /api/orders/:id  ->  200 | 401 | 404 | 503
asio::awaitable<Response> get_order(Context& context, const Request& request) {
  auto asking_who = signed_in(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return session.error();
  const auto id = OrderId::parse(request.path_param("id"));
  if (!id) co_return not_found();
  auto asking = get<Order>(context.market, *id, context.deadline());
  const auto order = co_await std::move(asking);
  if (!order) co_return problem(order.error());
  if (order->state->buyer != session->user) co_return not_authorized();
  co_return order_response(context, 200, *id, order->version, *order->state);
}

// GET /api/orders/:id/history?limit&after  ->  200 | 400 | 401 | 404 | 503
asio::awaitable<Response> get_order_history(Context& context, const Request& request) {
  Market& market = context.market;
  auto asking_who = signed_in(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return session.error();
  const auto page = read_history_page(request, context.options.pages);
  if (!page) co_return problem(page.error());
  const auto id = OrderId::parse(request.path_param("id"));
  if (!id) co_return not_found();
  auto asking = get<Order>(market, *id, context.deadline());
  const auto order = co_await std::move(asking);
  if (!order) co_return problem(order.error());
  if (order->state->buyer != session->user) co_return not_authorized();

  auto reading =
      history<Order>(market, *id, Piece{page->after, page->limit, client_key(request.client)});
  const auto entries = co_await std::move(reading);
  if (!entries) co_return problem(entries.error());
  const TimeMs now = market.now();
  const auto write_one = [&](JsonWriter& json, const HistoryEntry<Order>& entry) {
    write_entry(json, *id, entry, now, context.options.currency());
  };
  auto response =
      json_response(200, json_of([&](JsonWriter& json) { json.array(*entries, write_one); }));
  response.header(
      "ETag", "W/\"" + std::to_string(page->after) + '+' + std::to_string(entries->size()) + '"');
  response.header("Cache-Control", never_stored);
  if (entries->size() == page->limit)
    response.header("Link",
                    next_link("/api/orders/" + id->hex() + "/history",
                              {{"limit", std::to_string(page->limit)},
                               {"after", std::to_string(outside(entries->back().version))}}));
  co_return response;
}

// DELETE /api/orders/:id  ->  204 | 400 | 401 | 404 | 412 | 503
asio::awaitable<Response> delete_order(Context& context, const Request& request) {
  auto asking_who = signed_in(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return session.error();
  const auto conditions = conditions_of(request);
  if (!conditions) co_return problem(Complaints{conditions.error()});
  const auto id = OrderId::parse(request.path_param("id"));
  if (!id) co_return not_found();
  auto judging = version_to_write<Order>(context, *id, *conditions);
  const auto version = co_await std::move(judging);
  if (!version) co_return version.error();
  Order::Command command = Order::Cancel{session->user};
  const AskOptions options{.deadline = context.deadline(), .if_version = *version};
  auto asking = ask<Order>(context.market, *id, std::move(command), options);
  const auto order = co_await std::move(asking);
  if (!order) co_return problem(order.error());
  Response response;
  response.status = 204;
  co_return response;
}

}  // namespace

void add_order_routes(Routes& routes) {
  routes.on("GET", "/api/orders", list_orders)
      .on("POST", "/api/orders", post_order)
      .on("GET", "/api/orders/:id", get_order)
      .on("DELETE", "/api/orders/:id", delete_order, Conditions::judged)
      .on("GET", "/api/orders/:id/history", get_order_history);
}

}  // namespace usher::http
