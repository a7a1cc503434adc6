#include "config/formats.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "base/currency.hpp"

namespace usher {
namespace {

constexpr std::size_t host_length_max = 253;
constexpr std::size_t cookie_name_length_max = 64;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::optional<int> parse_number(std::string_view digits, int max) {
  if (digits.empty() || digits.front() == '-') return std::nullopt;
  int number = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc{} || rest != end || number > max) return std::nullopt;
  return number;
}

bool is_address(int family, std::string_view text) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(family, std::string{text}.c_str(), bytes) == 1;
}

bool is_host(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    return is_address(AF_INET6, host.substr(1, host.size() - 2));
  return !host.empty() && host.size() <= host_length_max &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-'; });
}

}  // namespace

bool is_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  return is_host(text.substr(0, colon)) && parse_number(text.substr(colon + 1), 65'535);
}

bool is_address_or_network(std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const bool is_v4 = is_address(AF_INET, address);
  if (!is_v4 && !is_address(AF_INET6, address)) return false;
  return slash == std::string_view::npos ||
         parse_number(text.substr(slash + 1), is_v4 ? 32 : 128).has_value();
}

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_cookie_name(std::string_view text) {
  constexpr std::string_view separators = "=;,\"\\";
  return !text.empty() && text.size() <= cookie_name_length_max &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return c > ' ' && c < 0x7F && separators.find(c) == std::string_view::npos;
         });
}

bool is_currency(std::string_view text) { return find_currency(text) != nullptr; }

bool is_base_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    return is_host(text) || is_host_port(text);
  }
  return false;
}

bool is_publishable_key(std::string_view text) {
  if (text.empty()) return true;
  return text.size() > 3 && text.size() <= 255 && text.starts_with("pk_") &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

}  // namespace usher
