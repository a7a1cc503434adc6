// One seed, from an empty disk to the end: a whole node, clients, a gateway and what goes wrong,
// all on one thread and one virtual clock. Same plan, same run, byte for byte.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sim/findings.hpp"
#include "tests/sim/trace.hpp"
#include "tests/support/dice.hpp"

namespace usher::sim {

struct Plan {
  test::Seed seed = 1;
  std::size_t steps = 600;  // turns, operations, faults and moments of time, before the end
  int mutation = 0;         // tests/sim/mutations.hpp
  Trace::Sink sink{};       // takes the readable trace; empty: only the hash
};

// How much has happened, so that nobody trusts in faults that never come.
struct Counts {
  std::uint64_t steps = 0, crashes = 0, failed_writes = 0, slow_disks = 0, jumps = 0, stops = 0,
                deposed = 0, records = 0, asks = 0, accepted = 0, rejected = 0, failed = 0,
                cut_off = 0, orders = 0, sales = 0, refunds = 0, charges = 0, commits_later = 0,
                falls = 0, cuts = 0;
  Counts& operator+=(const Counts& other);
};

struct Outcome {
  Finding finding;  // no check: nothing was found
  Counts counts;
  std::uint64_t trace_hash = 0;
  [[nodiscard]] bool is_clean() const { return finding.check.empty(); }
};

[[nodiscard]] Outcome simulate(const Plan& plan);

}  // namespace usher::sim
