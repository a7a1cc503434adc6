#include "base/hex.hpp"

namespace usher {

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char byte : bytes) append_hex(out, static_cast<std::uint8_t>(byte));
  return out;
}

std::string to_hex(std::uint64_t number) {
  std::string out;
  out.reserve(2 * sizeof number);
  for (int shift = 56; shift >= 0; shift -= 8)
    append_hex(out, static_cast<std::uint8_t>(number >> shift));
  return out;
}

std::string to_hex(std::uint32_t number) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    append_hex(out, static_cast<std::uint8_t>(number >> shift));
  return out;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_value(digits[i]), low = hex_value(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::string percent_encoded(std::string_view text) {
  const auto is_unreserved = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
  };
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += '%';
      append_hex(out, static_cast<std::uint8_t>(c), hex_digits_upper);
    }
  }
  return out;
}

}  // namespace usher
