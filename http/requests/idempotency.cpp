#include "http/requests/idempotency.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "http/front/ascii.hpp"
#include "http/front/errors.hpp"
#include "http/requests/error_codes.hpp"

namespace usher::http {
namespace {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes) {
  Digest digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

std::array<std::uint8_t, 16> cut(const Digest& digest) {
  std::array<std::uint8_t, 16> half{};
  std::copy_n(digest.begin(), half.size(), half.begin());
  return half;
}

// With its length in front, so that no two lists of parts make the same bytes.
void append_part(std::string& out, std::string_view part) {
  out += std::to_string(part.size());
  out += ':';
  out += part;
}

}  // namespace

tl::expected<std::optional<std::string>, Complaint> key_of(const Request& request,
                                                           std::size_t length_max) {
  const auto value = request.headers.joined("Idempotency-Key");
  if (!value) return std::nullopt;
  const bool fits = !value->empty() && value->size() <= length_max &&
                    std::all_of(value->begin(), value->end(), is_visible);
  if (!fits)
    return tl::unexpected{Complaint{
        code::invalid_idempotency_key,
        "Idempotency-Key must be 1 to " + std::to_string(length_max) + " visible characters"}};
  return std::string{*value};
}

RequestKeyId request_key_id(std::string_view user, std::string_view route, std::string_view key) {
  std::string parts;
  append_part(parts, user);
  append_part(parts, route);
  append_part(parts, key);
  return {cut(sha256(parts))};
}

RequestKey::Fingerprint fingerprint_of(const Parts& parts) {
  std::string bytes;
  for (const auto& part : parts) append_part(bytes, part);
  return cut(sha256(bytes));
}

MadeOnce once_of(const std::optional<std::string>& key, const Request& request,
                 std::string_view user, std::string_view route, const Parts& parts,
                 TimeMs deadline) {
  if (!key) return {std::nullopt, deadline};
  // Until 0.1 it was of the body's bytes.
  return {
      OnceKey{request_key_id(user, route, *key), fingerprint_of(parts), cut(sha256(request.body))},
      deadline};
}

}  // namespace usher::http
