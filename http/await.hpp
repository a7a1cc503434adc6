// A question to the market as something a coroutine awaits. The answer is called back on a thread
// of the actor system and resumes the coroutine on the executor that it runs on: a connection's
// state is only ever touched by that connection's thread, and no thread waits.
#pragma once

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "actors/market/market.hpp"

namespace usher::http {

// `start` gets the callback to hand to the market; it runs once, before this suspends.
// (In GCC 12, arguments of a co_await expression that are temporaries have had bugs: everything
// below is named first.)
template <class T, class Start>
asio::awaitable<Answered<T>> answer_of(Start start) {
  auto initiate = [&start](auto handler) {
    using Waiting = decltype(handler);
    // Tracked: the io_context keeps running while the only thing under way is this answer.
    auto executor = asio::prefer(asio::get_associated_executor(handler),
                                 asio::execution::outstanding_work.tracked);
    // Callback is copyable, the handler only movable.
    auto waiting = std::make_shared<Waiting>(std::move(handler));
    Callback<T> done = [waiting, executor](Answered<T> answer) {
      asio::post(executor, [waiting, answer = std::move(answer)]() mutable {
        Waiting resume = std::move(*waiting);
        resume(std::move(answer));
      });
    };
    start(std::move(done));
  };
  const auto token = asio::use_awaitable;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Answered<T>)>(
      initiate, token);
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

// The events behind version `after`, as the journal counts.
template <class A>
asio::awaitable<Answered<History<A>>> history(Market& market, typename A::Key id, Version after,
                                              std::size_t limit) {
  auto start = [&market, id = std::move(id), after, limit](Callback<History<A>> done) mutable {
    market.history(std::move(id), after, limit, std::move(done));
  };
  return answer_of<History<A>>(std::move(start));
}

}  // namespace usher::http
