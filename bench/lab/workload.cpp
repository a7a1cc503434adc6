#include "bench/lab/workload.hpp"

#include <algorithm>

namespace usher::lab {
namespace {

constexpr std::size_t price_max = 1'000'000;  // cents

std::vector<WorkloadKind>& registered() {
  static std::vector<WorkloadKind> kinds;  // filled before main()
  return kinds;
}

}  // namespace

Plan draw_shares(const Workload& workload, std::size_t, bench::Random& random) {
  const bench::Zipf popularity{workload.tickets, workload.zipf};
  Plan plan(workload.warm_up + workload.steps);
  for (Step& step : plan) {
    step.ticket = static_cast<std::uint32_t>(popularity.draw(random));
    if (random.unit() < workload.reads)
      step.kind = StepKind::read;
    else
      step.kind = random.unit() < workload.edits ? StepKind::edit : StepKind::borrow;
    step.price = static_cast<std::uint32_t>(1 + random.below(price_max));
  }
  return plan;
}

WorkloadRegistration::WorkloadRegistration(const WorkloadKind& kind) {
  auto& kinds = registered();
  const auto behind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const auto& other) { return kind.name < other.name; });
  kinds.insert(behind, kind);
}

const std::vector<WorkloadKind>& workloads() { return registered(); }

const WorkloadKind* find_workload(std::string_view name) {
  for (const WorkloadKind& kind : workloads())
    if (kind.name == name) return &kind;
  return nullptr;
}

std::vector<Plan> draw_plans(const WorkloadKind& kind, std::uint64_t seed) {
  bench::Random seeds{seed};
  std::vector<Plan> plans;
  for (std::size_t client = 0; client < kind.workload.clients; ++client) {
    bench::Random random{seeds.next()};
    plans.push_back(kind.draw(kind.workload, client, random));
  }
  return plans;
}

std::uint64_t digest_of(const std::vector<Plan>& plans) {
  std::uint64_t digest = 0xcbf29ce484222325ULL;
  const auto add = [&](std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8)
      digest = (digest ^ ((value >> shift) & 0xff)) * 0x100000001b3ULL;
  };
  for (const Plan& plan : plans) {
    add(plan.size());
    for (const Step& step : plan) {
      add(static_cast<std::uint64_t>(step.kind));
      add(std::uint64_t{step.ticket} << 32 | step.price);
    }
  }
  return digest;
}

}  // namespace usher::lab
