// What the web page starts with: a JSON document for its
// <script type="application/json" id="initial-state">, so that the first view needs no request.
#pragma once

#include <asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "http/front/message.hpp"
#include "http/requests/auth.hpp"

namespace usher::http {

struct Context;

// {"currentUser","tickets":{"rows","next"}|null,"config","serverTime"} (docs/openapi.yaml:
// InitialState), safe inside the script element. `tickets` is null when they could not be read:
// the page asks again by itself.
[[nodiscard]] asio::awaitable<std::string> page_state(Context& context, const Request& request);

// {"id","email","iat"} or null.
[[nodiscard]] std::string current_user_json(const std::optional<Session>& session);
[[nodiscard]] std::string config_json(const Context& context);

// JSON that cannot end the script element it stands in: "<" only occurs inside strings, where
// \u003c means the same.
[[nodiscard]] std::string escaped_for_script(std::string_view json);

}  // namespace usher::http
