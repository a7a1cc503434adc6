// Tickets owned by CAF actors: one actor for each ticket, or for each of some groups of them. A
// call is a message that waits in the owner's mailbox; nothing is shared and nothing is locked.
#pragma once

#include <memory>

#include "bench/lab/strategy.hpp"

namespace usher::lab {

class ActorTickets : public Strategy {
 public:
  // Ticket i belongs to owner i % owners. `blocking`: clients are threads that wait for the answer
  // (caf::scoped_actor); else clients are actors as well, and no thread ever waits.
  ActorTickets(Setup setup, std::size_t owners, bool blocking);
  ~ActorTickets() override;

  Answer execute(const Call& call) override;
  VersionedTicket final_state(std::size_t ticket) override;
  void drive(std::span<Client> clients) override;

 private:
  struct Impl;  // keeps CAF out of this header
  std::unique_ptr<Impl> impl_;
};

}  // namespace usher::lab
