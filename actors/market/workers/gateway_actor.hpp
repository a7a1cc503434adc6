// Between the orders and the payment gateway: one request at a time per payment, on a bounded pool
// of workers, the outcome sent back to the order as a command. An unknown outcome is not sent: the
// order's reminder asks again.
#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <functional>
#include <string>

#include "actors/market/workers/payment_gateway.hpp"
#include "actors/runtime/runtime.hpp"

namespace usher {

// `log` (may be empty) is told of unknown outcomes. Takes AskGateway, Stop.
caf::actor spawn_gateway_actor(caf::actor_system& system, const Runtime& runtime,
                               PaymentGateway& gateway,
                               std::function<void(const std::string&)> log);

}  // namespace usher
