// The coroutine of one connection, over a plain or a TLS socket.
#pragma once

#include <array>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "http/front/answering.hpp"
#include "http/front/connection.hpp"
#include "http/front/response_head.hpp"

namespace usher::http {

template <class Socket>
class StreamSession;

template <class Socket>
class Connection final : public ConnectionBase,
                         public std::enable_shared_from_this<Connection<Socket>> {
 public:
  static constexpr bool is_tls = std::is_same_v<Socket, TlsSocket>;

  // `keep`: what the socket refers to.
  Connection(IoThread& thread, Socket socket, asio::ip::address client,
             std::shared_ptr<asio::ssl::context> keep = nullptr)
      : ConnectionBase(thread, client, is_tls),
        keep_(std::move(keep)),
        socket_(std::move(socket)),
        framing_(thread.state().framing) {}

  // `self` keeps the connection while the coroutine runs.
  asio::awaitable<void> run(std::shared_ptr<Connection> self);
  void drop() override {
    asio::error_code ignored;
    lowest().set_option(asio::socket_base::linger(true, 0), ignored);
    lowest().close(ignored);
  }

 private:
  friend class StreamSession<Socket>;
  using Buffers = std::array<asio::const_buffer, 2>;

  void interrupt() override {
    asio::error_code ignored;
    lowest().cancel(ignored);
  }
  void check_stream(std::int64_t now_ms) override;
  void finish_stream() override;

  asio::awaitable<bool> shake_hands();
  asio::awaitable<bool> read_request();
  asio::awaitable<std::size_t> read_some();
  asio::awaitable<bool> answer();
  asio::awaitable<void> refuse(int status, std::string_view reason);
  asio::awaitable<bool> write(Buffers buffers);
  asio::awaitable<void> linger();
  asio::awaitable<void> linger_below_tls();
  asio::awaitable<void> discard();
  void feed_pending();
  void open_stream(OpenStream opened, const Response& response, std::string_view request_id);

  asio::ip::tcp::socket& lowest() {
    if constexpr (is_tls) {
      return socket_.next_layer();
    } else {
      return socket_;
    }
  }

  // A TLS read may only write into memory that stays; a plain one waits without any.
  static constexpr std::size_t tls_read_bytes = 4'096;
  struct Nothing {};
  using ReadBuffer = std::conditional_t<is_tls, std::array<char, tls_read_bytes>, Nothing>;

  std::shared_ptr<asio::ssl::context> keep_;
  Socket socket_;
  Framing framing_;
  std::string pending_;  // read, and behind the request that is being answered
  std::size_t pending_used_ = 0;
  StreamSession<Socket>* session_ = nullptr;  // while it is an event stream
  ReadBuffer read_buffer_;
};

extern template class Connection<PlainSocket>;
extern template class Connection<TlsSocket>;

}  // namespace usher::http
