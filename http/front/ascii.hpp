// Character rules of HTTP (RFC 9110, RFC 3986): bytes, never the locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/hex.hpp"
#include "base/text.hpp"

namespace usher::http {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return lower_ascii(c) >= 'a' && lower_ascii(c) <= 'z'; }

// A character of a token: of a method or a header's name.
constexpr bool is_token_char(char c) {
  if (is_digit(c) || is_alpha(c)) return true;
  return c != '\0' && std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

// Visible ASCII: what a request target may hold, once its form has been judged.
constexpr bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

constexpr bool equal_without_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower_ascii(a[i]) != lower_ascii(b[i])) return false;
  return true;
}

constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Is `token` one of the comma-separated values of a header such as Connection?
constexpr bool list_contains(std::string_view list, std::string_view token) {
  while (true) {
    const auto comma = list.find(',');
    if (equal_without_case(trimmed(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

// nullopt when a % is not followed by two hex digits. '+' becomes a blank in a query only.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank);

}  // namespace usher::http
