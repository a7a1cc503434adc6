// What is for sale: /api/tickets.
#include <utility>

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

Response ticket_response(int status, const TicketId& id, Version version,
                         const Ticket::State& ticket) {
  std::string body;
  append_ticket(body, id, version, ticket);
  auto response = json_response(status, std::move(body));
  response.header("ETag", version_etag(version));
  return response;
}

Response created(const TicketId& id, const Ticket::State& ticket) {
  auto response = ticket_response(201, id, 1, ticket);
  response.header("Location", "/api/tickets/" + id.hex());
  return response;
}

Response ticket_list(const Page<TicketRow>& page) {
  auto response = json_response(200, json_array(page.rows));
  response.header("ETag", list_etag(page));
  return response;
}

// GET /api/tickets?limit&after&q&sort  ->  200 | 400 | 503
asio::awaitable<Response> list_tickets(Context& context, const Request& request) {
  const auto& limits = context.options.pages;
  auto search = read_search(request, limits);
  if (!search) co_return problem(search.error());
  auto reading = tickets_for_sale(context.market, std::move(*search));
  const auto page = co_await std::move(reading);
  if (!page) co_return list_problem(page.error());
  auto response = ticket_list(*page);
  add_next_link(response, request, "/api/tickets", page->next, limits);
  co_return response;
}

// GET /api/tickets/mine?limit&after  ->  200 | 400 | 401 | 503
asio::awaitable<Response> list_my_tickets(Context& context, const Request& request) {
  const auto session = context.session(request);
  if (!session) co_return not_authorized();
  const auto& limits = context.options.pages;
  auto page_request = read_page(request, limits);
  if (!page_request) co_return problem(page_request.error());
  auto reading = tickets_of(context.market, session->user, std::move(*page_request));
  const auto page = co_await std::move(reading);
  if (!page) co_return list_problem(page.error());
  auto response = ticket_list(*page);
  response.header("Cache-Control", "private, no-cache");
  add_next_link(response, request, "/api/tickets/mine", page->next, limits);
  co_return response;
}

// GET /api/tickets/:id  ->  200 | 404 | 503
asio::awaitable<Response> get_ticket(Context& context, const Request& request) {
  const auto id = TicketId::parse(request.path_param("id"));
  if (!id) co_return not_found();
  auto asking = get<Ticket>(context.market, *id, context.deadline());
  const auto ticket = co_await std::move(asking);
  if (!ticket) co_return problem(ticket.error());
  co_return ticket_response(200, *id, ticket->version, *ticket->state);
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
  auto response = json_response(
      200, json_array(*entries, [&](std::string& out, const HistoryEntry<Ticket>& entry) {
        append_entry(out, *id, entry);
      }));
  if (entries->size() == page->limit)
    response.header("Link",
                    next_link("/api/tickets/" + id->hex() + "/history",
                              {{"limit", std::to_string(page->limit)},
                               {"after", std::to_string(outside(entries->back().version))}}));
  co_return response;
}

// POST /api/tickets {title, price}  ->  201 | 400 | 401 | 422 | 503
asio::awaitable<Response> post_ticket(Context& context, const Request& request) {
  Market& market = context.market;
  const auto body = parse_body(request, context.options.json_depth_max);
  if (!body) co_return problem(body.error());
  const auto session = context.session(request);
  if (!session) co_return not_authorized();
  const auto offer = validate_offer(*body, context.options.validation, OfferRule::create);
  if (!offer) co_return problem(offer.error());
  auto key = key_of(request, context.options.idempotency_key_length_max);
  if (!key) co_return problem(Complaints{key.error()});

  ClaimRequest claim_request{std::move(*key), session->user.text, "POST /api/tickets",
                             fingerprint_of(request.body)};
  auto claiming =
      claim(market, std::move(claim_request), market.new_ticket_id(), context.deadline());
  auto claimed = co_await std::move(claiming);
  if (!claimed) co_return problem(claimed.error());

  const Ticket::Listing listing{session->user, offer->title, offer->price};
  for (int draw = 0; draw < context.options.id_draws_max; ++draw) {
    if (claimed->is_repeat || (claimed->has_key && draw > 0)) {
      auto looking = first_state<Ticket>(market, claimed->id);
      const auto first = co_await std::move(looking);
      if (!first) co_return problem(first.error());
      if (*first && (*first)->listing == listing) co_return created(claimed->id, **first);
    }
    Ticket::Command command = Ticket::Create{listing};
    auto asking = ask<Ticket>(market, claimed->id, std::move(command), context.ask_options());
    const auto ticket = co_await std::move(asking);
    if (ticket && ticket->version == 1) co_return created(claimed->id, *ticket->state);
    if (!ticket && !is(ticket.error(), Rejection::already_exists))
      co_return problem(ticket.error());
    // The id is taken: by a stranger, then draw again; or, under a key, by the request that this
    // one repeats, whose ticket has been edited since: then look what it was at first.
    if (!claimed->has_key) claimed->id = market.new_ticket_id();
  }
  co_return problem(Refusal{Rejection::already_exists, 0, {}});
}

// PUT /api/tickets/:id {title, price}  ->  200 | 400 | 401 | 404 | 412 | 503
asio::awaitable<Response> put_ticket(Context& context, const Request& request) {
  const auto body = parse_body(request, context.options.json_depth_max);
  if (!body) co_return problem(body.error());
  const auto session = context.session(request);
  if (!session) co_return not_authorized();
  const auto offer = validate_offer(*body, context.options.validation, OfferRule::update);
  if (!offer) co_return problem(offer.error());
  const auto condition = if_match(request);
  if (!condition) co_return problem(Complaints{condition.error()});
  const auto id = TicketId::parse(request.path_param("id"));
  if (!id) co_return not_found();

  Ticket::Command command = Ticket::Edit{session->user, offer->title, offer->price};
  const AskOptions options{.deadline = context.deadline(), .if_version = *condition};
  auto asking = ask<Ticket>(context.market, *id, std::move(command), options);
  const auto ticket = co_await std::move(asking);
  if (!ticket) co_return problem(ticket.error());
  co_return ticket_response(200, *id, ticket->version, *ticket->state);
}

}  // namespace

void add_ticket_routes(Routes& routes) {
  routes.on("GET", "/api/tickets", list_tickets)
      .on("POST", "/api/tickets", post_ticket)
      .on("GET", "/api/tickets/mine", list_my_tickets)
      .on("GET", "/api/tickets/:id", get_ticket)
      .on("PUT", "/api/tickets/:id", put_ticket)
      .on("GET", "/api/tickets/:id/history", get_ticket_history);
}

}  // namespace usher::http
