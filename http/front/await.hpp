// A question to somebody who calls back, as something a coroutine awaits. The answer comes on any
// thread and resumes the coroutine on the executor that it runs on: a connection's state is only
// ever touched by that connection's thread, and no thread waits.
#pragma once

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>
#include <asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <utility>

namespace usher::http {

// `start` gets the callback to hand on; it is called once, before this suspends.
// (In GCC 12, arguments of a co_await expression that are temporaries have had bugs: everything
// below is named first.)
template <class T, class Start>
asio::awaitable<T> awaited(Start start) {
  auto initiate = [&start](auto handler) {
    using Waiting = decltype(handler);
    // Tracked: the io_context keeps running while the only thing under way is this answer.
    auto executor = asio::prefer(asio::get_associated_executor(handler),
                                 asio::execution::outstanding_work.tracked);
    // std::function is copyable, the handler only movable.
    auto waiting = std::make_shared<Waiting>(std::move(handler));
    std::function<void(T)> done = [waiting, executor](T answer) {
      asio::post(executor, [waiting, answer = std::move(answer)]() mutable {
        Waiting resume = std::move(*waiting);
        resume(std::move(answer));
      });
    };
    start(std::move(done));
  };
  const auto token = asio::use_awaitable;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(T)>(initiate, token);
}

}  // namespace usher::http
