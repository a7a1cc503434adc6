// Would the scenes and the seeds find a defect? Each thing that a caller could forget, and each
// that the core adds to the library, is left out once, and must be found.
#include <dlfcn.h>
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/consensus/campaign.hpp"
#include "tests/consensus/scenes.hpp"

using namespace usher::consensus;
using namespace usher::consensus::sim;

namespace {

Plan plan_of(Mutant mutant) { return {.library = USHER_RAFT_LIBRARY, .mutant = mutant}; }

std::string first_finding_of_scenes(const Plan& plan) {
  for (const Scene& scene : scenes())
    if (auto finding = play(scene, plan); !finding.empty()) return finding;
  return {};
}

// The first seed that finds something; 0: none does.
u64 first_seed_that_finds(Plan plan, u64 seeds) {
  for (plan.seed = 1; plan.seed <= seeds; ++plan.seed)
    if (!run_seed(plan).finding.empty()) return plan.seed;
  return 0;
}

void switch_core(CoreMutant mutant) {
  void* handle = ::dlopen(USHER_RAFT_LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  REQUIRE(handle != nullptr);
  auto* mutate = reinterpret_cast<void (*)(std::int32_t)>(::dlsym(handle, "core_mutate"));
  const bool is_mutable = mutate != nullptr;
  REQUIRE(is_mutable);
  mutate(static_cast<std::int32_t>(mutant));
}

// Found by random seeds within some tens of them; the others need a scene.
constexpr std::array by_seeds = {Mutant::reuse,      Mutant::old_disk,     Mutant::late_commit,
                                 Mutant::early_ack,  Mutant::early_synced, Mutant::early_apply,
                                 Mutant::early_term, Mutant::no_report};
constexpr u64 seeds_to_find = 200;
// No scene is about these: the first seeds find them.
constexpr std::array only_by_seeds = {Mutant::no_report, Mutant::old_disk, Mutant::early_apply};

}  // namespace

TEST_CASE("the mutable build finds nothing while no defect is switched on") {
  switch_core(CoreMutant::none);
  CHECK(first_finding_of_scenes(plan_of(Mutant::none)) == "");
  CHECK(first_seed_that_finds(plan_of(Mutant::none), 5) == 0);
}

TEST_CASE("each scene's mutant of the caller is found") {
  for (const auto& named : mutant_names) {
    const auto mutant = named.first;
    if (std::find(only_by_seeds.begin(), only_by_seeds.end(), mutant) != only_by_seeds.end())
      continue;
    const auto finding = first_finding_of_scenes(plan_of(mutant));
    CHECK_MESSAGE(!finding.empty(), "not found by any scene: " << named.second);
    MESSAGE(named.second << ": " << finding);
  }
}

TEST_CASE("what random weather can find, it finds") {
  for (const auto& named : mutant_names) {
    const auto mutant = named.first;
    if (std::find(by_seeds.begin(), by_seeds.end(), mutant) == by_seeds.end()) continue;
    const u64 seed = first_seed_that_finds(plan_of(mutant), seeds_to_find);
    CHECK_MESSAGE(seed != 0, "not found by any seed: " << named.second);
    MESSAGE(named.second << ": seed " << seed);
  }
}

TEST_CASE("each mutant of the core is found") {
  for (const auto& named : core_mutant_names) {
    switch_core(named.first);
    const auto finding = first_finding_of_scenes(plan_of(Mutant::none));
    CHECK_MESSAGE(!finding.empty(), "not found by any scene: " << named.second);
    MESSAGE(named.second << ": " << finding);
  }
  switch_core(CoreMutant::none);
}
