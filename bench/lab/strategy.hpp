// A strategy: what makes sure that calls to one ticket happen one after the other (or as if). To
// add one, write one file in strategies/ that ends with a Registration; docs/lab.md has an example.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "bench/lab/ticket_work.hpp"

namespace usher::lab {

class Client;

// What a strategy starts with.
struct Setup {
  std::vector<VersionedTicket> tickets;
  std::size_t clients = 1;  // Call::client is below this
  Work work;
};

class Strategy {
 public:
  Strategy() = default;
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  // Does what the call asks, and returns when it is done. Called by many threads at once, by one
  // at a time for each client.
  virtual Answer execute(const Call& call) = 0;

  // Called when no client is at work any more.
  virtual VersionedTicket final_state(std::size_t ticket) = 0;

  // Lets all clients do what they have to, and returns when all are done. By default each has a
  // thread of its own that waits for its answers; a strategy whose clients need not wait (actors)
  // has its own way.
  virtual void drive(std::span<Client> clients);
};

struct StrategyKind {
  std::string_view name;
  std::string_view meaning;
  std::unique_ptr<Strategy> (*make)(Setup);
  bool is_broken = false;  // on purpose, to show that the checks find it
};

// In the order of their names.
const std::vector<StrategyKind>& strategies();
const StrategyKind* find_strategy(std::string_view name);

// At namespace scope in the strategy's file.
struct Registration {
  explicit Registration(const StrategyKind& kind);
};

template <class S>
std::unique_ptr<Strategy> make_strategy(Setup setup) {
  return std::make_unique<S>(std::move(setup));
}

}  // namespace usher::lab
