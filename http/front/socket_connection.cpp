#include "http/front/socket_connection.hpp"

#include "http/front/exchange.hpp"
#include "http/front/rate_limit.hpp"
#include "http/front/stream_session.hpp"

namespace usher::http {

namespace {

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

void consume(std::array<asio::const_buffer, 2>& buffers, std::size_t bytes) {
  for (auto& buffer : buffers) {
    const auto taken = std::min(bytes, buffer.size());
    buffer += taken;
    bytes -= taken;
  }
}

struct Handshake {
  HandshakeTurns& turns;
  const std::string client;
  ~Handshake() { turns.end(client); }
};
struct WaitingForHandshake {
  HandshakeTurns& turns;
  HandshakeTurns::Waiter& waiter;
  ~WaitingForHandshake() { turns.give_up(waiter); }
};

}  // namespace

template <class Socket>
asio::awaitable<void> Connection<Socket>::run([[maybe_unused]] std::shared_ptr<Connection> self) {
  if constexpr (is_tls) {
    auto shaking = shake_hands();
    if (!co_await std::move(shaking)) co_return;
  }
  bool answered = true;
  while (answered) {
    auto reading = read_request();
    if (!co_await std::move(reading)) co_return;
    auto answering = answer();
    answered = co_await std::move(answering);
    served_one_ = true;
    // Pipelined requests take turns with the other connections.
    if (answered && !pending_.empty()) co_await asio::post(thread_.context(), asio::use_awaitable);
  }
  if (session_) co_return;  // it keeps the connection
  auto lingering = linger();
  co_await std::move(lingering);
}

template <class Socket>
asio::awaitable<bool> Connection<Socket>::shake_hands() {
  if constexpr (is_tls) {
    HandshakeTurns& turns = thread_.handshakes();
    const std::string client = client_key(client_);
    asio::error_code error;
    if (!turns.try_begin(client)) {
      const std::chrono::milliseconds longest{thread_.state().limits.handshake_wait_ms_max};
      HandshakeTurns::Waiter waiter{client, asio::steady_timer(thread_.context(), longest)};
      turns.wait(waiter);
      {
        const WaitingForHandshake waiting{turns, waiter};
        co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
      }
      if (!waiter.granted || !lowest().is_open()) {
        if (waiter.granted) turns.end(client);
        ++thread_.state().connections_refused;
        auto lingering = linger_below_tls();
        co_await std::move(lingering);
        co_return false;
      }
    }
    enter(Phase::handshake);
    const Handshake handshake{turns, client};
    co_await socket_.async_handshake(asio::ssl::stream_base::server,
                                     asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return false;
    enter(Phase::idle);
  }
  co_return true;
}

// False: the connection ends, and what there was to say has been said.
template <class Socket>
asio::awaitable<bool> Connection<Socket>::read_request() {
  while (true) {
    feed_pending();
    if (framing_.complete()) co_return true;
    if (const auto& refusal = framing_.refusal()) {
      auto refusing = refuse(refusal->status, refusal->reason);
      co_await std::move(refusing);
      co_return false;
    }
    if (framing_.wants_continue()) {
      framing_.continue_sent();
      auto writing = write({asio::buffer(go_on), {}});
      if (!co_await std::move(writing)) co_return false;
    }
    enter(framing_.untouched() ? Phase::idle : framing_.in_body() ? Phase::body : Phase::head);

    auto reading = read_some();
    if (co_await std::move(reading) == 0) {
      if (timed_out_ && !framing_.untouched()) {
        auto refusing = refuse(408, "The request took too long to arrive");
        co_await std::move(refusing);
      }
      co_return false;
    }
  }
}

template <class Socket>
void Connection<Socket>::feed_pending() {
  if (pending_.empty()) return;
  pending_used_ += framing_.feed(std::string_view(pending_).substr(pending_used_));
  if (pending_used_ < pending_.size()) return;
  pending_ = std::string();  // gives its memory back
  pending_used_ = 0;
}

// Feeds what arrives; 0 when nothing will.
template <class Socket>
asio::awaitable<std::size_t> Connection<Socket>::read_some() {
  std::size_t bytes = 0;
  const char* from = nullptr;
  asio::error_code error;
  const bool last_look = phase_ == Phase::idle && thread_.state().stopping;
  if constexpr (is_tls) {
    if (last_look) co_return 0;
    bytes = co_await socket_.async_read_some(asio::buffer(read_buffer_),
                                             asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return 0;
    from = read_buffer_.data();
  } else {
    do {
      asio::error_code interrupted;
      if (last_look) {
        interrupted = asio::error::operation_aborted;
      } else {
        co_await socket_.async_wait(asio::ip::tcp::socket::wait_read,
                                    asio::redirect_error(asio::use_awaitable, interrupted));
      }
      // Also when interrupted: a request that has just arrived is still answered.
      bytes = socket_.read_some(asio::buffer(thread_.scratch()), error);
      if (interrupted && error) co_return 0;
    } while (error == asio::error::would_block);
    if (error) co_return 0;
    from = thread_.scratch().data();
  }
  timed_out_ = false;
  const auto used = framing_.feed({from, bytes});
  pending_.append(from + used, bytes - used);
  co_return bytes;
}

// False: the connection ends, or has become a stream.
template <class Socket>
asio::awaitable<bool> Connection<Socket>::answer() {
  enter(Phase::answering);
  const Asker asker{peer_, client_, peer_is_trusted_, tls_, turns_};
  Exchange exchange{thread_};
  auto answering = exchange.answer(framing_.take(), asker);
  co_await std::move(answering);
  if (const auto& why = exchange.unreadable()) {
    auto refusing = refuse(400, *why);
    co_await std::move(refusing);
    co_return false;
  }
  if (exchange.opens_stream()) {
    Response& response = exchange.response();
    open_stream(std::move(*response.stream), response, exchange.request_id());
    exchange.tell();
    co_return false;
  }
  enter(Phase::writing);
  auto writing = write({asio::buffer(exchange.head()), asio::buffer(exchange.body())});
  const bool written = co_await std::move(writing);
  exchange.tell();
  co_return written&& exchange.keep_alive();
}

// Says why, once, and ends the connection.
template <class Socket>
asio::awaitable<void> Connection<Socket>::refuse(int status, std::string_view reason) {
  Exchange exchange{thread_};
  exchange.refuse(status, reason, client_);
  enter(Phase::writing);
  timed_out_ = false;
  auto writing = write({asio::buffer(exchange.head()), asio::buffer(exchange.body())});
  const bool written = co_await std::move(writing);
  exchange.tell();
  if (!written) co_return;
  auto lingering = linger();
  co_await std::move(lingering);
}

template <class Socket>
asio::awaitable<bool> Connection<Socket>::write(Buffers buffers) {
  while (asio::buffer_size(buffers) > 0) {
    std::size_t bytes = 0;
    asio::error_code error;
    if constexpr (is_tls) {
      const auto next = buffers[0].size() > 0 ? buffers[0] : buffers[1];
      bytes = co_await socket_.async_write_some(asio::const_buffer(next),
                                                asio::redirect_error(asio::use_awaitable, error));
    } else {
      // Nearly always the kernel takes it all at once: head and body in one call.
      bytes = socket_.write_some(buffers, error);
      if (error == asio::error::would_block) {
        co_await socket_.async_wait(asio::ip::tcp::socket::wait_write,
                                    asio::redirect_error(asio::use_awaitable, error));
        if (!error) continue;
      }
    }
    if (error) co_return false;
    progressed();
    consume(buffers, bytes);
  }
  co_return true;
}

// Closing with what a client has sent unread would reset it, as if the node had fallen over.
template <class Socket>
asio::awaitable<void> Connection<Socket>::linger_below_tls() {
  enter(Phase::lingering);
  if (!lowest().is_open()) co_return;
  asio::error_code error;
  lowest().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  auto discarding = discard();
  co_await std::move(discarding);
}

// Says that nothing more comes, and reads away what the client still sends: closing with unread
// bytes resets the connection, and the client may lose the answer.
template <class Socket>
asio::awaitable<void> Connection<Socket>::linger() {
  enter(Phase::lingering);
  asio::error_code error;
  if constexpr (is_tls) {
    co_await socket_.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  }
  if (!lowest().is_open()) co_return;  // dropped meanwhile
  lowest().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  auto discarding = discard();
  co_await std::move(discarding);
}

template <class Socket>
asio::awaitable<void> Connection<Socket>::discard() {
  asio::error_code error;
  std::size_t discarded = 0;
  while (discarded < thread_.state().limits.linger_bytes_max) {
    co_await lowest().async_wait(asio::ip::tcp::socket::wait_read,
                                 asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    discarded += lowest().read_some(asio::buffer(thread_.scratch()), error);
    if (error && error != asio::error::would_block) co_return;
  }
}

template <class Socket>
void Connection<Socket>::open_stream(OpenStream opened, const Response& response,
                                     std::string_view request_id) {
  enter(Phase::streaming);
  Response head = response;
  if (!head.headers.find("Content-Type")) head.header("Content-Type", "text/event-stream");
  if (!head.headers.find("Cache-Control")) head.header("Cache-Control", "no-store");
  head.header("X-Accel-Buffering", "no");
  // Its end is the end of the connection: every HTTP version understands that.
  const HeadFacts facts{.date = thread_.date(),
                        .request_id = request_id,
                        .content_length = std::nullopt,
                        .keep_alive = false};
  const auto ends_in_ms = opened.ends_in_ms;
  auto session = std::make_shared<StreamSession<Socket>>(
      this->shared_from_this(), std::move(opened), ends_in_ms, response_head(head, facts));
  session->start();
}

template <class Socket>
void Connection<Socket>::check_stream(std::int64_t now_ms) {
  if (session_) session_->check(now_ms);
}

template <class Socket>
void Connection<Socket>::finish_stream() {
  if (session_) session_->finish();
}

template class Connection<PlainSocket>;
template class Connection<TlsSocket>;

}  // namespace usher::http
