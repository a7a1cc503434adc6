// An actor for each shard, which owns many tickets: fewer mailboxes, and unrelated tickets wait for
// each other.
#include "bench/lab/actor_tickets.hpp"

namespace usher::lab {
namespace {

constexpr std::size_t shards = 64;  // as many as Usher has by default

std::unique_ptr<Strategy> make(Setup setup) {
  return std::make_unique<ActorTickets>(std::move(setup), shards, /*blocking=*/false);
}

const Registration registration{
    {"shard", "a CAF actor for each of 64 shards of tickets; clients are actors", make}};

}  // namespace
}  // namespace usher::lab
