// One run: a strategy meets a workload; what happened is measured and checked.
#pragma once

#include <string>
#include <vector>

#include "bench/lab/checker.hpp"
#include "bench/lab/metrics.hpp"
#include "bench/lab/strategy.hpp"
#include "bench/lab/workload.hpp"

namespace usher::lab {

struct Run {
  Metrics metrics;
  double cpu_us_per_call = 0;  // user and system, of the whole process, while it was measured
  std::uint64_t plan_digest = 0;
  Evidence evidence;
  std::vector<std::string> faults;  // empty: the run was right
};

Run run(const StrategyKind& strategy, const WorkloadKind& workload, std::uint64_t seed);

}  // namespace usher::lab
