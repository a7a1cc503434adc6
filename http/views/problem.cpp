#include "http/views/problem.hpp"

#include <algorithm>

#include "actors/market/domain/decline.hpp"
#include "http/requests/error_codes.hpp"
#include "http/views/json_views.hpp"

namespace usher::http {
namespace {

// How long a client should wait, in seconds.
constexpr int payment_retry_s = 2;  // most charges are settled by then
constexpr int busy_retry_s = 1;
constexpr int unknown_retry_s = 2;
constexpr int unavailable_retry_s = 5;  // a restart

struct Answer {
  int status;
  ErrorCode code;
  std::string_view message;
  int retry_after_s = 0;  // 0: no such header
};

// No default: the compiler names a rejection that has no answer.
Answer answer_to(Rejection rejection) {
  switch (rejection) {
    case Rejection::not_found:
      return {404, code::not_found, "Not Found"};
    case Rejection::not_owner:
      return {401, code::not_authorized, "Not authorized"};
    case Rejection::stale_version:
      return {412, code::stale_version, "It was changed meanwhile"};
    case Rejection::already_exists:
      return {503, code::no_free_id, "No free id was found, try again", busy_retry_s};
    case Rejection::ticket_reserved:
      return {400, code::ticket_reserved, "Ticket is already reserved"};
    case Rejection::ticket_locked:
      return {400, code::ticket_locked, "Cannot edit a reserved ticket"};
    case Rejection::order_complete:
      return {400, code::order_complete, "Order is already complete"};
    case Rejection::order_cancelled:
      return {400, code::order_cancelled, "Cannot pay for a cancelled order"};
    case Rejection::order_expired:
      return {400, code::order_expired, "Cannot pay for an expired order"};
    case Rejection::payment_in_flight:
      return {400, code::payment_in_flight, "A payment for this order is being processed",
              payment_retry_s};
    case Rejection::payment_declined:
      return {402, code::payment_declined, "The payment was declined"};
    case Rejection::too_many_payments:
      return {400, code::too_many_payments, "Too many payments for this order were declined"};
    case Rejection::too_many_reservations:
      return {400, code::too_many_reservations,
              "You hold as many reservations as one buyer may: pay or cancel one first"};
    case Rejection::payment_settled:
      return {400, code::payment_settled, "The payment is settled already, and otherwise"};
    case Rejection::email_in_use:
      return {400, code::email_in_use, "Email in use"};
    case Rejection::key_reused:
      return {422, code::idempotency_key_reused, "Idempotency-Key was used for another request"};
  }
  return {500, code::internal_error, "Something went wrong"};
}

Answer answer_to(Failure failure) {
  switch (failure) {
    case Failure::timed_out:
      return {503, code::timed_out, "The service did not get to it in time, try again",
              busy_retry_s};
    case Failure::overloaded:
      return {503, code::overloaded, "The service is busy, try again", busy_retry_s};
    case Failure::unknown:
      return {503, code::outcome_unknown, "The outcome is not known yet, look again",
              unknown_retry_s};
    case Failure::unavailable:
      return {503, code::unavailable, "The service is not available, try again",
              unavailable_retry_s};
  }
  return {500, code::internal_error, "Something went wrong"};
}

// The client learns what stands there.
void name_version(Response& response, Version version) {
  response.errors->version = outside(version);
  response.header("ETag", '"' + std::to_string(outside(version)) + '"');
}

}  // namespace

Response problem(const Refusal& refusal) {
  const auto answer = std::visit([](auto why) { return answer_to(why); }, refusal.why);
  const auto* rejection = std::get_if<Rejection>(&refusal.why);
  std::string message{answer.message};
  auto code = answer.code;
  if (rejection && *rejection == Rejection::payment_declined) {
    // The gateway's words are meant for the buyer; other details are for the log.
    if (!refusal.detail.empty()) message = refusal.detail;
    if (const auto why = decline::find(refusal.code); !why.empty()) code = ErrorCode{why};
  }
  auto response = error_response(answer.status, code, message);
  if (rejection && *rejection == Rejection::stale_version) name_version(response, refusal.version);
  constexpr DurationMs second = 1'000;
  const auto estimate_s = (refusal.retry_after_ms + second - 1) / second;
  const auto retry_after_s = std::max<std::int64_t>(answer.retry_after_s, estimate_s);
  if (retry_after_s > 0) response.header("Retry-After", std::to_string(retry_after_s));
  return response;
}

Response exists_already(Version version) {
  auto response = error_response(412, "It is there, and If-None-Match names it");
  name_version(response, version);
  return response;
}

}  // namespace usher::http
