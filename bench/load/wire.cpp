#include "bench/load/wire.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <charconv>

namespace usher::bench {
namespace {

constexpr std::string_view blank_line = "\r\n\r\n";

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(text[i])) != lower[i]) return false;
  return true;
}

template <class Number>
bool parse_number(std::string_view text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc{} && end != text.data();
}

// The size of a complete chunked body, up to and including the last CRLF.
Cut measure_chunks(std::string_view bytes, std::size_t& size) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t line = bytes.find("\r\n", at);
    if (line == bytes.npos) return Cut::incomplete;
    std::size_t chunk = 0;
    if (!parse_number(bytes.substr(at, line - at), chunk, 16)) return Cut::malformed;
    at = line + 2 + chunk + 2;  // the last chunk has no data, only the CRLF (trailers: none here)
    if (at > bytes.size()) return Cut::incomplete;
    if (bytes.substr(at - 2, 2) != "\r\n") return Cut::malformed;
    if (chunk == 0) {
      size = at;
      return Cut::complete;
    }
  }
}

bool wait_for(int fd, short what, int timeout_ms) {
  pollfd entry{fd, what, 0};
  return ::poll(&entry, 1, timeout_ms) == 1;
}

}  // namespace

bool is_loopback(std::string_view ipv4) {
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(ipv4).c_str(), &address) == 1 &&
         (ntohl(address.s_addr) >> 24) == 127;
}

void write_request(std::string& out, std::string_view method, std::string_view path,
                   std::string_view session) {
  out.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
  out.append(session).append("\r\n");
}

void write_request(std::string& out, std::string_view method, std::string_view path,
                   std::string_view session, std::string_view json) {
  out.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n");
  out.append(session);
  out.append("Content-Type: application/json\r\nContent-Length: ");
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, json.size()).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits)).append(blank_line).append(json);
}

std::string_view header_of(std::string_view head, std::string_view name) {
  std::size_t at = head.find("\r\n");
  while (at != head.npos) {
    at += 2;
    const std::size_t end = head.find("\r\n", at);
    const std::string_view line = head.substr(at, end == head.npos ? end : end - at);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        equals_ignoring_case(line.substr(0, name.size()), name)) {
      std::string_view value = line.substr(name.size() + 1);
      while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
      return value;
    }
    at = end;
  }
  return {};
}

Cut cut_response(std::string_view bytes, Response& response) {
  const std::size_t head_end = bytes.find(blank_line);
  if (head_end == bytes.npos) return Cut::incomplete;
  response = {};
  response.head = bytes.substr(0, head_end);
  if (!response.head.starts_with("HTTP/1.") || response.head.size() < 12 ||
      !parse_number(response.head.substr(9, 3), response.status))
    return Cut::malformed;
  response.keeps_alive = !equals_ignoring_case(header_of(response.head, "connection"), "close");

  const std::string_view rest = bytes.substr(head_end + blank_line.size());
  std::size_t body_size = 0;
  if (response.status == 204 || response.status == 304 || response.status < 200) {
    // These never have a body.
  } else if (const auto length = header_of(response.head, "content-length"); !length.empty()) {
    if (!parse_number(length, body_size)) return Cut::malformed;
    if (rest.size() < body_size) return Cut::incomplete;
  } else if (equals_ignoring_case(header_of(response.head, "transfer-encoding"), "chunked")) {
    response.chunked = true;
    const Cut cut = measure_chunks(rest, body_size);
    if (cut != Cut::complete) return cut;
  } else {
    return Cut::malformed;  // it would end with the connection, which keep-alive rules out
  }
  response.body = rest.substr(0, body_size);
  response.size = head_end + blank_line.size() + body_size;
  return Cut::complete;
}

std::string unchunk(std::string_view chunked) {
  std::string body;
  std::size_t at = 0;
  for (;;) {
    const std::size_t line = chunked.find("\r\n", at);
    std::size_t chunk = 0;
    if (line == chunked.npos || !parse_number(chunked.substr(at, line - at), chunk, 16) ||
        chunk == 0)
      return body;
    body.append(chunked.substr(line + 2, chunk));
    at = line + 2 + chunk + 2;
  }
}

std::string_view top_level_member(std::string_view json, std::string_view name) {
  int depth = 0;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c != '"') continue;
    const std::size_t start = ++i;
    while (i < json.size() && json[i] != '"') i += json[i] == '\\' ? 2 : 1;
    if (i >= json.size()) return {};
    const bool is_name = depth == 1 && i + 1 < json.size() && json[i + 1] == ':';
    if (!is_name || json.substr(start, i - start) != name) continue;
    std::string_view value = json.substr(i + 2);
    if (value.starts_with('"')) {
      value.remove_prefix(1);
      return value.substr(0, value.find('"'));
    }
    return value.substr(0, value.find_first_of(",}"));
  }
  return {};
}

int connect_to(const Target& target, const std::string& source) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (!source.empty()) {
    // The port is chosen at connect, so that each source address has a range of its own.
    ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    ::inet_pton(AF_INET, source.c_str(), &address.sin_addr);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      ::close(fd);
      return -1;
    }
  }
  address.sin_port = htons(target.port);
  ::inet_pton(AF_INET, target.host.c_str(), &address.sin_addr);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    return -1;
  }
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return fd;
}

std::optional<Fetched> fetch(const Target& target, std::string_view request) {
  constexpr int timeout_ms = 10'000;
  const int fd = connect_to(target);
  if (fd < 0) return std::nullopt;
  std::string bytes;
  std::optional<Fetched> fetched;
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
      static_cast<ssize_t>(request.size())) {
    char buffer[16'384];
    Response response;
    while (!fetched && wait_for(fd, POLLIN, timeout_ms)) {
      const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      bytes.append(buffer, static_cast<std::size_t>(got));
      const Cut cut = cut_response(bytes, response);
      if (cut == Cut::malformed) break;
      if (cut == Cut::complete) fetched = Fetched{response.status, body_of(response)};
    }
  }
  ::close(fd);
  return fetched;
}

}  // namespace usher::bench
