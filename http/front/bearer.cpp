#include "http/front/bearer.hpp"

#include <openssl/crypto.h>

#include "http/front/ascii.hpp"

namespace usher::http {

std::optional<std::string_view> bearer_token(const Request& request) {
  constexpr std::string_view scheme = "bearer ";
  const auto value = request.headers.find("Authorization");
  if (!value || value->size() <= scheme.size()) return std::nullopt;
  if (!equal_without_case(value->substr(0, scheme.size()), scheme)) return std::nullopt;
  return trimmed(value->substr(scheme.size()));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool has_bearer(const Request& request, std::string_view secret) {
  const auto token = bearer_token(request);
  return token && !secret.empty() && equal_in_constant_time(*token, secret);
}

}  // namespace usher::http
