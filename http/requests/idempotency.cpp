#include "http/requests/idempotency.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "http/front/ascii.hpp"
#include "http/front/errors.hpp"
#include "http/requests/ask.hpp"

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
  const auto value = request.headers.find("Idempotency-Key");
  if (!value) return std::nullopt;
  const bool fits = !value->empty() && value->size() <= length_max &&
                    std::all_of(value->begin(), value->end(), is_visible);
  if (!fits)
    return tl::unexpected{Complaint{"Idempotency-Key must be 1 to " + std::to_string(length_max) +
                                    " visible characters"}};
  return std::string{*value};
}

RequestKeyId request_key_id(std::string_view user, std::string_view route, std::string_view key) {
  std::string parts;
  append_part(parts, user);
  append_part(parts, route);
  append_part(parts, key);
  return {cut(sha256(parts))};
}

RequestKey::Fingerprint fingerprint_of(std::string_view body) { return cut(sha256(body)); }

asio::awaitable<Answered<Claim<RequestKey::AnyId>>> claim_any(Market& market, ClaimRequest request,
                                                              RequestKey::AnyId proposed,
                                                              TimeMs deadline) {
  if (!request.key) co_return Claim<RequestKey::AnyId>{proposed, false, false};
  const auto id = request_key_id(request.user, request.route, *request.key);
  RequestKey::Command command = RequestKey::Claim{request.fingerprint, proposed};
  const AskOptions options{.deadline = deadline, .if_version = std::nullopt};
  auto asking = ask<RequestKey>(market, id, std::move(command), options);
  const auto claimed = co_await std::move(asking);
  if (!claimed) co_return tl::unexpected{claimed.error()};
  const auto& kept = claimed->state->id;
  co_return Claim<RequestKey::AnyId>{kept, true, kept != proposed};
}

}  // namespace usher::http
