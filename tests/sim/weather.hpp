// What a seed makes of a run: how often which fault comes, and how the node is set up. Drawn wide,
// so that some runs see storms of one kind and others see none of it ("swarm testing"), and with
// limits so small that they are reached.
#pragma once

#include <cstddef>

#include "actors/market/options.hpp"
#include "tests/sim/clients.hpp"
#include "tests/sim/gateway.hpp"
#include "tests/support/dice.hpp"

namespace usher::sim {

// One step in so many; 0: never.
struct Weather {
  std::size_t acts = 0;           // a client asks for something
  std::size_t passes = 0;         // time passes, whoever has something to do
  std::size_t crashes = 0;        // kill -9
  std::size_t fails = 0;          // the next write fails
  std::size_t slow = 0;           // the disk hangs
  std::size_t jumps = 0;          // the wall clock jumps
  std::size_t stops = 0;          // an orderly stop
  std::size_t deposes = 0;        // another incarnation takes over a shard
  std::size_t operator_acts = 0;  // of what clients do: somebody settles a payment by hand
  GatewayMoods gateway;
  // Consensus is with others (fickle_core.hpp): how they behave.
  bool has_others = false;
  std::size_t commits = 0, commits_at_once = 0, leader_falls = 0, other_acts = 0, led_meanwhile = 0;
};

[[nodiscard]] Weather draw_weather(test::Dice& dice);
[[nodiscard]] MarketOptions draw_options(test::Dice& dice);
[[nodiscard]] Clients::Options draw_clients(test::Dice& dice);

}  // namespace usher::sim
