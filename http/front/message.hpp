// One request and one response, as routes see them: no socket, no library type.
#pragma once

#include <cstdint>
#include <functional>
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
  // All of them as one list, which is what a repeated header means (RFC 9110, section 5.3).
  [[nodiscard]] std::optional<std::string> joined(std::string_view name) const;
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

using PublicSeq = std::uint64_t;  // of an event in the public feed

// Where somebody has read the feed to (http/front/public_event.hpp).
struct FeedCursor {
  PublicSeq seq = 0;
  std::optional<std::uint32_t> mark = {};  // of what stands there, in this history
  bool operator==(const FeedCursor&) const = default;
};

// Who may see which events on a stream (http/event_streams.hpp).
struct StreamFilter {
  bool all = false;                 // operator
  std::optional<std::string> user;  // also this user's own orders
};

struct OpenStream {
  StreamFilter filter;
  // Replay from behind it; nullopt: live only. Of another history: `event: reset`, then live.
  std::optional<FeedCursor> after = {};
  bool is_lost = false;  // it came with a cursor that nobody can read: likewise
  std::optional<std::int64_t> ends_in_ms = {};  // what its client was let in by ends then
  std::function<bool()> has_ended = {};         // or has ended already; asked once a sweep
  // Hears once how its client was answered: only the front knows whether there was room for it.
  std::function<void(int status)> answered = {};
};

// What went wrong, for programs: it stays when the message's wording changes.
struct ErrorCode {
  explicit constexpr ErrorCode(std::string_view of_static_duration) : text(of_static_duration) {}
  std::string_view text;
  bool operator==(const ErrorCode&) const = default;
};

// What is wrong with a request; `field` is empty unless a field of its body or query is at fault.
struct Complaint {
  ErrorCode code;
  std::string message;
  std::string field = {};
  bool operator==(const Complaint&) const = default;
};
using Complaints = std::vector<Complaint>;

// The body of an error until it is rendered (http/front/errors.hpp).
struct ErrorBody {
  Complaints complaints;
  std::optional<std::uint64_t> version = {};  // of what a stale write has met
};

struct Response {
  int status = 200;
  Headers headers;  // Content-Length, Date and Connection are the front's
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // set: instead of body, and not copied
  std::optional<ErrorBody> errors;                 // set: becomes the body
  std::optional<OpenStream> stream;  // set: the front answers with an event stream instead

  Response& header(std::string name, std::string value) {
    headers.add(std::move(name), std::move(value));
    return *this;
  }
};

}  // namespace usher::http
