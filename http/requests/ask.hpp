// A question to the market as something a coroutine awaits.
#pragma once

#include <utility>

#include "actors/market/market.hpp"
#include "http/front/await.hpp"

namespace usher::http {

// `start` gets the callback to hand to the market.
template <class T, class Start>
asio::awaitable<Answered<T>> answer_of(Start start) {
  return awaited<Answered<T>>(std::move(start));
}

// Everything is moved into `start`, which lives in answer_of's frame; the market outlives every
// request.
template <class A>
asio::awaitable<Answered<Seen<A>>> ask(Market& market, typename A::Key id,
                                       typename A::Command command, AskOptions options) {
  auto start = [&market, id = std::move(id), command = std::move(command),
                options](Callback<Seen<A>> done) mutable {
    market.ask(std::move(id), std::move(command), options, std::move(done));
  };
  return answer_of<Seen<A>>(std::move(start));
}

template <class A>
asio::awaitable<Answered<Seen<A>>> get(Market& market, typename A::Key id, TimeMs deadline) {
  auto start = [&market, id = std::move(id), deadline](Callback<Seen<A>> done) mutable {
    market.get(std::move(id), deadline, std::move(done));
  };
  return answer_of<Seen<A>>(std::move(start));
}

template <class A>
using History = std::vector<HistoryEntry<A>>;

// The events behind version `piece.after`, as the journal counts.
template <class A>
asio::awaitable<Answered<History<A>>> history(Market& market, typename A::Key id, Piece piece) {
  auto start = [&market, id = std::move(id),
                piece = std::move(piece)](Callback<History<A>> done) mutable {
    market.history(std::move(id), std::move(piece), std::move(done));
  };
  return answer_of<History<A>>(std::move(start));
}

}  // namespace usher::http
