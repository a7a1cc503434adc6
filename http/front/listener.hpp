// A listening socket: accepts, counts, and deals connections to the io threads in turn.
#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "http/front/io_thread.hpp"

namespace usher::http {

struct ListenAddress {
  std::string address = "127.0.0.1";  // IPv4 or IPv6; "::" takes both
  std::uint16_t port = 0;             // 0: any free one
  bool tls = false;
};

using Threads = std::span<const std::unique_ptr<IoThread>>;

class Listener {
 public:
  // Binds and listens, or takes over `inherited` (a listening socket; -1: none).
  [[nodiscard]] static tl::expected<std::unique_ptr<Listener>, std::string> open(
      const ListenAddress& address, int inherited, Threads threads, FrontState& state);

  [[nodiscard]] std::uint16_t port() const;
  // Both on the first io thread.
  void accept();
  void close();

 private:
  Listener(Threads threads, FrontState& state, bool tls);
  void on_accept(asio::error_code error, asio::ip::tcp::socket socket, IoThread& thread);
  void pause();

  const Threads threads_;
  FrontState& state_;
  const bool tls_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer pause_timer_;
  std::size_t next_thread_ = 0;
};

// The listening sockets that the service manager has opened for this process (LISTEN_PID,
// LISTEN_FDS), in its order. The environment is cleared: child processes inherit none.
[[nodiscard]] std::vector<int> inherited_sockets();

// As many open files as the hard limit allows.
void raise_file_limit();

}  // namespace usher::http
