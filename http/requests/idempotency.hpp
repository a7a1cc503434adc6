// Idempotency-Key: the key's own aggregate remembers which id the first request got, so that a
// repeat is sent to the same ticket, order or payment and meets the first answer there, at any
// node and after any crash. (docs/decisions/0003)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "actors/market/market.hpp"
#include "http/front/errors.hpp"
#include "http/front/message.hpp"

namespace usher::http {

// nullopt without the header; a complaint when it is empty, there twice, longer than the limit, or
// has other characters than visible ASCII.
[[nodiscard]] tl::expected<std::optional<std::string>, Complaint> key_of(const Request& request,
                                                                         std::size_t length_max);

[[nodiscard]] RequestKeyId request_key_id(std::string_view user, std::string_view route,
                                          std::string_view key);
// Of what a request asks for, part by part: two spellings of one JSON text ask for the same.
using Parts = std::vector<std::string>;
[[nodiscard]] RequestKey::Fingerprint fingerprint_of(const Parts& parts);

// `route`: "POST /api/tickets". Without a key: nothing is remembered.
[[nodiscard]] MadeOnce once_of(const std::optional<std::string>& key, const Request& request,
                               std::string_view user, std::string_view route, const Parts& parts,
                               TimeMs deadline);

}  // namespace usher::http
