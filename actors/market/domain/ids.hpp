// Identities of the marketplace.
#pragma once

#include <compare>
#include <string>

#include "base/ids.hpp"

namespace usher {

// An order and its payments have the slot of their ticket: they share a shard.
using TicketId = Id<struct TicketTag>;
using OrderId = Id<struct OrderTag>;
using PaymentId = Id<struct PaymentTag>;

// Who signed in. Any text: existing suites forge sessions for users that never signed up.
struct UserId {
  std::string text;
  auto operator<=>(const UserId&) const = default;
};

}  // namespace usher
