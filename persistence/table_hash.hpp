// A hash for tables in memory. Never stored: another library may have another.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace usher {

// The same name in another of a few groups (families, shards) hashes to something else.
[[nodiscard]] inline std::uint64_t hash_within(std::uint64_t group, std::string_view name) {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15ULL;  // spreads the groups
  return std::hash<std::string_view>{}(name) ^ (odd * (group + 1));
}

}  // namespace usher
