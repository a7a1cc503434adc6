#include "bench/lab/run.hpp"

#include <sys/resource.h>

#include <utility>

#include "bench/lab/client.hpp"

namespace usher::lab {
namespace {

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto in_seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime);
}

}  // namespace

Run run(const StrategyKind& strategy_kind, const WorkloadKind& workload_kind, std::uint64_t seed) {
  const Workload& workload = workload_kind.workload;
  Run result;
  std::vector<Plan> plans = draw_plans(workload_kind, seed);
  result.plan_digest = digest_of(plans);
  std::vector<Client> clients;
  for (std::size_t i = 0; i < workload.clients; ++i)
    clients.emplace_back(i, workload, std::move(plans[i]));

  Evidence& evidence = result.evidence;
  evidence.before = make_tickets(workload.tickets);
  const auto strategy = strategy_kind.make(
      {evidence.before, workload.clients, Work{workload.hold_ns, workload.read_hold_ns}});

  for (Client& client : clients) client.warm_up(workload.warm_up);
  strategy->drive(clients);
  std::int64_t end_ns = 0;
  if (workload.seconds > 0) end_ns = now_ns() + static_cast<std::int64_t>(workload.seconds * 1e9);
  for (Client& client : clients)
    end_ns > 0 ? client.measure_until(end_ns) : client.measure(workload.steps);
  const double cpu_before = cpu_seconds();
  strategy->drive(clients);
  const double cpu_spent = cpu_seconds() - cpu_before;

  for (std::size_t i = 0; i < workload.tickets; ++i)
    evidence.after.push_back(strategy->final_state(i));
  for (Client& client : clients)
    for (Records& records : client.take_records()) evidence.records.push_back(std::move(records));
  result.metrics = measure(evidence, workload.clients, end_ns);
  if (result.metrics.calls > 0)
    result.cpu_us_per_call = cpu_spent * 1e6 / static_cast<double>(result.metrics.calls);
  result.faults = faults_of(evidence);
  if (result.metrics.calls == 0) result.faults.emplace_back("nothing was measured");
  return result;
}

}  // namespace usher::lab
