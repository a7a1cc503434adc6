// Actors and messages of any application by the names of their types, for traces.
#pragma once

#include <caf/fwd.hpp>
#include <cstdint>
#include <string>
#include <typeinfo>

namespace usher::sim {

// A C++ type without our namespaces: "Ask<Ticket>".
[[nodiscard]] std::string short_name(const std::type_info& type);

// The same for every run of every build: hashed from the message's type.
[[nodiscard]] std::uint64_t kind_of(const caf::mailbox_element& message);
[[nodiscard]] std::string name_of(const caf::mailbox_element& message);
// The kind of actor: "Shard", "AggregateHost<Ticket>", ...
[[nodiscard]] std::string name_of(const caf::scheduled_actor& actor);

}  // namespace usher::sim
