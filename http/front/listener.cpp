#include "http/front/listener.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/ip/v6_only.hpp>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "base/log/log.hpp"
#include "http/front/rate_limit.hpp"

namespace usher::http {

namespace {

using asio::ip::tcp;

tl::expected<tcp::endpoint, std::string> endpoint_of(const ListenAddress& address) {
  asio::error_code error;
  const auto ip = asio::ip::make_address(address.address, error);
  if (error) return tl::unexpected("not an IP address: " + address.address);
  return tcp::endpoint(ip, address.port);
}

// Is it a listening stream socket, and of which family?
tl::expected<tcp, std::string> family_of(int socket) {
  int listening = 0;
  socklen_t size = sizeof(listening);
  sockaddr_storage name{};
  socklen_t name_size = sizeof(name);
  if (getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0 ||
      getsockname(socket, reinterpret_cast<sockaddr*>(&name), &name_size) != 0)
    return tl::unexpected("inherited descriptor " + std::to_string(socket) +
                          " is not a listening socket");
  return name.ss_family == AF_INET6 ? tcp::v6() : tcp::v4();
}

asio::error_code bind_and_listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  asio::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6() && endpoint.address().is_unspecified())
    acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  return error;
}

bool is_out_of_resources(const asio::error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_memory ||
         error == asio::error::no_buffer_space || error.value() == ENFILE;
}

std::size_t number_from_environment(const char* name) {
  const char* text = std::getenv(name);
  std::size_t number = 0;
  if (text) {
    const std::string_view view(text);
    std::from_chars(view.data(), view.data() + view.size(), number);
  }
  return number;
}

}  // namespace

Listener::Listener(Threads threads, FrontState& state, bool tls)
    : threads_(threads),
      state_(state),
      tls_(tls),
      acceptor_(threads.front()->context()),
      pause_timer_(threads.front()->context()) {}

tl::expected<std::unique_ptr<Listener>, std::string> Listener::open(const ListenAddress& address,
                                                                    int inherited, Threads threads,
                                                                    FrontState& state) {
  std::unique_ptr<Listener> listener(new Listener(threads, state, address.tls));
  asio::error_code error;
  if (inherited >= 0) {
    const auto family = family_of(inherited);
    if (!family) return tl::unexpected(family.error());
    listener->acceptor_.assign(*family, inherited, error);
    if (error) return tl::unexpected("inherited socket: " + error.message());
  } else {
    const auto endpoint = endpoint_of(address);
    if (!endpoint) return tl::unexpected(endpoint.error());
    error = bind_and_listen(listener->acceptor_, *endpoint);
    if (error)
      return tl::unexpected("cannot listen on " + address.address + ":" +
                            std::to_string(address.port) + ": " + error.message());
  }
  listener->acceptor_.non_blocking(true, error);
  return listener;
}

std::uint16_t Listener::port() const {
  asio::error_code error;
  const auto endpoint = acceptor_.local_endpoint(error);
  return error ? std::uint16_t{0} : endpoint.port();
}

void Listener::accept() {
  IoThread& thread = *threads_[next_thread_];
  next_thread_ = (next_thread_ + 1) % threads_.size();
  acceptor_.async_accept(thread.context(),
                         [this, &thread](asio::error_code error, tcp::socket socket) {
                           // Memory may run out for one connection: the next ones are accepted.
                           try {
                             on_accept(error, std::move(socket), thread);
                           } catch (const std::exception& failure) {
                             log::error("a connection was not accepted", {{"why", failure.what()}});
                             pause();
                           }
                         });
}

void Listener::close() {
  asio::error_code ignored;
  acceptor_.close(ignored);
  pause_timer_.cancel();
}

void Listener::on_accept(asio::error_code error, tcp::socket socket, IoThread& thread) {
  if (!acceptor_.is_open()) return;
  if (is_out_of_resources(error)) return pause();
  asio::error_code gone;
  const auto peer = error ? tcp::endpoint{} : socket.remote_endpoint(gone);
  if (!error && !gone) {
    const auto client = unmapped(peer.address());
    const bool is_proxy = state_.trusted_proxies.contain(client);
    const auto key = client_key(client.to_string());
    // Past a limit the socket is closed here, before anything was read from it.
    if (!state_.connections.try_add(state_.limits.connections_max)) {
      ++state_.connections_refused;
    } else if (!is_proxy &&
               !state_.connections_by_client.add(key, state_.limits.connections_per_client_max)) {
      state_.connections.subtract();
      ++state_.connections_refused;
    } else {
      thread.adopt(std::move(socket), client, tls_);
    }
  }
  accept();
}

// Without a descriptor the connection stays in the kernel's queue: trying again at once would spin.
void Listener::pause() {
  log::warn("no file descriptor or memory left: accepting pauses");
  pause_timer_.expires_after(std::chrono::milliseconds(state_.limits.accept_pause_ms));
  pause_timer_.async_wait([this](asio::error_code error) {
    if (!error && acceptor_.is_open()) accept();
  });
}

std::vector<int> inherited_sockets() {
  constexpr int first_inherited = 3;
  std::vector<int> sockets;
  const auto pid = number_from_environment("LISTEN_PID");
  const auto count = number_from_environment("LISTEN_FDS");
  if (pid == static_cast<std::size_t>(getpid())) {
    for (std::size_t i = 0; i < count; ++i) {
      const int socket = first_inherited + static_cast<int>(i);
      fcntl(socket, F_SETFD, FD_CLOEXEC);
      sockets.push_back(socket);
    }
  }
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
  return sockets;
}

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    log::warn("the limit of open files stays below the hard limit");
}

}  // namespace usher::http
