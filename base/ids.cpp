#include "base/ids.hpp"

namespace usher {

// 32 bit FNV-1a, its upper half folded onto the lower one by exclusive or.
Slot slot_of_text(std::string_view text) {
  constexpr std::uint32_t offset_basis = 2166136261U;
  constexpr std::uint32_t prime = 16777619U;
  std::uint32_t hash = offset_basis;
  for (const char c : text) {
    hash ^= static_cast<std::uint8_t>(c);
    hash *= prime;
  }
  return static_cast<Slot>((hash >> 16) ^ (hash & 0xFFFFU));
}

}  // namespace usher
