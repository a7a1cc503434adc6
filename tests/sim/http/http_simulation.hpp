// One seed over HTTP: a whole node, its front over memory connections, a gateway, clients that
// send bytes, crashes and failing writes; one thread and one virtual clock. docs/testing.md
#pragma once

#include <cstdint>
#include <map>

#include "tests/sim/findings.hpp"
#include "tests/sim/trace.hpp"
#include "tests/support/dice.hpp"

namespace usher::sim {

struct HttpPlan {
  test::Seed seed = 1;
  std::size_t steps = 700;
  int mutation = 0;        // of the wire: tests/sim/http/wire.hpp
  int actor_mutation = 0;  // behind the routes: tests/sim/mutations.hpp
  Trace::Sink sink{};
};

struct HttpCounts {
  std::uint64_t requests = 0, pieces = 0, lost = 0, repeats = 0, crashes = 0, failed_writes = 0,
                records = 0, orders = 0, sales = 0, turns = 0;
  std::map<int, std::uint64_t> statuses;
  HttpCounts& operator+=(const HttpCounts& other);
};

struct HttpOutcome {
  Finding finding;  // no check: nothing was found
  HttpCounts counts;
  std::uint64_t trace_hash = 0;
  [[nodiscard]] bool is_clean() const { return finding.check.empty(); }
};

[[nodiscard]] HttpOutcome simulate_http(const HttpPlan& plan);

}  // namespace usher::sim
