// The figures of one run. docs/lab.md defines each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bench/lab/record.hpp"
#include "bench/load/histogram.hpp"

namespace usher::lab {

struct Metrics {
  std::uint64_t calls = 0;  // measured ones; all below is of them
  std::uint64_t reads = 0;
  std::uint64_t accepted = 0;   // commands that made an event
  std::uint64_t rejected = 0;   // by the domain
  std::uint64_t aborted = 0;    // by the strategy
  std::uint64_t decides = 0;    // how often decide() ran
  std::uint64_t retries = 0;    // how often it ran again because its result was thrown away
  double wasted_share = 0;      // decides thrown away / decides
  double window_seconds = 0;    // in which all clients were at work
  double calls_per_second = 0;  // answered within the window
  double fairness = 1;          // Jain's index of the clients' calls within the window
  bench::Histogram latency;     // ns
};

// (sum x)^2 / (n sum x^2): 1 when all have the same, 1 / n when one has all.
double jain_index(std::span<const std::uint64_t> shares);

// `window_end_ns`: when the clients were to stop; 0: the window ends when the first one is done.
Metrics measure(const Evidence& evidence, std::size_t clients, std::int64_t window_end_ns);

}  // namespace usher::lab
