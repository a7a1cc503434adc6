#include "config/units.hpp"

#include <charconv>
#include <limits>
#include <span>

namespace usher {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// Largest first, so that formatting finds the shortest text.
constexpr Unit duration_units[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr Unit size_units[] = {
    {"GiB", 1LL << 30}, {"MiB", 1LL << 20}, {"KiB", 1LL << 10}, {"B", 1}};

std::optional<std::int64_t> parse(std::string_view text, std::span<const Unit> units) {
  if (text.empty() || text.front() == '-') return std::nullopt;
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view name{rest, static_cast<std::size_t>(end - rest)};
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

std::string format(std::int64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units)
    if (value != 0 && value % unit.factor == 0)
      return std::to_string(value / unit.factor).append(unit.name);
  return {};  // zero: the caller knows its unit
}

}  // namespace

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  return parse(text, duration_units);
}

std::string duration_text(std::int64_t duration_ms) {
  return duration_ms == 0 ? "0s" : format(duration_ms, duration_units);
}

std::optional<std::int64_t> parse_size_bytes(std::string_view text) {
  return parse(text, size_units);
}

std::string size_text(std::int64_t size_bytes) {
  return size_bytes == 0 ? "0B" : format(size_bytes, size_units);
}

}  // namespace usher
