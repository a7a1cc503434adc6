// What a repeat under an Idempotency-Key is answered: the aggregate as it was when the first
// request made it, however far it has moved on since.
#pragma once

#include <optional>
#include <utility>

#include "http/requests/ask.hpp"

namespace usher::http {

// nullopt when there is no such aggregate: the first request has not got that far.
template <class A>
asio::awaitable<Answered<std::optional<typename A::State>>> first_state(Market& market,
                                                                        typename A::Key id) {
  auto reading = history<A>(market, id, Piece{.after = 0, .limit = 1});
  auto entries = co_await std::move(reading);
  std::optional<typename A::State> none;
  if (!entries) {
    const auto* why = std::get_if<Rejection>(&entries.error().why);
    if (why && *why == Rejection::not_found) co_return none;
    co_return tl::unexpected{std::move(entries.error())};
  }
  if (entries->empty()) co_return none;
  co_return std::optional<typename A::State>{std::move(entries->front().state)};
}

}  // namespace usher::http
