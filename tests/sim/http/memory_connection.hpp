// A connection without a socket: bytes are given to it and taken from it on one thread, in any
// pieces. Framing, parsing, router, routes and rendering are the front's own; only what carries the
// bytes is not.
#pragma once

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/front/exchange.hpp"
#include "http/front/framing.hpp"

namespace usher::sim {

class MemoryConnection : public std::enable_shared_from_this<MemoryConnection> {
 public:
  MemoryConnection(http::IoThread& thread, std::string client)
      : thread_(thread),
        client_(std::move(client)),
        turns_(thread.turns().of(client_)),
        framing_(thread.state().framing) {}

  // Bytes of the client. What is behind a request waits until that is answered.
  void send(std::string_view bytes) {
    arrived_ += bytes;
    go_on();
  }
  // What has been answered since the last call.
  [[nodiscard]] std::string received() { return std::exchange(answered_, {}); }
  [[nodiscard]] bool is_open() const { return is_open_; }

 private:
  void go_on() {
    while (is_open_ && !is_answering_ && !arrived_.empty()) {
      arrived_.erase(0, framing_.feed(arrived_));
      if (framing_.complete()) {
        is_answering_ = true;
        auto answering = answer(shared_from_this());
        asio::co_spawn(thread_.context(), std::move(answering), [](const std::exception_ptr& bug) {
          if (bug) std::rethrow_exception(bug);
        });
      } else if (const auto& refusal = framing_.refusal()) {
        refuse(refusal->status, refusal->reason);
      }
    }
  }

  static asio::awaitable<void> answer(std::shared_ptr<MemoryConnection> self) {
    const http::Asker asker{self->address_, self->client_, false, false, self->turns_};
    http::Exchange exchange{self->thread_};
    auto answering = exchange.answer(self->framing_.take(), asker);
    co_await std::move(answering);
    self->is_answering_ = false;
    if (const auto& why = exchange.unreadable()) {
      self->refuse(400, *why);
      co_return;
    }
    self->answered_.append(exchange.head()).append(exchange.body());
    self->is_open_ = exchange.keep_alive();
    self->go_on();
  }

  void refuse(int status, std::string_view reason) {
    http::Exchange exchange{thread_};
    exchange.refuse(status, reason, client_);
    answered_.append(exchange.head()).append(exchange.body());
    is_open_ = false;
  }

  http::IoThread& thread_;
  const asio::ip::address address_ = asio::ip::address_v4::loopback();
  const std::string client_;
  const std::shared_ptr<http::ClientTurns> turns_;
  http::Framing framing_;
  std::string arrived_;  // and not framed yet
  std::string answered_;
  bool is_answering_ = false;
  bool is_open_ = true;
};

}  // namespace usher::sim
