// One request and one response, as routes see them: no socket, no library type.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace usher::http {

// Names are compared without case; a repeated name stays repeated.
struct Headers {
  std::vector<std::pair<std::string, std::string>> entries;
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;  // the first
  void add(std::string name, std::string value);
};

struct Request {
  std::string method;                                      // as sent: methods are case-sensitive
  std::string target;                                      // as sent, for the access log
  std::string path;                                        // percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Headers headers;
  std::string body;     // complete; chunked coding removed
  std::string client;   // the client's address (behind trusted proxies: X-Forwarded-For's)
  std::string id;       // request id: X-Request-Id when it is well-formed, else drawn
  bool secure = false;  // TLS here or at a trusted proxy
  std::vector<std::pair<std::string, std::string>> path_params;  // set by the router

  [[nodiscard]] std::string_view path_param(std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> query_param(std::string_view name) const;
};

// Who may see which events on a stream (http/event_streams.hpp).
struct StreamFilter {
  bool all = false;                 // operator
  std::optional<std::string> user;  // also this user's own orders
};

struct OpenStream {
  StreamFilter filter;
  std::optional<std::uint64_t> after;  // replay from behind this seq; nullopt: live only
};

struct Response {
  int status = 200;
  Headers headers;  // Content-Length, Date and Connection are the front's
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // set: instead of body, and not copied
  std::optional<OpenStream> stream;  // set: the front answers with an event stream instead

  Response& header(std::string name, std::string value) {
    headers.add(std::move(name), std::move(value));
    return *this;
  }
};

}  // namespace usher::http
