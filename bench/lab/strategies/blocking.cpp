// The actors of `mailbox`, asked by threads that wait for the answer (caf::scoped_actor). What the
// waiting costs is the difference between the two: two thread switches for each call.
#include "bench/lab/actor_tickets.hpp"

namespace usher::lab {
namespace {

std::unique_ptr<Strategy> make(Setup setup) {
  const std::size_t owners = setup.tickets.size();
  return std::make_unique<ActorTickets>(std::move(setup), owners, /*blocking=*/true);
}

const Registration registration{
    {"blocking", "a CAF actor for each ticket; clients are threads that wait", make}};

}  // namespace
}  // namespace usher::lab
