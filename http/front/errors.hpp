// Every error has the shape that clients rely on: {"errors":[{"message","field"?,"code"?}]}.
#pragma once

#include <string>
#include <string_view>

#include "http/front/error_codes.hpp"
#include "http/front/message.hpp"

namespace usher::http {

[[nodiscard]] Response error_response(int status, Complaints complaints);
[[nodiscard]] Response error_response(int status, ErrorCode code, std::string_view message);
// With the status' own code.
[[nodiscard]] Response error_response(int status, std::string_view message);

// Validation: 400 with one entry for each broken rule.
[[nodiscard]] Response problem(Complaints complaints);

[[nodiscard]] Response not_authorized();  // 401: not signed in, or not the owner
[[nodiscard]] Response not_found();       // 404
[[nodiscard]] Response too_many_requests(int retry_after_s);
[[nodiscard]] Response internal_error();  // 500: a bug, or an exception of a library

// What an error says becomes its body; other responses stay as they are. Whoever answers the
// client does it: only there is it known whether this client may see codes.
void render_errors(Response& response, bool with_codes);

}  // namespace usher::http
