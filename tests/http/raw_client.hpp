// A client that sends exactly the bytes it is told to, and reads what comes. Blocking, with a
// guard that only a hanging test meets.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace usher::http::testing {

struct RawResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

class RawClient {
 public:
  static constexpr int guard_s = 20;

  // `from`: the loopback address that the front sees. `receive_buffer`: of the kernel, in bytes.
  explicit RawClient(std::uint16_t port, const std::string& from = "127.0.0.1",
                     int receive_buffer = 0)
      : RawClient() {
    if (receive_buffer > 0)
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    sockaddr_in source{};
    source.sin_family = AF_INET;
    inet_pton(AF_INET, from.c_str(), &source.sin_addr);
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&source), sizeof(source)) == 0);
    connect(port);
  }
  RawClient() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    REQUIRE(socket_ >= 0);
    timeval guard{guard_s, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof(guard));
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &guard, sizeof(guard));
    int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}
  RawClient& operator=(RawClient&&) = delete;

  void connect(std::uint16_t port) {
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_port = htons(port);
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&target), sizeof(target)) == 0);
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  void end_sending() { shutdown(socket_, SHUT_WR); }
  [[nodiscard]] int handle() const { return socket_; }

  // False: the front has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // More bytes; false at the end of the connection.
  bool receive() {
    char bytes[4096];
    const auto got = recv(socket_, bytes, sizeof(bytes), 0);
    if (got < 0) {
      const bool guard_met = errno == EAGAIN || errno == EWOULDBLOCK;
      REQUIRE_FALSE(guard_met);
    }
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  // What has arrived up to and with `mark`; all that came when the connection ends before.
  std::string read_until(std::string_view mark) {
    auto at = buffer_.find(mark);
    while (at == std::string::npos && receive()) at = buffer_.find(mark);
    return take(at == std::string::npos ? buffer_.size() : at + mark.size());
  }
  std::string read_bytes(std::size_t count) {
    while (buffer_.size() < count && receive()) {
    }
    return take(std::min(count, buffer_.size()));
  }
  std::string read_all() {
    while (receive()) {
    }
    return take(buffer_.size());
  }
  // The front has closed, and nothing is left to read.
  bool is_closed() { return buffer_.empty() && !receive(); }
  [[nodiscard]] bool has_bytes() const {
    pollfd poll_socket{socket_, POLLIN, 0};
    return !buffer_.empty() || poll(&poll_socket, 1, 0) > 0;
  }

  RawResponse read_response(bool has_body = true) {
    RawResponse response;
    std::string_view head = head_ = read_until("\r\n\r\n");
    if (head.size() < 12) return response;
    response.status = std::stoi(std::string(head.substr(9, 3)));
    head.remove_prefix(head.find("\r\n") + 2);
    while (head.size() > 2) {
      const auto end = head.find("\r\n");
      const auto colon = head.find(": ");
      std::string name(head.substr(0, colon));
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return static_cast<char>(std::tolower(c)); });
      response.headers[name] = head.substr(colon + 2, end - colon - 2);
      head.remove_prefix(end + 2);
    }
    const auto length = response.header("content-length");
    if (has_body && !length.empty()) response.body = read_bytes(std::stoul(length));
    return response;
  }
  RawResponse get(std::string_view target, std::string_view headers = "") {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n");
    return read_response();
  }

 private:
  std::string take(std::size_t count) {
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }

  int socket_;
  std::string buffer_;
  std::string head_;
};

}  // namespace usher::http::testing
