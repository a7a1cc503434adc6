// A workload: what the clients ask, how often and of which tickets. To add one, write one file in
// workloads/ that ends with a WorkloadRegistration; docs/lab.md has an example.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bench/load/random.hpp"

namespace usher::lab {

// Everything that can be varied.
struct Workload {
  std::size_t tickets = 1'000;
  std::size_t clients = 4;
  // Measured, of each client. With a time limit: it goes round and round a plan of so many.
  std::size_t steps = 20'000;
  double seconds = 0;           // the time limit; 0: none
  std::size_t warm_up = 2'000;  // before, not measured (but checked)
  double zipf = 0.99;           // ticket i is drawn in proportion to 1 / (i + 1)^zipf; 0: all alike
  double reads = 0.5;           // share of the steps that read
  double edits = 0.5;           // share of the other steps that edit; the rest borrows
  std::uint64_t think_ns = 0;   // slept before each step: the client is elsewhere
  std::uint64_t keep_ns = 0;    // slept between a client's reservation and its release
  std::uint64_t hold_ns = 0;    // busy inside each decide: a longer critical section
  std::uint64_t read_hold_ns = 0;  // busy inside each read
};

enum class StepKind : std::uint8_t {
  read,
  edit,    // one Edit
  borrow,  // a Reserve and, if it was accepted, its Release
  take,    // a Reserve that is never released
};

struct Step {
  StepKind kind = StepKind::read;
  std::uint32_t ticket = 0;
  std::uint32_t price = 0;  // edit: what is written
  bool operator==(const Step&) const = default;
};

// One client's steps; a pure function of its arguments.
using Plan = std::vector<Step>;
using Draw = Plan (*)(const Workload& workload, std::size_t client, bench::Random& random);

// Kinds and tickets at random, as the workload's shares say.
Plan draw_shares(const Workload& workload, std::size_t client, bench::Random& random);

struct WorkloadKind {
  std::string_view name;
  std::string_view meaning;
  Workload workload;
  Draw draw = draw_shares;
};

const std::vector<WorkloadKind>& workloads();
const WorkloadKind* find_workload(std::string_view name);

struct WorkloadRegistration {
  explicit WorkloadRegistration(const WorkloadKind& kind);
};

// All clients' plans. The same kind, workload and seed give the same plans, whatever the strategy.
std::vector<Plan> draw_plans(const WorkloadKind& kind, std::uint64_t seed);
// To compare plans by: 64 bit FNV-1a of all their steps.
std::uint64_t digest_of(const std::vector<Plan>& plans);

}  // namespace usher::lab
