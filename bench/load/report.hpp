// The results as JSON: one object per run, read by bench/run.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/load/engine.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/process_cost.hpp"

namespace usher::bench {

// Milliseconds: mean, p50, p90, p99, p99.9, max, and the curve for plots.
nlohmann::json latency_json(const Histogram& histogram);

nlohmann::json tally_json(const Tally& tally, const std::vector<std::string>& labels);

// Of the system under test, between the two moments.
nlohmann::json cost_json(const ProcessCost& before, const ProcessCost& after, const Tally& tally);

// Why the run does not count; empty when it does.
std::vector<std::string> failures_of(const Tally& tally);

}  // namespace usher::bench
