// Durations and sizes as people write them: "15m", "500ms", "64KiB".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

// A whole number and one unit of ms, s, m, h, d, without a blank: milliseconds. nullopt for
// anything else, also past the largest number of milliseconds.
[[nodiscard]] std::optional<std::int64_t> parse_duration_ms(std::string_view text);
// In the largest unit that needs no fraction: 900000 is "15m"; 0 is "0s".
[[nodiscard]] std::string duration_text(std::int64_t duration_ms);

// A whole number and one unit of B, KiB, MiB, GiB, without a blank: bytes.
[[nodiscard]] std::optional<std::int64_t> parse_size_bytes(std::string_view text);
[[nodiscard]] std::string size_text(std::int64_t size_bytes);

}  // namespace usher
