// What a text setting may look like. Each answers whether the text has the form in its name.
#pragma once

#include <string_view>

namespace usher {

// "127.0.0.1:3000", "localhost:3000", "[::1]:3000"; the port from 0 to 65535.
[[nodiscard]] bool is_host_port(std::string_view text);
// "10.0.0.1", "10.0.0.0/8", "::1", "fd00::/8".
[[nodiscard]] bool is_address_or_network(std::string_view text);
// No control characters; may be empty.
[[nodiscard]] bool is_one_line(std::string_view text);
[[nodiscard]] bool is_cookie_name(std::string_view text);
// Three lower-case letters.
[[nodiscard]] bool is_currency(std::string_view text);
// http:// or https://, a host, an optional port, nothing behind it.
[[nodiscard]] bool is_base_url(std::string_view text);
// Stripe's pk_..., or empty.
[[nodiscard]] bool is_publishable_key(std::string_view text);

}  // namespace usher
