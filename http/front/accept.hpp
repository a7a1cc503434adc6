// What a client says it takes: Accept and its kin (RFC 9110, section 12.5).
#pragma once

#include <string_view>

namespace usher::http {

// The list names this very value, not by a wildcard, and does not refuse it with q=0.
[[nodiscard]] bool accept_names(std::string_view list, std::string_view value);
// Named, or let in by "*".
[[nodiscard]] bool accept_takes(std::string_view list, std::string_view value);

}  // namespace usher::http
