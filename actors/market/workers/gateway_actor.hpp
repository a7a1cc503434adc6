// Between the orders and the payment gateway: one request at a time per payment, on a bounded pool
// of workers, the outcome sent back to the order as a command. An unknown outcome is not sent: the
// order's reminder asks again.
//
// "Again" is safe while the gateway remembers the key. Then, and as soon as an answer is late, the
// gateway is asked what it knows instead; "nothing" is believed when the last attempt is long ago.
#pragma once

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <functional>
#include <string>

#include "actors/market/options.hpp"
#include "actors/market/workers/payment_gateway.hpp"
#include "actors/runtime/runtime.hpp"

namespace usher {

// Order -> gateway actor. The answer comes back as a command to the order.
struct AskGateway {
  OrderId order;
  Order::Effect request;  // ChargeCard or GiveBack
};

// `log` (may be empty) is told of unknown outcomes. Takes AskGateway, Stop.
caf::actor spawn_gateway_actor(caf::actor_system& system, const Runtime& runtime,
                               const MarketOptions& options, MarketGauges& gauges,
                               PaymentGateway& gateway,
                               std::function<void(const std::string&)> log);

}  // namespace usher

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(usher::AskGateway)
