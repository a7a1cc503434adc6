// Idempotency-Key: the key's own aggregate remembers which id the first request got, so that a
// repeat is sent to the same ticket, order or payment and meets the first answer there, at any
// node and after any crash. (docs/decisions/0003)
#pragma once

#include <asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "actors/market/market.hpp"
#include "http/front/errors.hpp"
#include "http/front/message.hpp"

namespace usher::http {

// nullopt without the header; a complaint when it is empty, longer than the limit, or has other
// characters than visible ASCII.
[[nodiscard]] tl::expected<std::optional<std::string>, Complaint> key_of(const Request& request,
                                                                         std::size_t length_max);

[[nodiscard]] RequestKeyId request_key_id(std::string_view user, std::string_view route,
                                          std::string_view key);
[[nodiscard]] RequestKey::Fingerprint fingerprint_of(std::string_view body);

template <class AnId>
struct Claim {
  AnId id;
  bool has_key = false;
  bool is_repeat = false;  // an earlier request had claimed the key: there may be an answer
};

struct ClaimRequest {
  std::optional<std::string> key;
  std::string user;
  std::string route;  // "POST /api/tickets"
  RequestKey::Fingerprint fingerprint{};
};

// Durable before it returns. Without a key: just the proposed id.
[[nodiscard]] asio::awaitable<Answered<Claim<RequestKey::AnyId>>> claim_any(
    Market& market, ClaimRequest request, RequestKey::AnyId proposed, TimeMs deadline);

template <class AnId>
asio::awaitable<Answered<Claim<AnId>>> claim(Market& market, ClaimRequest request, AnId proposed,
                                             TimeMs deadline) {
  auto claiming = claim_any(market, std::move(request), proposed.bytes(), deadline);
  const auto claimed = co_await std::move(claiming);
  if (!claimed) co_return tl::unexpected{claimed.error()};
  co_return Claim<AnId>{AnId{claimed->id}, claimed->has_key, claimed->is_repeat};
}

}  // namespace usher::http
