// Paying: /api/payments.
#include <utility>

#include "actors/market/once.hpp"
#include "http/front/errors.hpp"
#include "http/front/json.hpp"
#include "http/front/json_body.hpp"
#include "http/requests/ask.hpp"
#include "http/requests/idempotency.hpp"
#include "http/requests/validation.hpp"
#include "http/routes/context.hpp"
#include "http/routes/sessions.hpp"
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

// The payment's id: the proposed one, or what an earlier request under the key has claimed.
asio::awaitable<Answered<PaymentId>> claim_id(Market& market, MadeOnce once, PaymentId proposed) {
  auto start = [&market, once = std::move(once), proposed](Callback<Claim> done) {
    claim(market, once, proposed.bytes(), std::move(done));
  };
  auto claiming = answer_of<Claim>(std::move(start));
  const auto claimed = co_await std::move(claiming);
  if (!claimed) co_return tl::unexpected{claimed.error()};
  co_return PaymentId{claimed->id};
}

// POST /api/payments {token, orderId}  ->  201 | 400 | 401 | 402 | 404 | 422 | 503
// The payment's id is the charge's idempotency key at the gateway, so a repeat under the same
// Idempotency-Key waits for, or meets, the outcome of the first.
asio::awaitable<Response> post_payment(Context& context, const Request& request) {
  Market& market = context.market;
  const auto body = parse_body(request, context.options.body);
  if (!body) co_return problem(body.error());
  auto asking_who = signed_in(context, request);
  const auto session = co_await std::move(asking_who);
  if (!session) co_return session.error();
  const auto payment = validate_payment(*body, context.options.validation);
  if (!payment) co_return problem(payment.error());
  auto key = key_of(request, context.options.idempotency_key_length_max);
  if (!key) co_return problem(Complaints{key.error()});

  const auto once = once_of(*key, request, session->user.text, "POST /api/payments",
                            {payment->order.hex(), payment->token}, context.deadline());
  auto claiming = claim_id(market, once, market.new_payment_id(payment->order.slot()));
  const auto claimed = co_await std::move(claiming);
  if (!claimed) co_return problem(claimed.error());

  const AskOptions options{.deadline = market.now() + context.options.payment_wait_ms,
                           .if_version = std::nullopt};
  Order::StartPayment start{*claimed, session->user, payment->token};
  auto paying = pay(market, payment->order, std::move(start), options);
  const auto order = co_await std::move(paying);
  if (!order) co_return problem(order.error());
  co_return json_response(201, json_of([&](JsonWriter& json) {
                            json.begin_object().field("id", claimed->hex()).end_object();
                          }));
}

}  // namespace

void add_payment_routes(Routes& routes) { routes.on("POST", "/api/payments", post_payment); }

}  // namespace usher::http
