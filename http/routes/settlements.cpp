// For the operator: payments that nobody else can settle. /api/admin/payments/*
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "http/requests/ask.hpp"
#include "http/requests/auth.hpp"
#include "http/requests/error_codes.hpp"
#include "http/routes/context.hpp"
#include "http/routes/listing.hpp"
#include "http/routes/queries.hpp"
#include "http/views/json_views.hpp"
#include "http/views/problem.hpp"

namespace usher::http {
namespace {

constexpr std::size_t charge_bytes_max = 255;
constexpr std::size_t note_bytes_max = 1'000;

constexpr std::string_view scope = "unsettled";  // of its cursors
constexpr std::string_view path = "/api/admin/payments/unsettled";

std::string_view word_for(Order::PaymentStatus status) {
  switch (status) {
    case Order::PaymentStatus::started:
      return "started";
    case Order::PaymentStatus::declined:
      return "declined";
    case Order::PaymentStatus::captured:
      return "captured";
    case Order::PaymentStatus::refund_due:
      return "refund_due";
    case Order::PaymentStatus::refunded:
      return "refunded";
    case Order::PaymentStatus::refund_refused:
      return "refund_refused";
    case Order::PaymentStatus::written_off:
      break;
  }
  return "written_off";
}

void write_payment(JsonWriter& json, const Context& context, const OrderId& id,
                   const Order::State& order, const Order::Payment& payment) {
  // Of what was given back there is nothing left to look for.
  const bool shows_charge =
      payment.has_charge() && payment.status != Order::PaymentStatus::refunded;
  json.begin_object();
  json.field("orderId", id.hex());
  json.field("paymentId", payment.id.hex());
  json.field("paymentStatus", word_for(payment.status));
  json.field("orderStatus", usher::http::name_of(order.status));
  json.field("since", iso_time(payment.at));
  json.field("ageMs", context.market.now() - payment.at);
  json.key("amount").raw(to_decimal(order.ticket.price, context.options.currency()));
  json.field("currency", context.options.currency().code);
  json.field("userId", order.buyer.text);
  json.field("ticketId", order.ticket.id.hex());
  if (shows_charge) json.field("charge", payment.detail);
  json.end_object();
}

asio::awaitable<Answered<Page<UnsettledRow>>> unsettled(Market& market, PageRequest page) {
  auto start = [&market, page = std::move(page)](Callback<Page<UnsettledRow>> done) mutable {
    market.unsettled(std::move(page), std::move(done));
  };
  return answer_of<Page<UnsettledRow>>(std::move(start));
}

// GET /api/admin/payments/unsettled?limit&after  ->  200 | 400 | 401 | 503
// The oldest first. A row of the page may show no payment (settled meanwhile) or several.
asio::awaitable<Response> list_unsettled(Context& context, const Request& request) {
  if (!is_operator(context.options.auth, request)) co_return not_authorized();
  auto page_request = read_page(request, context.options.pages, scope);
  if (!page_request) co_return problem(page_request.error());
  auto reading = unsettled(context.market, std::move(*page_request));
  const auto page = co_await std::move(reading);
  if (!page) co_return list_problem(page.error());
  std::vector<std::pair<const UnsettledRow*, const Order::Payment*>> doubtful;
  for (const auto& row : page->rows)
    for (const auto& payment : row.state.payments)
      if (payment.is_in_doubt(row.kind)) doubtful.emplace_back(&row, &payment);
  auto response = json_response(200, json_of([&](JsonWriter& json) {
                                  json.array(doubtful, [&](JsonWriter& one, const auto& each) {
                                    write_payment(one, context, each.first->order,
                                                  each.first->state, *each.second);
                                  });
                                }));
  response.header("Cache-Control", "private, no-store");
  add_next_link(response, request, path, scope, page->next, context.options.pages);
  co_return response;
}

std::optional<Order::Verdict> verdict_named(std::string_view name) {
  using Verdict = Order::Verdict;
  for (const auto verdict : {Verdict::captured, Verdict::not_charged, Verdict::refunded})
    if (usher::http::name_of(verdict) == name) return verdict;
  return std::nullopt;
}

struct Settlement {
  OrderId order;
  Order::SettleByOperator command;
};

tl::expected<Settlement, Complaints> read_settlement(const Request& request, const JsonBody& body) {
  Complaints complaints;
  Settlement settlement;
  const auto payment = PaymentId::parse(request.path_param("id"));
  if (payment) settlement.command.payment = *payment;
  const auto order = OrderId::parse(body.text("orderId").value_or(""));
  if (order)
    settlement.order = *order;
  else
    complaints.push_back({code::invalid_settlement, "OrderId must be provided", "orderId"});
  const auto verdict = verdict_named(body.text("verdict").value_or(""));
  if (verdict)
    settlement.command.verdict = *verdict;
  else
    complaints.push_back(
        {code::invalid_settlement, "Verdict must be captured, not_charged or refunded", "verdict"});
  settlement.command.charge = body.text("charge").value_or("");
  if (verdict == Order::Verdict::captured && settlement.command.charge.empty())
    complaints.push_back(
        {code::invalid_settlement, "The gateway's name of the charge must be provided", "charge"});
  if (settlement.command.charge.size() > charge_bytes_max)
    complaints.push_back({code::invalid_settlement, "Charge is too long", "charge"});
  settlement.command.note = body.text("note").value_or("");
  if (settlement.command.note.empty())
    complaints.push_back({code::invalid_settlement, "A note must say how you know", "note"});
  if (settlement.command.note.size() > note_bytes_max)
    complaints.push_back({code::invalid_settlement, "Note is too long", "note"});
  if (!complaints.empty()) return tl::unexpected{std::move(complaints)};
  return settlement;
}

// POST /api/admin/payments/:id/settle {orderId, verdict, charge?, note}  ->  200 | 400 | 401 | 404
// What the operator has found out becomes an event of the order.
asio::awaitable<Response> post_settlement(Context& context, const Request& request) {
  if (!is_operator(context.options.auth, request)) co_return not_authorized();
  const auto body = parse_body(request, context.options.body);
  if (!body) co_return problem(body.error());
  if (!PaymentId::parse(request.path_param("id"))) co_return not_found();
  auto settlement = read_settlement(request, *body);
  if (!settlement) co_return problem(settlement.error());
  const auto payment = settlement->command.payment;
  Order::Command command = std::move(settlement->command);
  auto asking =
      ask<Order>(context.market, settlement->order, std::move(command), context.ask_options());
  const auto order = co_await std::move(asking);
  if (!order) co_return problem(order.error());
  co_return json_response(200, json_of([&](JsonWriter& json) {
                            write_payment(json, context, settlement->order, *order->state,
                                          *order->state->find_payment(payment));
                          }));
}

}  // namespace

void add_settlement_routes(Routes& routes) {
  routes.on("GET", path, list_unsettled)
      .on("POST", "/api/admin/payments/:id/settle", post_settlement);
}

}  // namespace usher::http
