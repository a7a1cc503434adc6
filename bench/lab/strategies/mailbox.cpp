// An actor for each ticket, and clients that are actors too: Usher's own way, without its journal.
// A message that waits in a mailbox holds up no thread.
#include "bench/lab/actor_tickets.hpp"

namespace usher::lab {
namespace {

std::unique_ptr<Strategy> make(Setup setup) {
  const std::size_t owners = setup.tickets.size();
  return std::make_unique<ActorTickets>(std::move(setup), owners, /*blocking=*/false);
}

const Registration registration{
    {"mailbox", "a CAF actor for each ticket; clients are actors", make}};

}  // namespace
}  // namespace usher::lab
