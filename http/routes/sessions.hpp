// Who is asking, now: by a token with a good signature whose account has not signed out since. The
// look-up of an account counts for some seconds, so an account may live on another node.
#pragma once

#include <tl/expected.hpp>

#include "http/requests/ask.hpp"
#include "http/routes/context.hpp"

namespace usher::http {

// nullopt: nobody. A failure: nobody knows, as the account can't be asked.
[[nodiscard]] asio::awaitable<Answered<std::optional<Session>>> current_session(
    Context& context, const Request& request);

// Of whoever must be somebody; else 401, or 503 when nobody knows.
[[nodiscard]] asio::awaitable<tl::expected<Session, Response>> signed_in(Context& context,
                                                                         const Request& request);

// Ends the session and all others of its account. Who has none (its id was only ever signed for)
// stays: there is nothing that could say so.
[[nodiscard]] asio::awaitable<Answered<std::monostate>> end_sessions(Context& context,
                                                                     Session session);

// For a stream that this session opens: whether it has ended since.
[[nodiscard]] std::function<bool()> end_of_session(const Context& context, const Session& session);

}  // namespace usher::http
