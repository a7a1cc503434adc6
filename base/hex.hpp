// Bytes as hex digits and back: the one place that spells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

inline constexpr std::string_view hex_digits = "0123456789abcdef";
inline constexpr std::string_view hex_digits_upper = "0123456789ABCDEF";

// Two digits.
inline void append_hex(std::string& out, std::uint8_t byte, std::string_view digits = hex_digits) {
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

// What the digit stands for, upper or lower case; -1: it is none.
[[nodiscard]] constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Lower case, two digits a byte.
[[nodiscard]] std::string to_hex(std::string_view bytes);
// 16 or 8 digits, the highest first.
[[nodiscard]] std::string to_hex(std::uint64_t number);
[[nodiscard]] std::string to_hex(std::uint32_t number);
// The inverse, upper or lower case; nullopt: an odd number of digits, or something else among them.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view digits);

// RFC 3986: everything but unreserved characters becomes %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace usher
