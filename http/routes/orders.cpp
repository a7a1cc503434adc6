// Reservations and purchases of the signed-in user: /api/orders.
#include <utility>

#include "actors/market/domain/purchase.hpp"
#include "http/front/errors.hpp"
#include "http/front/json.hpp"
#include "http/front/json_body.hpp"
#include "http/requests/ask.hpp"
#include "http/requests/idempotency.hpp"
#include "http/requests/validation.hpp"
#include "http/routes/context.hpp"
#include "http/routes/first_answer.hpp"
#include "http/routes/listing.hpp"
#include "http/routes/queries.hpp"
#include "http/views/conditional.hpp"
#include "http/views/json_views.hpp"
#include "http/views/problem.hpp"

namespace usher::http {
namespace {

// The time that is left runs on: an order must not be taken from a cache by itself.
constexpr const char* never_stored = "private, no-store";

Response order_response(int status, const OrderId& id, Version version, const Order::State& order,
                        TimeMs now) {
  std::string body;
  append_order(body, id, version, order, now);
  auto response = json_response(status, std::move(body));
  response.header("ETag", order_etag(version, order));
  response.header("Cache-Control", never_stored);
  return response;
}

Response created(const Context& context, const OrderId& id, const Order::State& order) {
  auto response = order_response(201, id, 1, order, context.market.now());
  response.header("Location", "/api/orders/" + id.hex());
  return response;
}

// The order as it was born, read off the ticket that holds it: the two are one fact. nullopt when
// the ticket has moved on; then the order's own history knows.
std::optional<Order::State> newborn(const TicketId& id, const Seen<Ticket>& ticket,
                                    const OrderId& order, const UserId& buyer,
                                    DurationMs lifetime_ms) {
  const auto& hold = ticket.state->hold;
  if (!hold || hold->order != order || hold->sold) return std::nullopt;
  const Ticket::Reserved reserved{ticket.state->listing, order, buyer, hold->deadline - lifetime_ms,
                                  hold->deadline};
  const Order::Event placed = placed_by(id, reserved, ticket.version - 1);
  return Order::evolve(nullptr, placed);
}

// GET /api/orders?limit&after  ->  200 | 400 | 401 | 503
asio::awaitable<Response> list_orders(Context& context, const Request& request) {
  const auto session = context.session(request);
  if (!session) co_return not_authorized();
  const auto& limits = context.options.pages;
  auto page_request = read_page(request, limits);
  if (!page_request) co_return problem(page_request.error());
  auto reading = orders_of(context.market, session->user, std::move(*page_request));
  const auto page = co_await std::move(reading);
  if (!page) co_return list_problem(page.error());
  auto response = json_response(200, json_array(page->rows, context.market.now()));
  response.header("ETag", list_etag(*page));
  response.header("Cache-Control", never_stored);
  add_next_link(response, request, "/api/orders", page->next, limits);
  co_return response;
}

// POST /api/orders {ticketId}  ->  201 | 400 | 401 | 404 | 422 | 503
asio::awaitable<Response> post_order(Context& context, const Request& request) {
  Market& market = context.market;
  const auto body = parse_body(request, context.options.json_depth_max);
  if (!body) co_return problem(body.error());
  const auto session = context.session(request);
  if (!session) co_return not_authorized();
  const auto ticket_id = validate_order(*body);
  if (!ticket_id) co_return problem(ticket_id.error());
  auto key = key_of(request, context.options.idempotency_key_length_max);
  if (!key) co_return problem(Complaints{key.error()});

  ClaimRequest claim_request{std::move(*key), session->user.text, "POST /api/orders",
                             fingerprint_of(request.body)};
  auto claiming = claim(market, std::move(claim_request), market.new_order_id(ticket_id->slot()),
                        context.deadline());
  auto claimed = co_await std::move(claiming);
  if (!claimed) co_return problem(claimed.error());

  const DurationMs lifetime_ms = context.options.order_lifetime_ms;
  for (int draw = 0; draw < context.options.id_draws_max; ++draw) {
    // Before asking the ticket: it may be free again, and the order that was born under this id
    // cannot be born twice.
    if (claimed->is_repeat || (claimed->has_key && draw > 0)) {
      auto looking = first_state<Order>(market, claimed->id);
      const auto first = co_await std::move(looking);
      if (!first) co_return problem(first.error());
      if (*first && (*first)->buyer == session->user)
        co_return created(context, claimed->id, **first);
    }
    Ticket::Command command = Ticket::Reserve{claimed->id, session->user, lifetime_ms};
    auto asking = ask<Ticket>(market, *ticket_id, std::move(command), context.ask_options());
    const auto ticket = co_await std::move(asking);
    if (ticket) {
      const auto order = newborn(*ticket_id, *ticket, claimed->id, session->user, lifetime_ms);
      if (order) co_return created(context, claimed->id, *order);
    } else if (!is(ticket.error(), Rejection::already_exists)) {
      co_return problem(ticket.error());
    }
    if (!claimed->has_key) claimed->id = market.new_order_id(ticket_id->slot());
  }
  co_return problem(Refusal{Rejection::already_exists, 0, {}});
}

// GET /api/orders/:id  ->  200 | 401 | 404 | 503
asio::awaitable<Response> get_order(Context& context, const Request& request) {
  const auto session = context.session(request);
  if (!session) co_return not_authorized();
  const auto id = OrderId::parse(request.path_param("id"));
  if (!id) co_return not_found();
  auto asking = get<Order>(context.market, *id, context.deadline());
  const auto order = co_await std::move(asking);
  if (!order) co_return problem(order.error());
  if (order->state->buyer != session->user) co_return not_authorized();
  co_return order_response(200, *id, order->version, *order->state, context.market.now());
}

// GET /api/orders/:id/history?limit&after  ->  200 | 400 | 401 | 404 | 503
asio::awaitable<Response> get_order_history(Context& context, const Request& request) {
  Market& market = context.market;
  const auto session = context.session(request);
  if (!session) co_return not_authorized();
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
  auto response = json_response(
      200, json_array(*entries, [&](std::string& out, const HistoryEntry<Order>& entry) {
        append_entry(out, *id, entry, now);
      }));
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
  const auto session = context.session(request);
  if (!session) co_return not_authorized();
  const auto condition = if_match(request);
  if (!condition) co_return problem(Complaints{condition.error()});
  const auto id = OrderId::parse(request.path_param("id"));
  if (!id) co_return not_found();
  Order::Command command = Order::Cancel{session->user};
  const AskOptions options{.deadline = context.deadline(), .if_version = *condition};
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
      .on("DELETE", "/api/orders/:id", delete_order)
      .on("GET", "/api/orders/:id/history", get_order_history);
}

}  // namespace usher::http
