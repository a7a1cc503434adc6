// The shop's messages, commands and ids in a few readable words, for traces.
#pragma once

#include <caf/fwd.hpp>
#include <string>
#include <variant>

#include "actors/market/market.hpp"
#include "persistence/journal.hpp"
#include "tests/sim/names.hpp"

namespace usher::sim {

[[nodiscard]] std::string describe(const caf::mailbox_element& message);

// The random part of an id is enough to tell them apart: "t-31c4f2".
[[nodiscard]] std::string brief(const TicketId& id);
[[nodiscard]] std::string brief(const OrderId& id);
[[nodiscard]] std::string brief(const PaymentId& id);
[[nodiscard]] std::string brief(const Email& email);
[[nodiscard]] std::string brief(const RequestKeyId& id);
[[nodiscard]] std::string brief_stream(const std::string& stream);

// The command's name and what matters of it: "Reserve o-77aa01 by b2".
[[nodiscard]] std::string describe(const Ticket::Command& command);
[[nodiscard]] std::string describe(const Order::Command& command);
[[nodiscard]] std::string describe(const Account::Command& command);
[[nodiscard]] std::string describe(const RequestKey::Command& command);
[[nodiscard]] std::string describe(const Refusal& refusal);
[[nodiscard]] std::string describe(const FeedRecord& fed);

}  // namespace usher::sim
