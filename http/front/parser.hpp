// From a framed request to what a route sees: path and query are taken off the target and decoded.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "http/front/framing.hpp"
#include "http/front/message.hpp"

namespace usher::http {

// The error says in words what is wrong with the target: 400. Strict: a client that sends half an
// escape is told so, not guessed at.
[[nodiscard]] tl::expected<Request, std::string> parse_request(FramedRequest framed);

}  // namespace usher::http
