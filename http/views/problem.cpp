#include "http/views/problem.hpp"

#include <algorithm>

#include "http/front/errors.hpp"
#include "http/front/json.hpp"
#include "http/views/json_views.hpp"

namespace usher::http {
namespace {

// How long a client shall wait, in seconds.
constexpr int payment_retry_s = 2;  // most charges are settled by then
constexpr int busy_retry_s = 1;
constexpr int unknown_retry_s = 2;
constexpr int unavailable_retry_s = 5;  // a restart

struct Answer {
  int status;
  std::string_view message;
  int retry_after_s = 0;  // 0: no such header
};

// No default: the compiler names a rejection that has no answer.
Answer answer_to(Rejection rejection) {
  switch (rejection) {
    case Rejection::not_found:
      return {404, "Not Found"};
    case Rejection::not_owner:
      return {401, "Not authorized"};
    case Rejection::stale_version:
      return {412, "It was changed meanwhile"};
    case Rejection::already_exists:
      return {503, "No free id was found, try again", busy_retry_s};
    case Rejection::ticket_reserved:
      return {400, "Ticket is already reserved"};
    case Rejection::ticket_locked:
      return {400, "Cannot edit a reserved ticket"};
    case Rejection::order_complete:
      return {400, "Order is already complete"};
    case Rejection::order_cancelled:
      return {400, "Cannot pay for a cancelled order"};
    case Rejection::order_expired:
      return {400, "Cannot pay for an expired order"};
    case Rejection::payment_in_flight:
      return {400, "A payment for this order is being processed", payment_retry_s};
    case Rejection::payment_declined:
      return {402, "The payment was declined"};
    case Rejection::too_many_payments:
      return {400, "Too many payments for this order were declined"};
    case Rejection::too_many_reservations:
      return {400, "You hold as many reservations as one buyer may: pay or cancel one first"};
    case Rejection::email_in_use:
      return {400, "Email in use"};
    case Rejection::key_reused:
      return {422, "Idempotency-Key was used for another request"};
  }
  return {500, "Something went wrong"};
}

Answer answer_to(Failure failure) {
  switch (failure) {
    case Failure::timed_out:
      return {503, "The service did not get to it in time, try again", busy_retry_s};
    case Failure::overloaded:
      return {503, "The service is busy, try again", busy_retry_s};
    case Failure::unknown:
      return {503, "The outcome is not known yet, look again", unknown_retry_s};
    case Failure::unavailable:
      return {503, "The service is not available, try again", unavailable_retry_s};
  }
  return {500, "Something went wrong"};
}

}  // namespace

Response problem(const Refusal& refusal) {
  const auto answer = std::visit([](auto why) { return answer_to(why); }, refusal.why);
  const auto* rejection = std::get_if<Rejection>(&refusal.why);
  std::string message{answer.message};
  // The gateway's words are meant for the buyer; other details are for the log.
  if (rejection && *rejection == Rejection::payment_declined && !refusal.detail.empty())
    message = refusal.detail;

  std::string body = "{\"errors\":" + complaints_json({{message}});
  const bool is_stale = rejection && *rejection == Rejection::stale_version;
  const std::string version = std::to_string(outside(refusal.version));
  if (is_stale) body += ",\"version\":" + version;
  body += '}';

  auto response = json_response(answer.status, std::move(body));
  if (is_stale) response.header("ETag", '"' + version + '"');
  constexpr DurationMs second = 1'000;
  const auto estimate_s = (refusal.retry_after_ms + second - 1) / second;
  const auto retry_after_s = std::max<std::int64_t>(answer.retry_after_s, estimate_s);
  if (retry_after_s > 0) response.header("Retry-After", std::to_string(retry_after_s));
  return response;
}

}  // namespace usher::http
