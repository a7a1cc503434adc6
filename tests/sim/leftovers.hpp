// What a node keeps beside its store (reminders in memory, aggregates, queues, figures) in moments
// in which nobody has anything to do: it is what the store says, and nobody is forgotten in it.
#pragma once

#include <cstddef>
#include <string>

#include "actors/market/node.hpp"
#include "persistence/journal.hpp"
#include "tests/sim/world.hpp"

namespace usher::sim {

// In any quiet moment of a node that is well; `asked`: what clients still wait for. The first thing
// that is wrong; empty: nothing is.
[[nodiscard]] std::string wrong_while_quiet(const Node& node, const Journal& journal,
                                            std::size_t asked);

// When every order has ended, and everybody was idle for longer than anybody stays in memory.
[[nodiscard]] std::string left_over(const Node& node, const Journal& journal, World& world);

}  // namespace usher::sim
