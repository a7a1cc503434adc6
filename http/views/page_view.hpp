// What the web page is told about itself and its user.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/requests/auth.hpp"
#include "http/requests/options.hpp"

namespace usher::http {

// {"id","email","iat"} or null.
[[nodiscard]] std::string current_user_json(const std::optional<Session>& session);

[[nodiscard]] std::string config_json(const RouteOptions& options);

// JSON that cannot end the script element it stands in: "<" only occurs inside strings, where
// \u003c means the same.
[[nodiscard]] std::string escaped_for_script(std::string_view json);

}  // namespace usher::http
