// All clients want the same tickets in the same order, and nobody gives one back: one wins each.
#include "bench/lab/workload.hpp"

namespace usher::lab {
namespace {

Plan draw(const Workload& workload, std::size_t, bench::Random&) {
  Plan plan(workload.warm_up + workload.steps);
  for (std::size_t i = 0; i < plan.size(); ++i)
    plan[i] = {StepKind::take, static_cast<std::uint32_t>(i % workload.tickets), 0};
  return plan;
}

const WorkloadRegistration registration{{"flash_sale",
                                         "all clients after the same tickets, one after the other",
                                         {.tickets = 25'000},
                                         draw}};

}  // namespace
}  // namespace usher::lab
