// One connection: a coroutine that reads a request, awaits its answer, writes it, and again.
// Between requests it holds no buffer.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl/stream.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "http/front/framing.hpp"
#include "http/front/io_thread.hpp"
#include "http/front/message.hpp"
#include "http/front/turns.hpp"

namespace usher::http {

enum class Phase : std::uint8_t {
  waiting,  // for its turn to shake hands
  handshake,
  idle,
  head,
  body,
  answering,  // also while it waits for its turn
  writing,
  streaming,
  lingering,
};

// What is alike for plain and TLS connections.
class ConnectionBase {
 public:
  ConnectionBase(IoThread& thread, asio::ip::address client, bool tls);
  virtual ~ConnectionBase();
  ConnectionBase(const ConnectionBase&) = delete;
  ConnectionBase& operator=(const ConnectionBase&) = delete;

  // Ends what takes too long; called once per sweep.
  void check(std::int64_t now_ms);
  // No further request; a stream ends with a hint when to come back.
  void finish();
  // Cuts the connection off: the peer is reset, and what the kernel still holds for it is freed at
  // once. What is under way on it ends with an error.
  virtual void drop() = 0;

 protected:
  // Ends the wait for bytes, so that the coroutine can say why.
  virtual void interrupt() = 0;
  virtual void check_stream(std::int64_t now_ms) = 0;
  virtual void finish_stream() = 0;

  void enter(Phase phase);
  void progressed() { phase_since_ms_ = IoThread::now_ms(); }
  [[nodiscard]] std::int64_t phase_ms_max() const;  // 0: no limit

  IoThread& thread_;
  const asio::ip::address peer_;
  const std::string client_;  // peer_ as text
  const bool peer_is_trusted_;
  const bool tls_;
  Phase phase_;
  bool timed_out_ = false;
  bool served_one_ = false;
  std::int64_t phase_since_ms_;
  std::shared_ptr<ClientTurns> turns_;

 private:
  IoThread::Connections::iterator place_;
};

using PlainSocket = asio::ip::tcp::socket;
using TlsSocket = asio::ssl::stream<asio::ip::tcp::socket>;

// Starts the coroutine. The socket is counted already; the connection gives the counts back.
void serve_plain(IoThread& thread, asio::ip::tcp::socket socket, asio::ip::address client);
void serve_tls(IoThread& thread, asio::ip::tcp::socket socket, asio::ip::address client);

}  // namespace usher::http
