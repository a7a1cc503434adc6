#include "http/front/connection.hpp"

#include <netinet/tcp.h>

#include <asio/co_spawn.hpp>
#include <exception>

#include "base/log/log.hpp"
#include "http/front/rate_limit.hpp"
#include "http/front/socket_connection.hpp"

namespace usher::http {

ConnectionBase::ConnectionBase(IoThread& thread, asio::ip::address client, bool tls)
    : thread_(thread),
      peer_(client),
      client_(client.to_string()),
      peer_is_trusted_(thread.state().trusted_proxies.contain(client)),
      tls_(tls),
      phase_(tls ? Phase::waiting : Phase::idle),
      phase_since_ms_(IoThread::now_ms()),
      turns_(peer_is_trusted_ ? nullptr : thread.turns().of(client_key(client_))) {
  place_ = thread_.connections().insert(thread_.connections().end(), this);
}

ConnectionBase::~ConnectionBase() {
  thread_.connections().erase(place_);
  FrontState& state = thread_.state();
  if (!peer_is_trusted_) state.connections_by_client.remove(client_key(client_));
  state.connections.subtract();
}

void ConnectionBase::enter(Phase phase) {
  if (phase == phase_) return;  // a phase that goes on is not renewed
  phase_ = phase;
  progressed();
}

std::int64_t ConnectionBase::phase_ms_max() const {
  const FrontLimits& limits = thread_.state().limits;
  switch (phase_) {
    case Phase::handshake:
      return limits.handshake_time_ms_max;
    case Phase::idle:
      return served_one_ ? limits.idle_time_ms_max : limits.head_time_ms_max;
    case Phase::head:
      return limits.head_time_ms_max;
    case Phase::body:
      return limits.body_time_ms_max;
    case Phase::writing:
      return limits.write_stall_ms_max;
    case Phase::lingering:
      return limits.linger_ms_max;
    case Phase::waiting:    // by its own timer
    case Phase::answering:  // bounded by the turn's wait and the market's deadline
    case Phase::streaming:  // check_stream()
      return 0;
  }
  return 0;
}

void ConnectionBase::check(std::int64_t now_ms) {
  if (phase_ == Phase::streaming) return check_stream(now_ms);
  const std::int64_t max = phase_ms_max();
  if (max == 0 || now_ms - phase_since_ms_ < max) return;
  if (!timed_out_ && phase_ != Phase::lingering) ++thread_.state().timed_out;
  timed_out_ = true;
  const bool can_say_why = phase_ == Phase::head || phase_ == Phase::body || phase_ == Phase::idle;
  if (can_say_why) {
    interrupt();
  } else {
    drop();
  }
}

void ConnectionBase::finish() {
  if (phase_ == Phase::streaming) return finish_stream();
  // Bytes that have arrived already are still answered; the coroutine looks once more.
  if (phase_ == Phase::idle) interrupt();
}

namespace {

// A peer that is gone without a word is noticed while bytes to it are unacknowledged: by the
// kernel, later than check() notices a reader that is merely slow.
void prepare(asio::ip::tcp::socket& socket, const FrontLimits& limits) {
  asio::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  using UserTimeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
  socket.set_option(UserTimeout(static_cast<int>(2 * limits.write_stall_ms_max)), ignored);
}

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "unknown";
  }
}

template <class Socket>
void spawn(IoThread& thread, std::shared_ptr<Connection<Socket>> connection) {
  auto running = connection->run(connection);
  // An exception here is a bug in one connection, or memory has run out; the others go on.
  asio::co_spawn(thread.context(), std::move(running), [](const std::exception_ptr& error) {
    if (error) log::error("a connection ended by an exception", {{"why", text_of(error)}});
  });
}

}  // namespace

void serve_plain(IoThread& thread, asio::ip::tcp::socket socket, asio::ip::address client) {
  prepare(socket, thread.state().limits);
  spawn(thread, std::make_shared<Connection<PlainSocket>>(thread, std::move(socket), client));
}

void serve_tls(IoThread& thread, asio::ip::tcp::socket socket, asio::ip::address client) {
  prepare(socket, thread.state().limits);
  // The context is replaced by a reload; this connection keeps the one that it began with.
  auto context = thread.state().tls.current();
  TlsSocket stream{std::move(socket), *context};
  spawn(thread, std::make_shared<Connection<TlsSocket>>(thread, std::move(stream), client,
                                                        std::move(context)));
}

}  // namespace usher::http
