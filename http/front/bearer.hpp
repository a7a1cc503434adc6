// "Authorization: Bearer TOKEN": who shows a token that only he should have.
#pragma once

#include <optional>
#include <string_view>

#include "http/front/message.hpp"

namespace usher::http {

[[nodiscard]] std::optional<std::string_view> bearer_token(const Request& request);

// In time that depends on the lengths only.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

// Nobody has an empty secret.
[[nodiscard]] bool has_bearer(const Request& request, std::string_view secret);

}  // namespace usher::http
