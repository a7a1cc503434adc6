// Base64 as cookies (standard, padded) and tokens (URL-safe, without padding) use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace usher::http {

[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::string base64_url(std::string_view bytes);

// Reads both alphabets, with or without padding, as the clients' own libraries do; nullopt for any
// other character and for a length that no encoder makes.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace usher::http
