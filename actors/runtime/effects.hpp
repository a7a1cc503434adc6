// Carries out what an aggregate set off, once the events that it follows from are durable, and says
// what a rejection tells the caller beyond its name.
#pragma once

#include <caf/fwd.hpp>
#include <string>
#include <type_traits>
#include <variant>

#include "actors/runtime/messages.hpp"
#include "actors/runtime/runtime.hpp"

namespace usher {

// Nobody waits for these commands: the reminder that set them off repeats them until the fact is
// recorded.
inline constexpr DurationMs background_deadline_ms = 60'000;

void perform(caf::event_based_actor* self, const Runtime& runtime, const OrderId& order,
             const Order::Effect& effect);
template <class Key>
void perform(caf::event_based_actor*, const Runtime&, const Key&, const std::monostate&) {}

// payment_declined carries the gateway's words.
template <class A>
Refusal refusal(Rejection why, Version version, const typename A::State* state, const Ask<A>& ask) {
  Refusal out{why, version, {}};
  if constexpr (std::is_same_v<A, Order>) {
    const auto* start = std::get_if<Order::StartPayment>(&ask.command);
    if (why == Rejection::payment_declined && state && start)
      if (const auto* payment = state->find_payment(start->payment)) out.detail = payment->detail;
  }
  return out;
}

}  // namespace usher
