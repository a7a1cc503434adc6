// Scenes for faults that random seeds seldom or never meet: every message and every sync by hand.
// Each passes on the right code and fails under its mutant.
#pragma once

#include <span>
#include <string_view>

#include "tests/consensus/cluster.hpp"

namespace usher::consensus::sim {

class Stage;
struct Scene {
  std::string_view name;
  void (*play)(Stage&);
};
[[nodiscard]] std::span<const Scene> scenes();

// What the scene has found; empty: nothing.
[[nodiscard]] std::string play(const Scene& scene, const Plan& plan);

}  // namespace usher::consensus::sim
