// What is for sale: /api/tickets.
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

Response ticket_response(const Context& context, int status, const TicketId& id, Version version,
                         const Ticket::State& ticket) {
  auto response =
      json_response(status, json_of([&](JsonWriter& json) {
                      write_ticket(json, id, version, ticket, context.options.currency());
                    }));
  response.header("ETag", version_etag(version));
  return response;
}

asio::awaitable<Answered<Offered>> offer(Market& market, Ticket::Listing listing, MadeOnce once) {
  auto start = [&market, listing = std::move(listing),
                once = std::move(once)](Callback<Offered> done) mutable {
    market.offer(std::move(listing), std::move(once), std::move(done));
  };
  return answer_of<Offered>(std::move(start));
}

Response ticket_list(const Context& context, const Page<TicketRow>& page) {
  auto response = json_response(200, json_array(page.rows, context.options.currency()));
  response.header("ETag", list_etag(page));
  return response;
}

// GET /api/tickets?limit&after&q&sort  ->  200 | 400 | 503
asio::awaitable<Response> list_tickets(Context& context, const Request& request) {
  const auto& limits = context.options.pages;
  const auto scope = scope_of(request, "/api/tickets");
  auto search = read_search(request, limits, scope);
  if (!search) co_return problem(search.error());
  auto reading = tickets_for_sale(context.market, std::move(*search));
  const auto page = co_await std::move(reading);
  if (!page) co_return list_problem(page.error());
  auto response = ticket_list(context, *page);
  add_next_link(response, request, "/api/tickets", scope, page->next, limits);
  co_return response;
}

// GET /api/tickets/mine?limit&after  ->  200 | 400 | 401 | 503
asio::awaitable<Response> list_my_tickets(Context& context, const Request& request) {
  auto asking_who = signed_in(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return session.error();
  const auto& limits = context.options.pages;
  const auto scope = scope_of(request, "/api/tickets/mine", session->user.text);
  auto page_request = read_page(request, limits, scope);
  if (!page_request) co_return problem(page_request.error());
  auto reading = tickets_of(context.market, session->user, std::move(*page_request));
  const auto page = co_await std::move(reading);
  if (!page) co_return list_problem(page.error());
  auto response = ticket_list(context, *page);
  response.header("Cache-Control", "private, no-cache");
  add_next_link(response, request, "/api/tickets/mine", scope, page->next, limits);
  co_return response;
}

// GET /api/tickets/:id  ->  200 | 404 | 503
asio::awaitable<Response> get_ticket(Context& context, const Request& request) {
  const auto id = TicketId::parse(request.path_param("id"));
  if (!id) co_return not_found();
  auto asking = get<Ticket>(context.market, *id, context.deadline());
  const auto ticket = co_await std::move(asking);
  if (!ticket) co_return problem(ticket.error());
  co_return ticket_response(context, 200, *id, ticket->version, *ticket->state);
}

// GET /api/tickets/:id/history?limit&after  ->  200 | 400 | 404 | 503
asio::awaitable<Response> get_ticket_history(Context& context, const Request& request) {
  const auto id = TicketId::parse(request.path_param("id"));
  if (!id) co_return not_found();
  const auto page = read_history_page(request, context.options.pages);
  if (!page) co_return problem(page.error());
  auto reading = history<Ticket>(context.market, *id,
                                 Piece{page->after, page->limit, client_key(request.client)});
  const auto entries = co_await std::move(reading);
  if (!entries) co_return problem(entries.error());
  if (entries->empty() && page->after == 0) co_return not_found();
  const auto write_one = [&](JsonWriter& json, const HistoryEntry<Ticket>& entry) {
    write_entry(json, *id, entry, context.options.currency());
  };
  auto response =
      json_response(200, json_of([&](JsonWriter& json) { json.array(*entries, write_one); }));
  if (entries->size() == page->limit)
    response.header("Link",
                    next_link("/api/tickets/" + id->hex() + "/history",
                              {{"limit", std::to_string(page->limit)},
                               {"after", std::to_string(outside(entries->back().version))}}));
  co_return response;
}

// POST /api/tickets {title, price}  ->  201 | 400 | 401 | 422 | 503
asio::awaitable<Response> post_ticket(Context& context, const Request& request) {
  const auto body = parse_body(request, context.options.body);
  if (!body) co_return problem(body.error());
  auto asking_who = signed_in(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return session.error();
  const auto offered = validate_offer(*body, context.options.validation, OfferRule::create);
  if (!offered) co_return problem(offered.error());
  auto key = key_of(request, context.options.idempotency_key_length_max);
  if (!key) co_return problem(Complaints{key.error()});

  const std::string price = to_decimal(offered->price, context.options.currency());
  auto once = once_of(*key, request, session->user.text, "POST /api/tickets",
                      {offered->title, price}, context.deadline());
  auto offering =
      offer(context.market, {session->user, offered->title, offered->price}, std::move(once));
  const auto ticket = co_await std::move(offering);
  if (!ticket) co_return problem(ticket.error());
  auto response = ticket_response(context, 201, ticket->id, 1, ticket->state);
  response.header("Location", "/api/tickets/" + ticket->id.hex());
  co_return response;
}

// PUT /api/tickets/:id {title, price}  ->  200 | 400 | 401 | 404 | 412 | 503
asio::awaitable<Response> put_ticket(Context& context, const Request& request) {
  const auto body = parse_body(request, context.options.body);
  if (!body) co_return problem(body.error());
  auto asking_who = signed_in(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return session.error();
  const auto offer = validate_offer(*body, context.options.validation, OfferRule::update);
  if (!offer) co_return problem(offer.error());
  const auto conditions = conditions_of(request);
  if (!conditions) co_return problem(Complaints{conditions.error()});
  const auto id = TicketId::parse(request.path_param("id"));
  if (!id) co_return not_found();
  auto judging = version_to_write<Ticket>(context, *id, *conditions);
  const auto version = co_await std::move(judging);
  if (!version) co_return version.error();

  Ticket::Command command = Ticket::Edit{session->user, offer->title, offer->price};
  const AskOptions options{.deadline = context.deadline(), .if_version = *version};
  auto asking = ask<Ticket>(context.market, *id, std::move(command), options);
  const auto ticket = co_await std::move(asking);
  if (!ticket) co_return problem(ticket.error());
  co_return ticket_response(context, 200, *id, ticket->version, *ticket->state);
}

}  // namespace

void add_ticket_routes(Routes& routes) {
  routes.on("GET", "/api/tickets", list_tickets)
      .on("POST", "/api/tickets", post_ticket)
      .on("GET", "/api/tickets/mine", list_my_tickets)
      .on("GET", "/api/tickets/:id", get_ticket)
      .on("PUT", "/api/tickets/:id", put_ticket, Conditions::judged)
      .on("GET", "/api/tickets/:id/history", get_ticket_history);
}

}  // namespace usher::http
