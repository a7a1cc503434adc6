// Paying: /api/payments.
#include <utility>

#include "http/front/errors.hpp"
#include "http/front/json.hpp"
#include "http/front/json_body.hpp"
#include "http/requests/ask.hpp"
#include "http/requests/idempotency.hpp"
#include "http/requests/validation.hpp"
#include "http/routes/context.hpp"
#include "http/views/problem.hpp"

namespace usher::http {
namespace {

asio::awaitable<Answered<Seen<Order>>> pay(Market& market, OrderId id, Order::StartPayment payment,
                                           AskOptions options) {
  auto start = [&market, id, payment = std::move(payment),
                options](Callback<Seen<Order>> done) mutable {
    market.pay(id, std::move(payment), options, std::move(done));
  };
  return answer_of<Seen<Order>>(std::move(start));
}

// POST /api/payments {token, orderId}  ->  201 | 400 | 401 | 402 | 404 | 422 | 503
// The payment's id is the charge's idempotency key at the gateway, so a repeat under the same
// Idempotency-Key waits for, or meets, the outcome of the first.
asio::awaitable<Response> post_payment(Context& context, const Request& request) {
  Market& market = context.market;
  const auto body = parse_body(request, context.options.json_depth_max);
  if (!body) co_return problem(body.error());
  const auto session = context.session(request);
  if (!session) co_return not_authorized();
  const auto payment = validate_payment(*body, context.options.validation);
  if (!payment) co_return problem(payment.error());
  auto key = key_of(request, context.options.idempotency_key_length_max);
  if (!key) co_return problem(Complaints{key.error()});

  ClaimRequest claim_request{std::move(*key), session->user.text, "POST /api/payments",
                             fingerprint_of(request.body)};
  auto claiming = claim(market, std::move(claim_request),
                        market.new_payment_id(payment->order.slot()), context.deadline());
  const auto claimed = co_await std::move(claiming);
  if (!claimed) co_return problem(claimed.error());

  const AskOptions options{.deadline = market.now() + context.options.payment_wait_ms,
                           .if_version = std::nullopt};
  Order::StartPayment start{claimed->id, session->user, payment->token};
  auto paying = pay(market, payment->order, std::move(start), options);
  const auto order = co_await std::move(paying);
  if (!order) co_return problem(order.error());
  co_return json_response(201, "{\"id\":\"" + claimed->id.hex() + "\"}");
}

}  // namespace

void add_payment_routes(Routes& routes) { routes.on("POST", "/api/payments", post_payment); }

}  // namespace usher::http
