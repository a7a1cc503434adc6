// HTTP/1.1 as the loader speaks it: requests written into a buffer, responses cut out of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher::bench {

struct Target {
  std::string host = "127.0.0.1";  // loopback only: the loader refuses anything else
  std::uint16_t port = 0;
};
[[nodiscard]] bool is_loopback(std::string_view ipv4);

// `session` is a complete header line or empty. No body: GET and DELETE.
void write_request(std::string& out, std::string_view method, std::string_view path,
                   std::string_view session);
void write_request(std::string& out, std::string_view method, std::string_view path,
                   std::string_view session, std::string_view json);

struct Response {
  int status = 0;
  std::string_view head;  // status line and headers, without the blank line
  std::string_view body;  // still chunked when `chunked`
  bool chunked = false;
  bool keeps_alive = true;
  std::size_t size = 0;  // bytes of the whole response
};

enum class Cut { complete, incomplete, malformed };

// The first response in `bytes`. The views point into `bytes`.
Cut cut_response(std::string_view bytes, Response& response);

// The bodies of all chunks.
std::string unchunk(std::string_view chunked);
[[nodiscard]] inline std::string body_of(const Response& response) {
  return response.chunked ? unchunk(response.body) : std::string(response.body);
}

// The value of a header, empty when it is absent; `name` in lower case.
std::string_view header_of(std::string_view head, std::string_view name);

// The text or number of a member of the outermost JSON object (an order embeds a ticket, which has
// an "id" and a "version" of its own). Empty when absent.
std::string_view top_level_member(std::string_view json, std::string_view name);

// Sends one request on a connection of its own and waits for the answer. For checks, not for load.
struct Fetched {
  int status = 0;
  std::string body;
};
std::optional<Fetched> fetch(const Target& target, std::string_view request);

// A connected, non-blocking socket with TCP_NODELAY, or -1. `source` is empty or a loopback address
// to come from.
int connect_to(const Target& target, const std::string& source = {});

}  // namespace usher::bench
