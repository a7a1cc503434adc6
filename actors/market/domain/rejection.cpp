#include "actors/market/domain/rejection.hpp"

namespace usher {

static_assert(Rejection::not_found == rejections::not_found &&
              Rejection::stale_version == rejections::stale_version &&
              Rejection::already_exists == rejections::already_exists &&
              Rejection::key_reused == rejections::key_reused);

// No default case: the compiler names the enumerator that is missing here.
std::string_view name_of(Rejection rejection) {
  switch (rejection) {
    case Rejection::not_found:
      return "not_found";
    case Rejection::not_owner:
      return "not_owner";
    case Rejection::stale_version:
      return "stale_version";
    case Rejection::already_exists:
      return "already_exists";
    case Rejection::ticket_reserved:
      return "ticket_reserved";
    case Rejection::ticket_locked:
      return "ticket_locked";
    case Rejection::order_complete:
      return "order_complete";
    case Rejection::order_cancelled:
      return "order_cancelled";
    case Rejection::order_expired:
      return "order_expired";
    case Rejection::payment_in_flight:
      return "payment_in_flight";
    case Rejection::payment_declined:
      return "payment_declined";
    case Rejection::too_many_payments:
      return "too_many_payments";
    case Rejection::too_many_reservations:
      return "too_many_reservations";
    case Rejection::payment_settled:
      return "payment_settled";
    case Rejection::email_in_use:
      return "email_in_use";
    case Rejection::key_reused:
      return "key_reused";
  }
  return "unknown";
}

}  // namespace usher
