// Every reason for which the domain says no. A rejection is a normal answer: nothing changed.
// http/problem.cpp alone turns them into statuses and texts.
#pragma once

#include <cstdint>

#include "actors/runtime/model/vocabulary.hpp"

namespace usher {

enum class Rejection : std::uint16_t {
  // any aggregate
  not_found = 1,       // no such ticket, order or account
  stale_version = 2,   // the write was based on an old version (If-Match)
  already_exists = 3,  // the id drawn for a new aggregate is taken: draw again
  key_reused = 4,      // the Idempotency-Key was used for another request
  not_owner,           // it is somebody else's
  // ticket
  ticket_reserved,  // reserved or sold: cannot be reserved again
  ticket_locked,    // reserved or sold: cannot be edited
  // order
  order_complete,         // paid: cannot be cancelled or paid again
  order_cancelled,        // cannot be paid
  order_expired,          // its deadline has passed: cannot be paid
  payment_in_flight,      // a charge is under way: neither cancel nor pay again now
  payment_declined,       // the gateway said no
  too_many_payments,      // Order::payments_max attempts were made
  too_many_reservations,  // the buyer has as many live orders as one may have
  payment_settled,        // the operator's verdict does not fit what became of the payment
  // account
  email_in_use,
};

}  // namespace usher
