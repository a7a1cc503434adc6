#include "http/front/base64.hpp"

#include <array>
#include <cstdint>

namespace usher::http {
namespace {

constexpr std::string_view standard_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> digit_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::size_t i = 0; i < 64; ++i) {
    values[static_cast<unsigned char>(standard_digits[i])] = static_cast<std::uint8_t>(i);
    values[static_cast<unsigned char>(url_digits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

std::string encode(std::string_view bytes, std::string_view digits, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned count = 0;  // of bits not yet written
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out += digits[(bits >> (count - 6)) & 63];
  }
  if (count > 0) out += digits[(bits << (6 - count)) & 63];
  while (padded && out.size() % 4 != 0) out += '=';
  return out;
}

}  // namespace

std::string base64(std::string_view bytes) { return encode(bytes, standard_digits, true); }
std::string base64_url(std::string_view bytes) { return encode(bytes, url_digits, false); }

std::optional<std::string> from_base64(std::string_view text) {
  static constexpr auto values = digit_values();
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto value = values[static_cast<unsigned char>(c)];
    if (value == no_digit) return std::nullopt;
    bits = (bits << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xFF);
    }
  }
  return out;
}

}  // namespace usher::http
